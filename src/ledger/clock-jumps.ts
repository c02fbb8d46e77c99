import * as v from 'valibot';
import type { LedgerConnection } from './connection.ts';

/** A smaller one is how exactly a clock is set that was right already. */
const jumpMsMin = 10_000;
/** Only the newest are of use: reports look back a night. */
const jumpsKept = 50;
const metaKey = 'clock-jumps';

const jumpsForm = v.array(v.object({ afterSeq: v.number(), upToSeq: v.number(), byMs: v.number() }));

/** The wall clock was set while the service ran: the events it wrote until then bear times that are off by so much. */
type ClockJump = v.InferOutput<typeof jumpsForm>[number];

interface ClockJumps {
  /** Looks whether the wall clock has jumped since it was last looked; whether something is to be written. */
  hasJumped(): boolean;
  /** Writes the jump down; within a transaction. */
  write(): void;
}

interface Clocks {
  readonly wallMs: () => number;
  readonly nowMs: () => number;
  readonly clockIsRight: () => boolean;
}

/**
 * Notes jumps of the wall clock from a start on. A Pi has no clock of its own: events come with the time of its last
 * shutdown until the network has answered. A clock that was right before is believed: then the machine slept.
 */
export function watchClockJumps(db: LedgerConnection, { wallMs, nowMs, clockIsRight }: Clocks): ClockJumps {
  const newest = db.prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM event');
  const note = db.prepare<[string, string]>('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
  const newestSeq = () => newest.get()?.seq ?? 0;
  const offset = () => wallMs() - nowMs();
  const afterSeq = newestSeq();
  let offsetMs = offset();
  let wasRight = clockIsRight();
  let byMs = 0;
  return {
    hasJumped() {
      const jumpedMs = offset() - offsetMs;
      if (Math.abs(jumpedMs) >= jumpMsMin) {
        offsetMs += jumpedMs;
        if (!wasRight) byMs += jumpedMs;
      }
      wasRight = clockIsRight();
      return byMs !== 0;
    },
    write() {
      const jump = { afterSeq, upToSeq: newestSeq(), byMs };
      byMs = 0;
      if (jump.upToSeq === afterSeq) return;
      note.run(metaKey, JSON.stringify([...clockJumps(db), jump].slice(-jumpsKept)));
    },
  };
}

/** The jumps of the wall clock that were noted, the oldest first. */
export function clockJumps(db: LedgerConnection): ClockJump[] {
  const stored = db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?').get(metaKey);
  return stored === undefined ? [] : v.parse(jumpsForm, JSON.parse(stored.value));
}
