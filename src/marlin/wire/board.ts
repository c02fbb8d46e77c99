import type { Fault } from '../../domain/fault.ts';
import { plainText } from '../../domain/plain-text.ts';

/** What a board reports of itself with M115. */
export interface Board {
  /** Name and build of the firmware. */
  readonly firmware: string | null;
  /** Many builds share the one that the firmware ships with. */
  readonly uuid: string | null;
  /** The kind of machine that it was built for. */
  readonly machine: string | null;
  /** Names of what it can do, e.g. EMERGENCY_PARSER. */
  readonly capabilities: readonly string[];
  /** Whether it obeys M410 at its receipt; null where it does not report it. */
  readonly emergencyParser: boolean | null;
}

/** A name that a person reads is not longer. */
const firmwareCharsMax = 200;

/** Reads the lines of an answer to M115. */
export function boardOf(said: readonly string[]): Board {
  const named = said.find((text) => text.startsWith('FIRMWARE_NAME:')) ?? '';
  const parser = said
    .map((text) => /^Cap:EMERGENCY_PARSER:([01])$/.exec(text)?.[1])
    .find((value) => value !== undefined);
  const firmware = /^FIRMWARE_NAME:(.*?) (?:SOURCE_CODE_URL|PROTOCOL_VERSION):/.exec(named)?.[1];
  return {
    emergencyParser: parser === undefined ? null : parser === '1',
    firmware: firmware === undefined ? null : plainText(firmware.slice(0, firmwareCharsMax)),
    uuid: / UUID:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(named)?.[1] ?? null,
    machine: / MACHINE_TYPE:(.*?) (?:KINEMATICS|EXTRUDER_COUNT):/.exec(named)?.[1] ?? null,
    capabilities: said.flatMap((text) => /^Cap:([A-Z_0-9]+):1$/.exec(text)?.[1] ?? []),
  };
}

/** What tells a board from others, without blanks: its id and the kind of machine; null when it does not report one. */
export function boardId({ uuid, machine }: Board): string | null {
  if (uuid === null) return null;
  return machine === null ? uuid : `${uuid}/${machine.replaceAll(/[^A-Za-z0-9.]+/g, '_')}`;
}

/** What a Marlin reports regularly and at its start, which is of no use to a person. */
const routine =
  /^(?:echo:)?(?:busy: |Unknown command: |enqueueing |M\d+ |;|\s|$|Marlin|V\d+ stored settings|Hardcoded Default Settings|SD (?:init|card)|No SD card|Settings Stored|EEPROM|Active Extruder|DEBUG:|Printer halted)/;
/** Errors of the numbered protocol: they are answered with a resend, and not reported. */
const ofTheLine = /, Last Line: -?\d+$/;

/**
 * What of a line of the firmware is meant for a person: an error, or why the firmware does not do what it was sent. Null for all
 * other lines.
 */
export function wordsOfBoard(line: string): string | null {
  const said = /^(?:Error:|echo:)(.*)$/.exec(line)?.[1]?.trim() ?? '';
  if (said === '' || ofTheLine.test(line) || (line.startsWith('echo:') && routine.test(line))) return null;
  if (routine.test(said)) return null;
  return plainText(said.slice(0, wordsCharsMax));
}

/** Longer sentences are taken for noise. */
const wordsCharsMax = 120;

/** Faults of which the board itself may have reported the reason. */
const explainable = /^(?:link-|position-|unknown-command|servo-)/;
const wantsHoming = /\bhome\b.*\bfirst\b/i;

/** A fault with what the board reported of it, in its own words. */
export function quoting(fault: Fault | null, words: string | null): Fault | null {
  if (fault === null || words === null || !explainable.test(fault.code)) return fault;
  const what = `${fault.what} It said: "${words}".`;
  if (!wantsHoming.test(words)) return { ...fault, what };
  const remedy =
    'Its firmware must be homed before it moves: set [plotter] origin = "endstops" if it has end switches, or build it without NO_MOTION_BEFORE_HOMING.';
  return { ...fault, what, remedy };
}
