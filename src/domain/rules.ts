import type { Fault } from './fault.ts';
import type { LiveEventKind, Viewer } from './live-event.ts';
import type { RuleEvent } from './moment.ts';
import type { PointsHeld, PointsTerms } from './points.ts';
import type { Worth } from './worth.ts';

/** Who comes, and what they send as pictures, is kept only where a rule fires for it. */
export const keptIfFired: readonly LiveEventKind[] = ['join', 'emote'];
/** Of these, and of what is said, only that is kept for which a rule holds. */
export const keptIfHeld: readonly LiveEventKind[] = ['chat', ...keptIfFired];

/** What the ledger knows of whoever an event is of; each is looked up only when a rule asks. */
export interface PersonFacts {
  /** Whether it is the first event of its kind by this person; null where there is no person, or nobody counts. */
  isFirst(): boolean | null;
  /**
   * The how manieth event of its kind (of gifts, of the same one) it is by this person in this live, of those within so
   * many ms of it that were written before; null where there is no person.
   */
  nthWithin(withinMs: number): number | null;
  /** What they had saved before this event, and the level that they were on; null where nobody saves. */
  standing(): PointsStanding | null;
  /** How it is with the paper before this event; null where that is not known. */
  sheet(): SheetFacts | null;
}

/** How full the paper is, and what is owed and drawn, before an event. */
export interface SheetFacts {
  /** The number of the open sheet; null where none is open. */
  readonly sheet: number | null;
  /** How much of its places is drawn, in whole percent; null where none is open. */
  readonly sheetFilled: number | null;
  /** Places on it that nobody has paid for yet, and rows that have one; null where none is open. */
  readonly strokesFree: number | null;
  readonly rowsFree: number | null;
  /** Strokes that are owed. */
  readonly pending: number;
  /** Strokes that were drawn since noon. */
  readonly drawnTonight: number;
}

/** What somebody has saved, and the level that they are on. */
export interface PointsStanding {
  readonly points: number;
  readonly level: number;
  /** Which place that is among all who save, by points; missing where it is not known. It reads all who save. */
  readonly place?: () => number;
}

/** Something to be done outside of the ledger, with its texts filled in. */
export interface OutsideAction {
  readonly do: string;
  readonly with: Readonly<Record<string, unknown>>;
}

/** How far an event has come, and what its person has then, the rule's cost paid; null where nobody saves. */
export interface Reached {
  readonly count: number;
  readonly standing: PointsStanding | null;
}

/** What comes of a rule that fires. */
export interface RuleOutcome {
  /** What a wheel chose; null where none was turned. */
  readonly prize: string | null;
  /** What is drawn; null: nothing. */
  readonly worth: Worth | null;
  /** What is written in ink; null: nothing. */
  readonly write: string | null;
  readonly outside: readonly OutsideAction[];
  /** What it gives to the person. */
  readonly points: number;
  readonly xp: number;
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
  /** So many points of the person it takes; 0: none. */
  readonly cost: number;
  /** From which count of the event on it fires; what it asks for beside that holds already. */
  countNeeded(event: RuleEvent): number;
  /** For how much of what it pays by each one of the event's count stands; 0 where it pays once. */
  unitsPerCount(event: RuleEvent): number;
  /**
   * What comes of it; `chance` gives a number from 0 to below 1, always the same for one event and rule. Of a streak a text
   * in ink says `inked`: its messages bring it there in any order.
   */
  outcome(event: RuleEvent, now: Reached, chance: () => number, inked?: () => Reached): RuleOutcome;
}

/** A rule could not be judged. */
export type RuleFailed = (rule: RuleVersion, error: unknown) => void;

/** The rules in force. */
export interface RuleEngine {
  /**
   * The rules of an event whose conditions hold, but for how far it has grown: by its first message, for good. A rule
   * that throws is reported and left out.
   */
  matching(event: RuleEvent, person: PersonFacts, failed: RuleFailed): readonly RuleVersion[];
  /** Whether a rule waits for a kind. */
  waitsFor(kind: RuleEvent['kind']): boolean;
  /** After how many minutes of a live, again and again, a rule is to fire; each once. */
  timersMinutes(): readonly number[];
  /** After how many likes of a live, again and again, a rule is to fire; each once. */
  likesEvery(): readonly number[];
  /** Whether a rule for a kind asks how it is with the paper. */
  asksOfSheet(kind: RuleEvent['kind']): boolean;
  /** A version that was in force when an event came. */
  version(text: string): RuleVersion;
}

