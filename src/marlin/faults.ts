import type { Fault } from '../domain/fault.ts';
import { plainText } from '../domain/plain-text.ts';
import type { LossReason } from './wire/sender.ts';

/** Faults of the plotter and its link; `code` is stable. */
export const plotterFaults = {
  notReady: (): Fault => ({
    code: 'plotter-not-ready',
    what: 'No plotter answers.',
    remedy: 'Switch the plotter on and plug its cable in; it is found automatically.',
  }),
  noGeometry: (): Fault => ({
    code: 'no-geometry',
    what: 'No sheet is open, so the heights of the pen are not known.',
    remedy: 'Open a sheet first.',
  }),
  originUnknown: (): Fault => ({
    code: 'origin-unknown',
    what: 'The origin is not known, so nothing may move.',
    remedy: 'Put the tip on the corner mark, touching the paper, and confirm.',
  }),
  hoverUnconfirmed: (): Fault => ({
    code: 'hover-unconfirmed',
    what: 'The pen waits above a place that you have to check.',
    remedy: 'If it is in the right place, confirm it; if not, put the tip on the corner mark and set the origin again.',
  }),
  outsideBed: (xMm: number, yMm: number): Fault => ({
    code: 'outside-bed',
    what: `The place X ${xMm} Y ${yMm} lies outside the bed.`,
    remedy: 'Correct the bed, the paper or the rows in the config.',
  }),
  mismatch: (meant: string, seen: string): Fault => ({
    code: 'position-mismatch',
    what: `The plotter should be going to ${meant}, but twice reported ${seen}.`,
    remedy: 'Look at the sheet. If it happens again, check the cable, the end switches and the limits of travel.',
  }),
  keepsMissing: (): Fault => ({
    code: 'position-keeps-missing',
    what: 'The plotter went to the wrong place several times in a row.',
    remedy: 'Check its limits of travel (M211), its end switches and the cable, then try again.',
  }),
  unknownCommand: (text: string): Fault => ({
    code: 'unknown-command',
    what: `The plotter's firmware does not know "${plainText(text)}".`,
    remedy: 'Take the line out of the config, or build the firmware with it.',
  }),
  unreadable: (answer: string): Fault => ({
    code: 'link-unreadable',
    what: `The plotter answers where it is (M114) in a form that is not understood: "${plainText(answer)}".`,
    remedy:
      'A Marlin from 1.0 on is understood; with [pen] on Z it must report Z. Report this answer, so that it will be.',
  }),
  servoAstray: (text: string): Fault => ({
    code: 'servo-astray',
    what: `The servo does not take its angle: "${text}" was sent several times, and it reports another.`,
    remedy: 'Check the cable, and that [servo] names the right servo and angles that it can reach.',
  }),
  lost: (why: LossReason): Fault => ({ code: `link-${why}`, ...losses[why] }),
  movedBefore: (): Fault => ({
    code: 'moved-before',
    what: 'The pen was moved before the stroke began.',
    remedy: 'Nothing needs to be done: the stroke is planned again from where the pen is.',
  }),
  stopped: (): Fault => ({
    code: 'stopped',
    what: 'The plotter was stopped by hand.',
    remedy: 'Go on when it is safe; what was not certain is drawn again in its place.',
  }),
  liftDone: (): Fault => ({
    code: 'lift-done',
    what: 'The pen was raised once already since the origin was lost, or this is another plotter.',
    remedy: 'Raise it by jogging, or by hand.',
  }),
  jogTooFar: (): Fault => ({
    code: 'jog-too-far',
    what: 'A jog is at most 100 mm along each axis.',
    remedy: 'Jog in smaller steps.',
  }),
  intoPaper: (): Fault => ({
    code: 'into-paper',
    what: 'That far down the tip would be pressed into the paper.',
    remedy: 'Jog down in smaller steps; if the tip does not reach the paper any more, set the origin again.',
  }),
  homingNotConfigured: (): Fault => ({
    code: 'no-end-switches',
    what: 'This plotter is not declared to have end switches.',
    remedy: 'Set origin = "endstops" in the config if it has them.',
  }),
  portMissing: (path: string): Fault => ({
    code: 'port-missing',
    what: `The port ${path}, which the config names, is not there.`,
    remedy:
      'Switch the plotter on and plug its USB cable in, or set [plotter] port = "auto" to use whichever port it is on.',
  }),
  portInUse: (path: string): Fault => ({
    code: 'port-in-use',
    what: `Another program has the port ${path} open.`,
    remedy: 'Stop the other program, or a second service.',
  }),
  portDenied: (path: string): Fault => ({
    code: 'port-denied',
    what: `The port ${path} may not be opened by this user.`,
    remedy: 'Put the user into the group that owns the port (on a Pi: dialout).',
  }),
  portFailed: (path: string, what: string): Fault => ({
    code: 'port-failed',
    what: `The port ${path} did not open: ${what}.`,
    remedy: 'Check the cable and the name of the port in the config.',
  }),
  severalPorts: (paths: readonly string[]): Fault => ({
    code: 'several-ports',
    what: `Several serial ports could be the plotter: ${paths.join(', ')}.`,
    remedy: 'Name the right one as plotter.port in the config, or unplug the others and try again.',
  }),
  anotherDevice: (path: string): Fault => ({
    code: 'another-device',
    what: `The device at ${path} is not the plotter that was used before.`,
    remedy: 'If it is a plotter to be used from now on, try again; it may be a printer in the middle of a print.',
  }),
  notMarlin: (path: string, name: string): Fault => ({
    code: 'not-marlin',
    what: `At ${path} there is ${plainText(name)}, which does not speak Marlin.`,
    remedy: 'Name the port of a plotter with Marlin firmware as plotter.port in the config.',
  }),
  silent: (path: string): Fault => ({
    code: 'silent-device',
    what: `The device at ${path} does not answer at any usual speed.`,
    remedy: 'Check that it is a plotter with Marlin firmware, switched on, and its baud rate in the config.',
  }),
  memoryFailed: (what: string): Fault => ({
    code: 'memory-failed',
    what: `What must be known after a power cut could not be saved: ${what}.`,
    remedy: 'Check the disk; nothing is drawn until it can be written.',
  }),
} as const;

