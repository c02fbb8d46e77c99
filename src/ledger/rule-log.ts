import type { Books } from './books.ts';
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

/** Reads what rules did. */
export function ruleQuestions({ db }: Books) {
  const fired = db.prepare<[number], FiringRecord>(
    `SELECT f.seq, r.name AS rule, r.text AS version, f.cause AS event, c.kind, coalesce(v.name, '') AS viewer, c.origin,
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
    ruleLog: (limit: number): RuleLog => ({ fired: fired.all(limit), refused: refused.all(limit) }),
  };
}