/** A rule of the file, for people. */
interface RuleShown {
  readonly name: string;
  readonly enabled: boolean;
  readonly on: string;
  /** A sentence of whoever wrote it; '' where there is none. */
  readonly note: string;
  /** As it stands in the file. */
  readonly rule: Readonly<Record<string, unknown>>;
}

export type RulesChanged =
  | { readonly ok: true; readonly rules: number }
  /** `isDisk`: the rules are sound, and their file could not be written. */
  | { readonly ok: false; readonly isDisk: boolean; readonly fault: Fault };

/** Why a rule does not fire though its condition holds. */
type TriedRefusal = 'cooldown' | 'limit' | 'points' | 'failed';

/** What a rule would do. */
export interface RuleTried {
  readonly name: string;
  readonly enabled: boolean;
  readonly on: string;
  /** How often it would fire, and how often it would be refused, by why. */
  readonly fires: number;
  readonly refused: Readonly<Record<TriedRefusal, number>>;
  readonly strokes: number;
  /** Points that people would pay for it, and what it would give them. */
  readonly spent: number;
  readonly points: number;
  readonly xp: number;
  /** When it fires last; null: it never does. */
  readonly last: {
    readonly atMs: number;
    readonly viewer: string;
    readonly strokes: number;
    /** What a wheel chose; '' where none was turned. */
    readonly prize: string;
  } | null;
  /** What it would write and do elsewhere when it fires last. */
  readonly outside: readonly OutsideAction[];
  /** What of its moments the ledger does not keep, so that it cannot be tried on it; '' where nothing is missing. */
  readonly notKept: string;
}

/** How many others had more than so many points, with what rules that are tried changed meanwhile, by person. */
type AheadThen = (points: number, changed: ReadonlyMap<string, PointsHeld>) => number;

/** Something on which rules are tried, in the order in which the ledger wrote it. */
export type TriedStep =
  | {
      readonly is: 'event';
      readonly event: RuleEvent;
      /** Whether nobody's event of its kind came before; null where that is not known. */
      readonly isFirst: boolean | null;
      /** What its person had before it, but for what rules did meanwhile; null: of nobody, or it is not known. */
      readonly held: PointsHeld | null;
      /** Of its person; null: of nobody, or nobody saves. */
      readonly ahead: AheadThen | null;
      /** How it was with the paper; null: it is not known. */
      readonly sheet: SheetFacts | null;
    }
  /** A person's experience rose, by what is not a rule's. */
  | {
      readonly is: 'rise';
      readonly user: Viewer;
      readonly from: PointsHeld;
      readonly to: PointsHeld;
      readonly ahead: AheadThen;
      readonly atMs: number;
    };

/** Tries the rules of the file, also those that are switched off; nothing is written. */
export interface RuleTrial {
  /** After how many minutes of a live rules are to be tried, again and again; each once. */
  readonly timersMinutes: readonly number[];
  /** The same of likes. */
  readonly likesEvery: readonly number[];
  /** One thing after the other, in their order; events with as much as they grew to. */
  take(step: TriedStep): void;
  result(): readonly RuleTried[];
}

/** The file of rules: what of it is in force, and changes to it. */
export interface RuleDesk {
  /** The rules in force. */
  engine(): RuleEngine;
  /** Kinds of events of lives for which a rule waits. */
  kinds(): readonly LiveEventKind[];
  list(): readonly RuleShown[];
  /** Why what stands in the file is not in force; null when it is. */
  fault(): Fault | null;
  /** Reads the file again. A broken one changes nothing. */
  reload(): RulesChanged;
  /** Puts other rules in the place of all that stand in the file. */
  replaceAll(rules: readonly unknown[]): RulesChanged;
  /** Puts a rule in the place of the one of its name, or behind all others. */
  put(name: string, rule: Readonly<Record<string, unknown>>): RulesChanged;
  /** Takes a rule out of the file; null when there is none of this name. */
  remove(name: string): RulesChanged | null;
  /** `terms`: by which people save points; null where nobody does. */
  trial(terms: PointsTerms | null): RuleTrial;
}
