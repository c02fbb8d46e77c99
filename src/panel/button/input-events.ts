import type { Level } from '../gesture.ts';

/** `struct input_event` of a 64-bit Linux: a time of 16 bytes, type, code, value. */
const recordBytes = 24;
const typeSyn = 0;
const codeSynDropped = 3;
const typeKey = 1;

/** What was read so far and is no whole record yet. */
export type InputRest = Buffer;

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
