import { access, constants, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../domain/clock.ts';
import { keepChild } from '../child.ts';
import { type Button, type ButtonListener, buttonFault } from './button.ts';
import { type InputRest, readInputEvents } from './input-events.ts';

const byPath = '/dev/input/by-path';
/** The kernel names the key of the gpio-key overlay after its pin: platform-button@11-event is GPIO17. */
const overlayName = /^platform-button@[0-9a-f]+-event$/;
/** The kernel tells whoever opens the device first that its key is down already; that comes at once. */
const foundWithinMs = 150;

export interface InputOptions {
  readonly clock: Clock;
  /** The path of an input device; null: the key of the gpio-key overlay. */
  readonly device: string | null;
}

/** A button that the kernel reads and debounces, as input events. A child reads them: a read of ours could not be ended. */
export function inputButton({ clock, device }: InputOptions): Button {
  let listener: ButtonListener = { level: () => {}, changed: () => {} };
  let rest: InputRest = Buffer.alloc(0);
  let startedMs = 0;
  const child = keepChild({
    clock,
    async command() {
      const path = device ?? (await findInputButton());
      if (path === null) return 'there is no button device; the gpio-key overlay in config.txt makes one';
      const readable = await access(path, constants.R_OK).then(
        () => true,
        () => false,
      );
      return readable ? ['cat', path] : `${path} is not there, or this user may not read it`;
    },
    started() {
      rest = Buffer.alloc(0);
      startedMs = clock.nowMs();
    },
    heard(bytes) {
      const read = readInputEvents(rest, bytes);
      rest = read.rest;
      const early = clock.nowMs() - startedMs < foundWithinMs;
      for (const level of read.levels) listener.level({ ...level, found: level.found || (early && level.down) });
    },
    ended: () => listener.level({ down: false, found: true }),
    changed: () => listener.changed(),
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
    stop: () => child.stop(),
  };
}

/** The path of the gpio-key overlay's device, null where there is none. */
export async function findInputButton(): Promise<string | null> {
  const names = await readdir(byPath).catch(() => []);
  const name = names.toSorted().find((each) => overlayName.test(each));
  return name === undefined ? null : join(byPath, name);
}
