import type { Fault } from '../domain/fault.ts';
import { plainText } from '../domain/plain-text.ts';

/** What a Marlin says of itself all the time, and at its start. */
const routine =
  /^(?:echo:)?(?:busy: |Unknown command: |enqueueing |M\d+ |;|\s|$|Marlin|V\d+ stored settings|Hardcoded Default Settings|SD (?:init|card)|No SD card|Settings Stored|EEPROM|Active Extruder|DEBUG:|Printer halted)/;
/** Errors of the line: they are answered, not told. */
const ofTheLine = /, Last Line: -?\d+$/;

/**
 * What a line of the firmware tells a person: an error that it reports, or why it does not do what it is told. Null for
 * everything else.
 */
export function wordsOfBoard(line: string): string | null {
  const said = /^(?:Error:|echo:)(.*)$/.exec(line)?.[1]?.trim() ?? '';
  if (said === '' || ofTheLine.test(line) || (line.startsWith('echo:') && routine.test(line))) return null;
  if (routine.test(said)) return null;
  return plainText(said.slice(0, wordsCharsMax));
}

/** A longer sentence is noise. */
const wordsCharsMax = 120;

/** Faults of which the board itself may have said the reason. */
const explainable = /^(?:link-|position-|unknown-command|servo-)/;
const wantsHoming = /\bhome\b.*\bfirst\b/i;

/** A fault with what the board said of it, in its own words. */
export function quoting(fault: Fault | null, words: string | null): Fault | null {
  if (fault === null || words === null || !explainable.test(fault.code)) return fault;
  const what = `${fault.what} It said: "${words}".`;
  if (!wantsHoming.test(words)) return { ...fault, what };
  const remedy =
    'Its firmware wants to be homed before it moves: set [plotter] origin = "endstops" if it has end switches, or build it without NO_MOTION_BEFORE_HOMING.';
  return { ...fault, what, remedy };
}
