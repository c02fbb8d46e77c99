import type { VirtualOptions } from './options.ts';

/** The answer to M115, in the firmware's own order. */
export function identityLines(options: VirtualOptions): readonly string[] {
  const emergency = options.emergencyParser === (options.tellsCapabilities !== 'wrong') ? 1 : 0;
  const position = options.advancedOk ? 1 : 0;
  const name =
    `FIRMWARE_NAME:Marlin bugfix-2.1.x (Nov 20 2026 10:39:12) SOURCE_CODE_URL:github.com/MarlinFirmware/Marlin ` +
    `PROTOCOL_VERSION:1.0 MACHINE_TYPE:${options.machine} KINEMATICS:Cartesian EXTRUDER_COUNT:0 UUID:${options.uuid}`;
  if (options.tellsCapabilities === 'none') return [name];
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
