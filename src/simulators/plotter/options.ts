import type { Clock } from '../../domain/clock.ts';
import type { Motion } from './machine.ts';
import { type MotionLimits, mpcncLimits, type Triple } from './physics.ts';

/** How a virtual plotter is built. */
export interface VirtualOptions {
  readonly clock: Clock;
  readonly limits: MotionLimits;
  /** Blocks in the planner's ring. */
  readonly plannerBlocks: number;
  /** Commands in the queue. */
  readonly queueLength: number;
  /** Bytes that wait unread while the queue is full; more are dropped unless `flowControl`. */
  readonly receiveBytes: number;
  readonly flowControl: boolean;
  readonly emergencyParser: boolean;
  readonly advancedOk: boolean;
  /** What M115 says about all that: the truth, no capability at all, or the contrary. */
  readonly reportsCapabilities: 'right' | 'none' | 'wrong';
  readonly keepaliveMs: number;
  /** Codes that this build was made without, e.g. "M113". */
  readonly unknownCommands: readonly string[];
  /** Motors let go after this time without motion; 0: never. */
  readonly motorTimeoutMs: number;
  /** From a reset to the banner. */
  readonly bootMs: number;
  /** The pen touches the paper at or below this height of the bed, mm. */
  readonly contactMm: number;
  /** The motors lose steps in moves that speed up faster than this, mm/s²; null: they bear everything. */
  readonly stallsAbove?: number | null;
  /** Where the pen stands on the bed when the power comes on, mm. */
  readonly startMm: Triple;
  /** A servo holds the pen: at this angle and below it is down. Null: Z moves the pen. */
  readonly servoDownAngle: number | null;
  /** Where on the bed the end switches are, mm; null where an axis has none. */
  readonly switchesMm: readonly [number | null, number | null, number | null];
  /** The firmware's name for the place of each switch, mm. */
  readonly homeMm: Triple;
  /** The firmware's limits of travel for homed axes, mm. */
  readonly heightMinMm: Triple;
  readonly heightMaxMm: Triple;
  /**
   * How it reports its place: with Z; of two axes only; with a fourth axis; in millimetres throughout, as Marlin 1.0.
   */
  readonly placeForm: 'marlin-2' | 'two-axes' | 'four-axes' | 'marlin-1';
  /** The step counts that M114 reports beside it, from those at the plan's end and those of the motors now. */
  readonly counts: (planned: Triple, now: Triple) => Triple;
  /** It refuses to move axes that were not homed, and says so. */
  readonly homeFirst: boolean;
  /** How it says that a line is taken. */
  readonly okForm: 'plain' | 'colon' | 'blank';
  readonly machine: string;
  readonly uuid: string;
  /** Whether a line is said at all; for builds that do not say it. */
  readonly onSay?: (line: string) => boolean;
  /** Called for every line that the firmware takes for a command, and its number, before it carries it out. */
  readonly onCommand?: (line: string, command: number) => void;
  /** Called for every way that the pen has gone, once it has gone it. */
  readonly onMotion?: (motion: Motion) => void;
}

/** A V1 MPCNC with a pen that touches the paper at height 0, standing on the corner mark. */
export const virtualMpcnc: Omit<VirtualOptions, 'clock'> = {
  limits: mpcncLimits,
  plannerBlocks: 16,
  queueLength: 4,
  receiveBytes: 128,
  flowControl: true,
  emergencyParser: false,
  advancedOk: false,
  reportsCapabilities: 'right',
  keepaliveMs: 2000,
  unknownCommands: [],
  motorTimeoutMs: 1_200_000,
  bootMs: 10,
  contactMm: 0,
  startMm: [0, 0, 0],
  servoDownAngle: null,
  switchesMm: [null, null, null],
  homeMm: [0, 0, 0],
  heightMinMm: [0, 0, 0],
  heightMaxMm: [1220, 2440, 200],
  placeForm: 'marlin-2',
  counts: (planned) => planned,
  homeFirst: false,
  okForm: 'plain',
  machine: 'V1CNC sim',
  uuid: 'cede2a2f-41a2-4748-9b12-c55c62f367ff',
};

/** The answer to M115, in the firmware's own order. */
export function identityLines(options: VirtualOptions): readonly string[] {
  const emergency = options.emergencyParser === (options.reportsCapabilities !== 'wrong') ? 1 : 0;
  const position = options.advancedOk ? 1 : 0;
  const name =
    `FIRMWARE_NAME:Marlin bugfix-2.1.x (Nov 20 2026 10:39:12) SOURCE_CODE_URL:github.com/MarlinFirmware/Marlin ` +
    `PROTOCOL_VERSION:1.0 MACHINE_TYPE:${options.machine} KINEMATICS:Cartesian EXTRUDER_COUNT:0 UUID:${options.uuid}`;
  if (options.reportsCapabilities === 'none') return [name];
  return [
    name,
    'Cap:SERIAL_XON_XOFF:0',
    'Cap:BINARY_FILE_TRANSFER:0',
    'Cap:EEPROM:1',
    'Cap:VOLUMETRIC:0',
    `Cap:AUTOREPORT_POS:${position}`,
    'Cap:AUTOREPORT_TEMP:0',
    'Cap:PROGRESS:0',
    'Cap:PRINT_JOB:1',
    'Cap:AUTOLEVEL:0',
    'Cap:RUNOUT:0',
    'Cap:Z_PROBE:0',
    'Cap:LEVELING_DATA:0',
    'Cap:BUILD_PERCENT:0',
    'Cap:SOFTWARE_POWER:0',
    'Cap:TOGGLE_LIGHTS:0',
    'Cap:CASE_LIGHT_BRIGHTNESS:0',
    `Cap:EMERGENCY_PARSER:${emergency}`,
    'Cap:HOST_ACTION_COMMANDS:0',
    'Cap:PROMPT_SUPPORT:0',
    'Cap:SDCARD:0',
    'Cap:REPEAT:0',
    'Cap:SD_WRITE:0',
    'Cap:AUTOREPORT_SD_STATUS:0',
    'Cap:LONG_FILENAME:0',
    'Cap:LFN_WRITE:0',
    'Cap:CUSTOM_FIRMWARE_UPLOAD:0',
    'Cap:EXTENDED_M20:0',
    'Cap:THERMAL_PROTECTION:1',
    'Cap:MOTION_MODES:1',
    'Cap:ARCS:1',
    'Cap:BABYSTEPPING:0',
    'Cap:EP_BABYSTEP:0',
    'Cap:CHAMBER_TEMPERATURE:0',
    'Cap:COOLER_TEMPERATURE:0',
    'Cap:MEATPACK:0',
    'Cap:CONFIG_EXPORT:0',
  ];
}

/** Bytes of one block of the planner. */
const blockBytes = 104;

/** What the firmware says when it has started. */
export function bannerLines(options: VirtualOptions): readonly string[] {
  return [
    'start',
    'PowerUp',
    'Marlin bugfix-2.1.x',
    'echo: Last Updated: 2024-10-12 | Author: (none, default config)',
    'echo: Compiled: Nov 20 2026',
    `echo: Free Memory: 0  PlannerBufferBytes: ${blockBytes * options.plannerBlocks}`,
    'echo:V90 stored settings retrieved (542 bytes; crc 1786141',
  ];
}
