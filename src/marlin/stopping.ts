import { type Cancel, type Clock, sleep } from '../domain/clock.ts';
import type { PlotterResult } from '../domain/plotter.ts';
import type { Body } from './body.ts';
import { rejectHover } from './by-hand.ts';
import { faults } from './faults.ts';
import { greet } from './greet.ts';
import type { Link } from './link.ts';
import { judgeFlight } from './missed.ts';
import { done, interrupted, refused } from './order-parts.ts';
import { raise } from './orders.ts';
import { freeMotors } from './session.ts';
import { lookSurely } from './stream.ts';

/** After M410 moves are dropped for a second; only then does M114 tell the truth. */
export const quietAfterStopMs = 1200;
const longestStopMs = 8000;
/** A link that is dead when a person stops the plotter is told within 6 s all the same. */
const longestSilenceMs = 5500;
/** After an error the firmware empties its receive buffer, a stop with it: in a confused talk it is sent again. */
export const stopAgainMs = 50;
/** Bytes that are still with the driver when a port is closed may be lost. */
const onItsWayMs = 200;

/** Bytes that stop the plotter at once; they close whatever half line the firmware holds. */
export function stopBytes({ settings }: Body): string {
  return `\n${settings.stopWith}\n`;
}

/** From here on nothing unconfirmed can become certain, and the pen may stand anywhere on its way. */
export function cutShort(body: Body): void {
  body.doubtAll();
  body.wasStopped = true;
  body.raiseDue = true;
}

/** Stops at once; `ended` resolves when the order under way has ended, `alone` waits for the line to be free. */
export async function stopNow(
  body: Body,
  link: Link,
  clock: Clock,
  ended: () => Promise<unknown>,
  alone: <T>(run: () => Promise<T>) => Promise<T>,
): Promise<PlotterResult> {
  let cancel: Cancel = () => {};
  try {
    cutShort(body);
    const confused = link.abandon();
    link.writeRaw(stopBytes(body));
    if (confused) clock.after(stopAgainMs, () => link.writeRaw(stopBytes(body)));
    const stoppedMs = clock.nowMs();
    cancel = clock.after(Math.max(0, link.heardMs + longestSilenceMs - stoppedMs), () => {
      if (clock.nowMs() - link.heardMs >= longestSilenceMs) link.end('silent');
    });
    await ended();
    if (body.settings.stopWith === 'M112') {
      await sleep(clock, onItsWayMs);
      link.end('halted');
      const forgotten = body.originIsLost();
      return forgotten === null ? done : refused(forgotten);
    }
    let quietMs = 0;
    while (quietMs < quietAfterStopMs && clock.nowMs() - stoppedMs < longestStopMs && link.lost === null) {
      await sleep(clock, Math.max(1, quietAfterStopMs - quietMs));
      quietMs = clock.nowMs() - Math.max(link.heardMs, stoppedMs);
    }
    return await alone(() => regain(body, link, clock));
  } finally {
    cancel();
  }
}

/** After a stop: learns where the talk and the pen are, and lifts; or frees the motors where nobody knows. */
async function regain(body: Body, link: Link, clock: Clock): Promise<PlotterResult> {
  const lost = () => refused(faults.lost(link.lost ?? 'stuck'));
  if (link.lost !== null) return lost();
  const heard = await greet(link, clock);
  if (heard.kind !== 'marlin') link.end('silent');
  else if (!isOurs(body, heard.lastLine)) link.end('numbering');
  if (heard.kind !== 'marlin' || link.lost !== null) return lost();
  link.adopt(heard.lastLine);
  link.held = false;
  const seen = await lookSurely(link);
  if (seen === null) return lost();
  judgeFlight(body, seen);
  body.stand(seen);
  if (!body.record.originKnown) return (await freeMotors(body, link)) ? done : lost();
  const raised = await raise(body);
  if (raised.kind === 'interrupted') {
    // Nobody waits for this result but the one who wanted a stop.
    body.blemished(raised.blemishes);
    return interrupted(raised.fault);
  }
  return body.record.hover === null ? raised : rejectHover(body);
}

function isOurs({ record }: Body, lastLine: number): boolean {
  return record.lineBase !== null && lastLine >= record.lineBase;
}
