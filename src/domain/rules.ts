import type { LiveEvent } from './live-event.ts';
import type { Worth } from './worth.ts';

/** What the ledger knows of whoever an event is of; each is looked up only when a rule asks. */
export interface PersonFacts {
  /** Whether it is the first event of its kind by this person; null where there is no person, or nobody counts. */
  isFirst(): boolean | null;
}

/** Something to be done outside of the ledger, with its texts filled in. */
export interface OutsideAction {
  readonly do: string;
  readonly with: Readonly<Record<string, unknown>>;
}

/** What comes of a rule that fires. */
interface RuleOutcome {
  /** What a wheel chose; null where none was turned. */
  readonly prize: string | null;
  /** What is drawn; null: nothing. */
  readonly worth: Worth | null;
  readonly outside: readonly OutsideAction[];
}

/** One version of a rule. */
export interface RuleVersion {
  readonly name: string;
  /** All that it says, as JSON: versions that say the same are one. */
  readonly text: string;
  /** After it fired for a person, and for anybody, it does not fire for so long; 0: at once again. */
  readonly perPersonMs: number;
  readonly perRuleMs: number;
  /** So often it fires in one live at most; null: without a bound. */
  readonly perLiveMax: number | null;
  /** From which count of the event on it fires; what it asks for beside that holds already. */
  countNeeded(event: LiveEvent): number;
  /** For how much of what it pays by each one of the event's count stands; 0 where it pays once. */
  unitsPerCount(event: LiveEvent): number;
  /** What comes of it; `chance` gives a number from 0 to below 1, always the same for one event and rule. */
  outcome(event: LiveEvent, count: number, chance: () => number): RuleOutcome;
}

/** A rule could not be judged. */
export type RuleFailed = (rule: string, error: unknown) => void;

/** The rules in force. */
export interface RuleEngine {
  /**
   * The rules of an event whose conditions hold, but for how far it has grown: by its first message, for good. A rule
   * that throws is reported and left out.
   */
  matching(event: LiveEvent, person: PersonFacts, failed: RuleFailed): readonly RuleVersion[];
  /** A version that was in force when an event came. */
  version(text: string): RuleVersion;
}
