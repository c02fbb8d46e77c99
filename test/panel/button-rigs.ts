import { closeSync, constants, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Button, noButton } from '../../src/panel/button/button.ts';
import { gpiodButton } from '../../src/panel/button/gpiod.ts';
import { inputButton } from '../../src/panel/button/input.ts';
import { type OnoffLine, onoffButton } from '../../src/panel/button/onoff.ts';
import { systemClock } from '../../src/system/clock.ts';
import { fakePrograms, fifo, until } from './fakes.ts';

/** A driver with a button in software before it. */
export interface Rig {
  readonly name: string;
  /** There is nothing to press, break or mend. */
  readonly isNone?: true;
  build(): BuiltRig;
}

export interface BuiltRig {
  readonly button: Button;
  /** Presses and releases the contact. */
  set(down: boolean): Promise<void>;
  /** Takes away what the driver reads from, and puts it back. */
  breakIt(): void;
  mendIt(): void;
  /** Presses or releases the contact while nobody listens for edges: only a look finds it. */
  setUnheard?(down: boolean): void;
  /** The line fails while it is read. */
  failLine?(): void;
  end(): void;
}

/** Eight times as fast as real time, so that a driver's patience does not cost ours. */
const clock = systemClock(8);

/** A record as the kernel writes it for a key of the gpio-key overlay. */
export function keyRecord(value: number, type = 1, code = 256): Buffer {
  const record = Buffer.alloc(24);
  record.writeUInt16LE(type, 16);
  record.writeUInt16LE(code, 18);
  record.writeInt32LE(value, 20);
  return record;
}

/** Writes to a named pipe once somebody reads it. */
async function speak(path: string, bytes: Buffer): Promise<void> {
  let file: number | null = null;
  await until('a reader of the device', () => {
    try {
      file = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
      return true;
    } catch {
      return false;
    }
  });
  if (file !== null) writeSync(file, bytes);
  if (file !== null) held.push(file);
}

/** Writers that stay open: the reader would see the end of the file. */
const held: number[] = [];
function letGo(): void {
  for (const file of held.splice(0)) closeSync(file);
}

const inputRig: Rig = {
  name: 'input',
  build() {
    const programs = fakePrograms();
    const device = fifo(join(programs.folder, 'event0'));
    return {
      button: inputButton({ clock, device }),
      set: (down) => speak(device, Buffer.concat([keyRecord(down ? 1 : 0), keyRecord(0, 0, 0)])),
      breakIt() {
        rmSync(device);
        letGo();
      },
      mendIt: () => void fifo(device),
      end() {
        letGo();
        programs.end();
      },
    };
  },
};

/** Tools that speak as those of this version; edges come from a named pipe, and the level is that of a file. */
function gpiodRig(version: '1.6.3' | '2.2.1'): Rig {
  const isFirst = version.startsWith('1');
  return {
    name: `gpiod ${version}`,
    build() {
      const programs = fakePrograms();
      const edges = fifo(join(programs.folder, 'edges'));
      const wanted = isFirst
        ? '--line-buffered --bias=pull-up --format=%e gpiochip0 17'
        : '--bias pull-up --debounce-period 5ms --format %e GPIO17';
      const monitor = `[ "$1" = --version ] && { echo "gpiomon (libgpiod) v${version}"; exit 0; }
[ "$*" = "${wanted}" ] || { echo "gpiomon: wrong words: $*" >&2; exit 1; }
exec cat "${edges}"`;
      programs.add('gpiomon', monitor);
      programs.add('gpiofind', 'echo "gpiochip0 17"');
      const setUnheard = (down: boolean) =>
        programs.add('gpioget', `echo ${isFirst ? (down ? '0' : '1') : `GPIO17=${down ? 'inactive' : 'active'}`}`);
      setUnheard(false);
      return {
        button: gpiodButton({ clock, pin: 17 }),
        setUnheard,
        set: (down) => speak(edges, Buffer.from(down ? (isFirst ? '0\n' : '2\n') : '1\n')),
        breakIt() {
          programs.add(
            'gpiomon',
            '[ "$1" = --version ] && echo "gpiomon v9.0"; echo "gpiomon: no such line" >&2; exit 1',
          );
          letGo();
        },
        mendIt: () => programs.add('gpiomon', monitor),
        end() {
          letGo();
          programs.end();
        },
      };
    },
  };
}

const onoffRig: Rig = {
  name: 'onoff',
  build() {
    const programs = fakePrograms();
    const sysfs = join(programs.folder, 'gpio');
    const chip = (name: string, label: string, base: number) => {
      mkdirSync(join(sysfs, name), { recursive: true });
      writeFileSync(join(sysfs, name, 'label'), `${label}\n`);
      writeFileSync(join(sysfs, name, 'base'), `${base}\n`);
    };
    // As on a Pi 5: the first chip has 512, and its line 17 is something else.
    chip('gpiochip512', 'gpio-brcmstb@107d508500', 512);
    const header = () => chip('gpiochip569', 'pinctrl-rp1', 569);
    header();
    mkdirSync(join(sysfs, 'gpio586'));
    for (const file of ['value', 'direction', 'edge']) writeFileSync(join(sysfs, 'gpio586', file), '');
    let watching: Parameters<OnoffLine['watch']>[0] | null = null;
    class Gpio implements OnoffLine {
      constructor(line: number, direction: 'in', edge: 'both') {
        if (line !== 586 || direction !== 'in' || edge !== 'both') throw new Error(`wrong line ${line}`);
      }
      watch(callback: Parameters<OnoffLine['watch']>[0]): void {
        watching = callback;
      }
      unwatchAll(): void {
        watching = null;
      }
      readSync(): 1 {
        return 1;
      }
      edge(): 'both' {
        return 'both';
      }
    }
    return {
      button: onoffButton({ clock, pin: 17, sysfs, load: async () => ({ Gpio }) }),
      async set(down) {
        await until('the driver to watch', () => watching !== null);
        watching?.(null, down ? 0 : 1);
      },
      breakIt: () => rmSync(join(sysfs, 'gpiochip569'), { recursive: true }),
      mendIt: header,
      failLine: () => watching?.(Object.assign(new Error('ENODEV: no such device, read'), { code: 'ENODEV' }), 0),
      end: () => programs.end(),
    };
  },
};

const noneRig: Rig = {
  name: 'none',
  isNone: true,
  build: () => ({ button: noButton, set: async () => {}, breakIt: () => {}, mendIt: () => {}, end: () => {} }),
};

export const buttonRigs: readonly Rig[] = [inputRig, gpiodRig('1.6.3'), gpiodRig('2.2.1'), onoffRig, noneRig];
