import { execFile } from 'node:child_process';
import { type Clock, sleep } from '../../domain/clock.ts';
import { keepChild } from '../child.ts';
import { type Button, type ButtonListener, buttonFault } from './button.ts';

const answerWithinMs = 3_000;
/** A button that is down before edges are heard is looked at this often. */
const lookAgainMs = 500;

interface GpiodOptions {
  readonly clock: Clock;
  /** The number of the pin as it stands on every pinout: 17 for GPIO17. */
  readonly pin: number;
  /** Called with the original message of the system. */
  readonly said?: (original: string) => void;
}

/** How to ask the installed version of gpiod's tools; their words changed between 1 and 2. */
interface Tools {
  readonly monitor: readonly [string, ...string[]];
  readonly look: readonly [string, ...string[]];
  /** What the monitor prints for a falling edge, which is a press: the button pulls the pin to ground. */
  readonly falling: string;
}

/** A button read by `gpiomon` of the package gpiod, which takes the pull-up with it. */
export function gpiodButton({ clock, pin, said = () => {} }: GpiodOptions): Button {
  let listener: ButtonListener = { level: () => {}, changed: () => {} };
  let rest = '';
  let tools: Tools | null = null;
  let silent = true;
  let stopped = false;

  /**
   * Returns once the button is up. What the monitor is not there to see yet it never reports, and while it has the pin
   * nobody else can look: starting on a button that is down, it could leave it so for ever.
   */
  async function untilUp(look: Tools['look']): Promise<void> {
    while (!stopped && (await isDown(look))) {
      listener.level({ down: true, found: true });
      await sleep(clock, lookAgainMs);
    }
    if (!stopped) listener.level({ down: false, found: true });
  }

  const child = keepChild({
    clock,
    async command() {
      const found = await findTools(pin);
      if (typeof found === 'string') return found;
      tools = found;
      await untilUp(found.look);
      return found.monitor;
    },
    started() {
      rest = '';
      silent = false;
    },
    heard(bytes) {
      const lines = `${rest}${bytes}`.split('\n');
      rest = (lines.pop() ?? '').slice(-100);
      for (const line of lines) listener.level({ down: line.trim() === tools?.falling, found: false });
    },
    ended() {
      if (!silent) listener.level({ down: false, found: true });
      silent = true;
    },
    changed: () => listener.changed(),
    said,
  });
  return {
    start(who) {
      listener = who;
      child.start();
    },
    fault() {
      const trouble = child.trouble();
      return trouble === null ? null : buttonFault(trouble);
    },
    retry: () => child.retry(),
    stop() {
      stopped = true;
      return child.stop();
    },
  };
}

/** Whether the pin is pulled to ground. */
async function isDown(look: Tools['look']): Promise<boolean> {
  const level = (await ask(look)).trim();
  return level === '0' || /=inactive$/.test(level);
}

/** The tools that are installed, or why they cannot serve. */
async function findTools(pin: number): Promise<Tools | string> {
  const version = /\bv?(\d+)\.\d+/.exec(await ask(['gpiomon', '--version']))?.[1];
  if (version === undefined) return 'gpiomon does not run; install the package gpiod';
  const name = `GPIO${pin}`;
  if (version === '1') {
    const [chip, offset] = (await ask(['gpiofind', name])).trim().split(/\s+/);
    if (chip === undefined || offset === undefined) return `no GPIO line is called ${name}`;
    return {
      monitor: ['gpiomon', '--line-buffered', '--bias=pull-up', '--format=%e', chip, offset],
      look: ['gpioget', '--bias=pull-up', chip, offset],
      falling: '0',
    };
  }
  return {
    monitor: ['gpiomon', '--bias', 'pull-up', '--debounce-period', '5ms', '--format', '%e', name],
    look: ['gpioget', '--bias', 'pull-up', '--unquoted', name],
    falling: '2',
  };
}

/** What a program prints; empty when it fails or cannot start, whose reason the program that follows repeats. */
function ask([program, ...args]: readonly [string, ...string[]]): Promise<string> {
  return new Promise<string>((resolve) => {
    execFile(program, args, { timeout: answerWithinMs, maxBuffer: 10_000 }, (_error, stdout) => resolve(stdout));
  }).catch(() => '');
}
