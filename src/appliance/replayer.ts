import type { Clock } from '../domain/clock.ts';
import type { LiveEvent } from '../domain/live-event.ts';
import type { Log } from '../domain/log.ts';
import { eveningOf, givenBy, strokesForSum } from '../domain/money.ts';
import { counted } from '../domain/plain-text.ts';
import { strokesFor, type Worth } from '../domain/worth.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { createReplaySource, pastItems, type ReplaySource } from '../sources/replay-source.ts';
import { type CommandResult, notNow, said, wrongInput } from './command-result.ts';

/** The fastest replay, as a multiple of the original speed. */
const speedMax = 1_000;

/** How a past session is played again. */
export interface ReplayWish {
  /**
   * Whether it is credited again, as a replay, and drawn; otherwise the replay only says how many strokes it would be.
   */
  readonly draw: boolean;
  /** The speed as a multiple of the original. */
  readonly speed: number;
}

interface ReplayerDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly worthOf: (event: LiveEvent) => Worth | null;
  readonly offer: (event: LiveEvent) => void;
  /** A name that no earlier run has used. */
  readonly runName: string;
}

/** Plays past sessions of the ledger again, one at a time. */
export interface Replayer {
  replay(session: string, wish: ReplayWish): CommandResult;
  stop(): Promise<void>;
}

/** The replayer of one appliance. */
export function createReplayer({ clock, log, ledger, worthOf, offer, runName }: ReplayerDeps): Replayer {
  let running: ReplaySource | null = null;
  let played = 0;

  /** What a session would be worth by the present gift map, as a sentence. */
  function tally(session: string, past: Iterable<LiveEvent>): string {
    let events = 0;
    let strokes = 0;
    const sums = new Map<string, number>();
    for (const event of past) {
      const worth = worthOf(event);
      events += 1;
      strokes += worth === null ? 0 : strokesOf(event, worth, sums);
    }
    const sum = `${counted(events, 'event')}, worth ${counted(strokes, 'stroke')} by the present gift map`;
    return `Session ${session}: ${sum}. Nothing is written; ask to draw it, and it is credited as a replay.`;
  }

  function play(session: string, past: Iterable<LiveEvent>, speed: number): string {
    played += 1;
    const source = createReplaySource({ clock, items: pastItems(past), speed, name: `replay-${played}-${runName}` });
    running = source;
    source.start({ event: offer, changed: () => {} });
    void source.done.then(({ events }) => {
      running = null;
      log.info(`The replay of session ${session} has ended after ${counted(events, 'event')}.`);
    });
    const sentence = `Session ${session} is played again as ${source.session}; its strokes are credited as a replay.`;
    log.info(sentence);
    return sentence;
  }

  return {
    replay(session, { draw, speed }) {
      if (!(speed > 0 && speed <= speedMax)) {
        return wrongInput('speed-out-of-range', `${speed} is no speed.`, `Give more than 0 and at most ${speedMax}.`);
      }
      const past = ledger.questions.pastEvents(session);
      if (past === null) {
        return wrongInput('no-session', `There is no session "${session.slice(0, 60)}".`, 'See `livepen sessions`.');
      }
      if (!draw) return said(tally(session, past));
      if (running !== null) {
        return notNow('replay-runs', `${running.session} is being played.`, 'Wait until it has ended.');
      }
      return said(play(session, past, speed));
    },
    stop: async () => running?.stop(),
  };
}

/**
 * How many strokes an event would be worth; `sums` holds what its giver gave before, on the same evening and in the
 * same unit.
 */
function strokesOf(event: LiveEvent, worth: Worth, sums: Map<string, number>): number {
  const given = givenBy(event);
  if (given !== null) {
    const sum = JSON.stringify([event.user?.id, given.unit, eveningOf(event.atMs ?? event.arrivedAtMs)]);
    const before = sums.get(sum) ?? 0;
    sums.set(sum, before + given.amount);
    return strokesForSum(worth, before + given.amount) - strokesForSum(worth, before);
  }
  if (event.kind === 'gift') return strokesFor(worth, event.payload.count);
  if (event.kind !== 'like') return strokesFor(worth, 1);
  const { count, total } = event.payload;
  return strokesFor(worth, total ?? count) - strokesFor(worth, (total ?? count) - count);
}
