import type { Random } from '../../src/domain/clock.ts';
import type { LiveFacts, LiveSource, SourceMarks } from '../../src/domain/live-source.ts';
import type { Gap } from '../../src/ledger/live-times.ts';
import type { SeenGift } from '../../src/ledger/payers.ts';
import type { Process } from '../sim/process.ts';

/** What one process of the service listens with. */
export interface Listening {
  readonly process: Process;
  readonly random: Random;
  /** Resolves when all that was said so far is on disk. */
  readonly settled: () => Promise<void>;
  /** How far lists of what was given have come into the ledger. */
  readonly marks: SourceMarks;
}

/** One of the platforms of an evening: it is given on, fails, and knows what must be in the ledger. */
export interface EveningPlatform {
  readonly name: string;
  /** A process begins to listen. */
  source(listening: Listening): LiveSource;
  /** It has died, and nobody listens until the next one begins. */
  died(process: Process): void;
  /** Somebody gives something. */
  give(): void;
  /** Something goes wrong, of whatever kind this platform knows; what ends by itself ends within two minutes. */
  fail(): void;
  /** From now on nothing goes wrong any more. */
  calm(): void;
  /** All that living processes heard is on disk now. */
  settle(): void;
  /** What is wrong with what the source says of itself now; null when nothing. */
  lie(facts: LiveFacts): string | null;
  /** What of the ledger is wrong, in words. */
  wrong(seen: readonly SeenGift[], gaps: readonly Gap[]): string[];
}
