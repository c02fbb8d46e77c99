import type { Random } from '../../src/domain/clock.ts';
import { frame } from '../../src/marlin/wire/replies.ts';
import type { World } from './world.ts';

/**
 * Replaces the command of the first line that matches, as an XOR collision does: the checksum fits. `after` is called
 * when the board has got it.
 */
export function corruptOnce(world: World, pattern: RegExp, replacement: string, after: () => void = () => {}): void {
  const { receive } = world.board;
  let done = false;
  world.board.receive = (text, byteMs) => {
    const line = /^N(\d+) (.*)\*\d+\n$/.exec(text);
    const command = line?.[2] ?? '';
    if (!done && line !== null && pattern.test(command)) {
      done = true;
      receive(frame(Number(line[1]), command.replace(pattern, replacement)), byteMs);
      after();
    } else {
      receive(text, byteMs);
    }
  };
}

/** Flips one bit in two places of a line, so that its checksum, an XOR, fits again; null where it cannot. */
export function collide(line: string, random: Random): string | null {
  const begin = line.indexOf(' ') + 1;
  const end = line.lastIndexOf('*');
  const bit = 1 << Math.floor(random() * 5);
  const at = () => begin + Math.floor(random() * (end - begin));
  const [a, b] = [at(), at()];
  if (a === b) return null;
  const flipped = [...line];
  for (const place of [a, b]) flipped[place] = String.fromCharCode(line.charCodeAt(place) ^ bit);
  const text = flipped.join('');
  return /^[\x20-\x7e]+\n$/.test(text) && text.lastIndexOf('*') === end ? text : null;
}