const losses: Record<LossReason, Omit<Fault, 'code'>> = {
  reset: {
    what: "The plotter's board restarted.",
    remedy: 'Check its power supply and its cable; the origin may have to be set again.',
  },
  numbering: {
    what: 'The plotter lost count of the lines: its board restarted, or another program used it.',
    remedy: 'Check its power supply; let no other program use its port.',
  },
  stranger: {
    what: 'Another board than the one that was used before is at the end of the cable.',
    remedy: 'If it is a plotter to be used from now on, try again.',
  },
  halted: {
    what: 'The plotter has halted itself and answers nothing until it is reset.',
    remedy: 'Reset the plotter, or switch it off and on; its display may say why it halted.',
  },
  silent: {
    what: 'The plotter does not answer any more.',
    remedy: 'Check its power and its cable; it is looked for automatically.',
  },
  unreadable: {
    what: 'The plotter answers where it is (M114) in a form that is not understood.',
    remedy: 'The log quotes the answer.',
  },
  stuck: {
    what: 'The connection to the plotter does not work: too many errors on the line.',
    remedy: 'Use a shorter or shielded cable, away from motors, or a lower baud rate.',
  },
  'busy-too-long': {
    what: 'The plotter has been busy with one line for 20 minutes.',
    remedy: 'See whether it waits for somebody at its own display.',
  },
  gone: { what: 'The cable was pulled, or the port is gone.', remedy: 'Plug it in; it is found automatically.' },
  stopped: { what: 'The plotter was stopped by hand.', remedy: 'Go on when it is safe.' },
};
