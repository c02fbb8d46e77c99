import { frame } from '../../src/marlin/framing.ts';
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
