import {
  type Bench,
  dwell,
  type Handler,
  homeAxes,
  move,
  type Outcome,
  quickStop,
  stepperTimeout,
  whenAtRest,
} from './motion-commands.ts';
import { identityLines } from './options.ts';
import type { Triple } from './physics.ts';

function position(bench: Bench): Outcome {
  const { coordinates, machine, options } = bench;
  bench.say(coordinates.report(options.counts(machine.planned, machine.stepsNow())));
  return undefined;
}

function lines(...all: readonly string[]): Handler {
  return (bench) => {
    for (const line of all) bench.say(line);
    return undefined;
  };
}

const nothing: Handler = () => undefined;

function mode(absolute: boolean): Handler {
  return ({ coordinates }) => {
    coordinates.absolute = absolute;
    return undefined;
  };
}

const holdMotors: Handler = ({ machine }) => {
  machine.motorsOn = true;
  return undefined;
};

/** The most that each axis takes, mm/s². */
const setMaxAcceleration: Handler = ({ machine }, { values }) => {
  const { limits } = machine;
  const [x, y, z] = limits.maxAcceleration;
  const maxAcceleration = [values.get('X') ?? x, values.get('Y') ?? y, values.get('Z') ?? z] as const;
  machine.limits = { ...limits, maxAcceleration };
  return undefined;
};

/** Moves without an extruder go by T, or by S, which is both. */
const setAcceleration: Handler = ({ machine }, { values }) => {
  const acceleration = values.get('T') ?? values.get('S') ?? machine.limits.acceleration;
  machine.limits = { ...machine.limits, acceleration };
  return undefined;
};

const setJunctionDeviation: Handler = (bench, { values }) => {
  const junctionDeviationMm = values.get('J') ?? bench.machine.limits.junctionDeviationMm;
  if (junctionDeviationMm < 0.01 || junctionDeviationMm > 0.3) bench.say('Error:?J out of range (0.01 to 0.3)');
  else bench.machine.limits = { ...bench.machine.limits, junctionDeviationMm };
  return undefined;
};

/** The commands that this firmware knows. */
export const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['G0', move],
  ['G1', move],
  ['G4', dwell],
  ['G21', nothing],
  ['G28', homeAxes],
  ['G90', mode(true)],
  ['G91', mode(false)],
  [
    'G92',
    (bench, command) => {
      bench.coordinates.rename(command.values);
      return position(bench);
    },
  ],
  ['M17', holdMotors],
  ['M18', stepperTimeout],
  ['M84', stepperTimeout],
  [
    'M105',
    (bench) => {
      bench.say('ok T:0');
      return 'answered';
    },
  ],
  ['M106', nothing],
  ['M107', nothing],
  ['M108', nothing],
  [
    'M110',
    (bench, command) => {
      const number = command.values.get('N');
      if (number === undefined) bench.say(`Line: ${bench.lastLine()}`);
      else bench.setLine(number);
      return undefined;
    },
  ],
  [
    'M113',
    (bench, command) => {
      const seconds = command.values.get('S');
      if (seconds === undefined) bench.say(`echo:M113 S${bench.keepaliveMs / 1000}`);
      else bench.keepaliveMs = seconds * 1000;
      return undefined;
    },
  ],
  ['M114', position],
  [
    'M115',
    (bench) => {
      for (const line of identityLines(bench.options)) bench.say(line);
      return undefined;
    },
  ],
  [
    'M118',
    (bench, command) => {
      bench.say(command.args);
      return undefined;
    },
  ],
  ['M119', lines('Reporting endstop status', 'x_min: open', 'y_min: open', 'z_min: open')],
  ['M201', setMaxAcceleration],
  ['M204', setAcceleration],
  ['M205', setJunctionDeviation],
  [
    'M501',
    ({ machine, options }) => {
      machine.limits = options.limits;
      return undefined;
    },
  ],
  [
    'M211',
    (bench) => {
      for (const line of bench.coordinates.limits()) bench.say(line);
      return undefined;
    },
  ],
  [
    'M280',
    (bench, command) => {
      const down = bench.options.servoDownAngle;
      if (down === null) {
        bench.say(`echo:Unknown command: "${command.text}"`);
        return undefined;
      }
      const angle = command.values.get('S');
      if (angle === undefined) {
        bench.say(`echo: Servo ${command.values.get('P') ?? 0}: ${bench.machine.servoAngle}`);
      } else {
        bench.machine.servoAngle = angle;
        bench.machine.servoDown = angle <= down;
      }
      return undefined;
    },
  ],
  ['M300', nothing],
  ['M400', (bench) => whenAtRest(bench, () => {})],
  ['M410', quickStop],
]);

/** Where the firmware thinks that it stands after a reset. */
export const zero: Triple = [0, 0, 0];
