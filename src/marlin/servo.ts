import type { Link } from './link.ts';
import { sendUntilAccepted } from './tell.ts';

/** A servo and the angle that it was told to hold. */
export interface ServoAim {
  readonly index: number;
  readonly degrees: number;
}

/** What a look at a servo told; `untold`: the firmware does not say, or its answer was disturbed. */
type ServoCheck = 'right' | 'wrong' | 'untold' | 'lost';

/** The firmware keeps the width of a pulse, and works the angle out from it. */
const toleranceDegrees = 1;
const checksMax = 3;

/**
 * Reads back the angle that the firmware holds: a line that was corrupted yet passed the checksum shows nowhere else.
 * `M280 P0` alone is answered by `echo: Servo 0: 90`.
 */
export async function checkServo(link: Link, { index, degrees }: ServoAim): Promise<ServoCheck> {
  for (let tries = 0; tries < checksMax && link.servoTells !== false; tries += 1) {
    const told = await sendUntilAccepted(link, `M280 P${index}`);
    if (told === null) return 'lost';
    const angle = angleIn(told.said, index);
    if (angle === null) continue;
    link.servoTells = true;
    return Math.abs(angle - Math.trunc(degrees)) <= toleranceDegrees ? 'right' : 'wrong';
  }
  link.servoTells ??= false;
  return 'untold';
}

function angleIn(said: readonly string[], index: number): number | null {
  for (const text of said) {
    const found = /^echo: ?Servo (\d+): (-?\d+)$/.exec(text);
    if (found !== null && Number(found[1]) === index) return Number(found[2]);
  }
  return null;
}
