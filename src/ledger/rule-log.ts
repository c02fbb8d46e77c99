import * as v from 'valibot';
import { momentKinds } from '../domain/moment.ts';
import type { OutsideAction } from '../domain/rules.ts';
import type { Books } from './books.ts';
import type { LedgerConnection } from './connection.ts';
import { countNow } from './money.ts';

/** A rule that fired, for people. */
interface FiringRecord {
  readonly seq: number;
  readonly rule: string;
  /** What it says, as JSON. */
  readonly version: string;
  /** The number of the event for which it fired. */
  readonly event: number;
  readonly kind: string;
  /** Of a moment what it carries, such as `from` and `to` of a state; null of what people did, or where it was forgotten. */
  readonly moment: Readonly<Record<string, unknown>> | null;
  readonly viewer: string;
  readonly origin: string;
  /** The strokes that it draws for it, so far. */
  readonly strokes: number;
  /** What a wheel chose, '' where none was turned. */
  readonly prize: string;
  /** What is to be done elsewhere, as JSON; '' where nothing is, or where it was forgotten with a name. */
  readonly said: string;
  readonly atMs: number;
}

/** How often a rule did not fire in a minute, and why. */
interface RefusalRecord {
  readonly rule: string;
  readonly minuteAtMs: number;
  readonly why: string;
  readonly count: number;
}

/** What rules did. */
export interface RuleLog {
  readonly fired: readonly FiringRecord[];
  readonly refused: readonly RefusalRecord[];
}

const momentForm = v.record(v.string(), v.unknown());

/** Reads what rules did. */
export function ruleQuestions({ db }: Books) {
  const fired = db.prepare<[number], Omit<FiringRecord, 'moment'> & { moment: string | null }>(
    `SELECT f.seq, r.name AS rule, r.text AS version, f.cause AS event, c.kind,
       CASE WHEN c.kind IN (${momentKinds.map((kind) => `'${kind}'`).join(', ')}) THEN c.payload END AS moment, coalesce(v.name, '') AS viewer, c.origin,
       coalesce((SELECT ${countNow} / w.per * w.strokes FROM event e JOIN worth w ON w.id = e.worth WHERE e.seq = f.paid), 0)
         AS strokes,
       coalesce(f.prize, '') AS prize, coalesce(f.said, '') AS said, f.at_ms AS atMs
     FROM firing f JOIN rule r ON r.id = f.rule JOIN event c ON c.seq = f.cause LEFT JOIN viewer v ON v.id = f.viewer
     ORDER BY f.seq DESC LIMIT ?`,
  );
  const refused = db.prepare<[number], RefusalRecord>(
    `SELECT r.name AS rule, f.minute * 60000 AS minuteAtMs, f.why, f.count FROM refusal f JOIN rule r ON r.id = f.line
     ORDER BY f.minute DESC, r.name LIMIT ?`,
  );
  return {
    /** The newest firings of rules and refusals, `limit` of each at most, the newest first. */
    ruleLog: (limit: number): RuleLog => ({
      fired: fired.all(limit).map((each) => ({ ...each, moment: momentOf(each) })),
      refused: refused.all(limit),
    }),
  };
}

function momentOf({ moment }: { readonly moment: string | null }): FiringRecord['moment'] {
  return moment === null ? null : v.parse(momentForm, JSON.parse(moment));
}

/** A rule fired for an event. */
export interface FiredEntry {
  readonly rule: string;
  /** Which of its versions it was: another one for each change of what it says. */
  readonly versionNumber: number;
  /** The event for which it fired, by the `seq` of its `gift`; its kind, whose it is, and where it comes from. */
  readonly event: number;
  readonly eventKind: string;
  readonly viewer: string;
  readonly origin: string;
  /** The `seq` of the `gift` under which it draws; null where it draws nothing. What it pays later is said there. */
  readonly paid: number | null;
  /** The strokes that it made due as it fired. */
  readonly strokes: number;
  /** What a wheel chose, '' where none was turned. */
  readonly prize: string;
  /** What is to be done elsewhere, in its order; nothing, where it was forgotten with a name. */
  readonly outside: readonly OutsideAction[];
  readonly atMs: number;
}

const outsideForm = v.array(v.object({ do: v.string(), with: v.record(v.string(), v.unknown()) }));

/** Reads single firings, as they stand in the feed: what is said of one never changes, but for what is forgotten. */
export function firedRules(db: LedgerConnection): (seq: number) => FiredEntry | undefined {
  const firedAt = db.prepare<[number], Omit<FiredEntry, 'outside'> & { said: string | null }>(
    `SELECT r.name AS rule, f.rule AS versionNumber, f.cause AS event, c.kind AS eventKind, coalesce(v.name, '') AS viewer,
       c.origin, f.paid, coalesce(p.count / w.per * w.strokes, 0) AS strokes, coalesce(f.prize, '') AS prize, f.said,
       f.at_ms AS atMs
     FROM firing f JOIN rule r ON r.id = f.rule JOIN event c ON c.seq = f.cause LEFT JOIN viewer v ON v.id = f.viewer
       LEFT JOIN event p ON p.seq = f.paid LEFT JOIN worth w ON w.id = p.worth
     WHERE f.seq = ?`,
  );
  return (seq) => {
    const { said = null, ...found } = firedAt.get(seq) ?? {};
    if (!('rule' in found)) return undefined;
    return { ...found, outside: said === null ? [] : v.parse(outsideForm, JSON.parse(said)) };
  };
}
