import { access, constants, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../domain/clock.ts';
import { keepChild } from '../child.ts';
import type { Level } from '../gesture.ts';
import { type Button, type ButtonListener, buttonFault } from './button.ts';

const byPath = '/dev/input/by-path';
/** The kernel names the key of the gpio-key overlay after its pin: platform-button@11-event is GPIO17. */
const overlayName = /^platform-button@[0-9a-f]+-event$/;
/** The kernel shows whoever opens the device first that its key is down already; that comes at once. */
const foundWithinMs = 150;

interface InputOptions {
  readonly clock: Clock;
  /** The path of an input device; null: the key of the gpio-key overlay. */
  readonly device: string | null;
  /** Called with the original message of the system. */
  readonly said?: (original: string) => void;
}

/**
 * A button that the kernel reads and debounces, as input events. A child reads them: a read of ours could not be ended.
 */
export function inputButton({ clock, device, said = () => {} }: InputOptions): Button {
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
    stop: () => child.stop(),
  };
}

/** The path of the gpio-key overlay's device, null where there is none. */
async function findInputButton(): Promise<string | null> {
  const names = await readdir(byPath).catch(() => []);
  const name = names.toSorted().find((each) => overlayName.test(each));
  return name === undefined ? null : join(byPath, name);
}

/** `struct input_event` of a 64-bit Linux: a time of 16 bytes, type, code, value. */
const recordBytes = 24;
const typeSyn = 0;
const codeSynDropped = 3;
const typeKey = 1;

/** What was read so far and is no whole record yet. */
type InputRest = Buffer;

/** Takes bytes as they come, cut anywhere, and gives the levels of the key in them. */
export function readInputEvents(
  rest: InputRest,
  bytes: Buffer,
): { readonly rest: InputRest; readonly levels: Level[] } {
  const all = Buffer.concat([rest, bytes]);
  const whole = all.length - (all.length % recordBytes);
  const levels: Level[] = [];
  for (let at = 0; at < whole; at += recordBytes) {
    const type = all.readUInt16LE(at + 16);
    const code = all.readUInt16LE(at + 18);
    const value = all.readInt32LE(at + 20);
    // 2 is a repeat of a key that is held.
    if (type === typeKey && (value === 0 || value === 1)) levels.push({ down: value === 1, found: false });
    // The kernel dropped events: what the key did meanwhile is lost.
    if (type === typeSyn && code === codeSynDropped) levels.push({ down: false, found: true });
  }
  return { rest: Buffer.from(all.subarray(whole)), levels };
}
