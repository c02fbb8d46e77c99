import type { Clock } from '../domain/clock.ts';
import { probe } from './framing.ts';
import { type Hello, hearHello, nextTurn, nothingHeard, pauseMs } from './hello.ts';
import type { Link } from './link.ts';

/** Tells the name of a device of Grbl's kind; a Marlin answers that it does not know the command. */
const whoAreYou = '$I\n';

/** A device that never stops talking is interrupted after this time. */
const longestChatterMs = 2000;

/**
 * Finds out who is there and, from a Marlin, the last line that it has (told twice alike), changing nothing:
 * an end of line, a far too high number, and listening.
 */
export function greet(link: Link, clock: Clock): Promise<Hello> {
  return new Promise((resolve) => {
    const beganMs = clock.nowMs();
    let state = nothingHeard;
    let alarm = clock.after(0, turn);
    let turnedMs = beganMs;
    const wait = (ms: number) => {
      alarm();
      alarm = clock.after(ms, turn);
    };
    const end = (hello: Hello) => {
      alarm();
      link.tap = null;
      resolve(hello);
    };
    link.tap = (line) => {
      state = hearHello(state, line);
      wait(Math.max(0, Math.min(pauseMs(state), turnedMs + longestChatterMs - clock.nowMs())));
    };
    function turn(): void {
      turnedMs = clock.nowMs();
      if (link.lost !== null) {
        end({ kind: 'gone' });
        return;
      }
      const next = nextTurn(state, clock.nowMs() - beganMs);
      if (next.kind === 'end') {
        end(next.hello);
        return;
      }
      if (next.what === 'name') state = { ...state, askedName: true };
      link.writeRaw(next.what === 'name' ? whoAreYou : probe);
      wait(next.waitMs);
    }
  });
}
