import type { Clock } from '../../domain/clock.ts';
import type { Log } from '../../domain/log.ts';
import { clockTime } from '../../domain/plain-text.ts';
import { type Ending, faultOfEnding, type LackingEnding, reasonOf } from './ending.ts';
import type { Provider, ProviderAttempt, ProviderListener, StandInNow } from './provider.ts';

/** After so many failed attempts in a row, about three minutes, a provider is taken to fail for good. */
const lossesMax = 8;
/** A provider that failed for good is tried again after so long, ms. */
const restMs = 15 * 60_000;
/** A stand-in provider that fails too is not tried for longer each time, up to this, ms. */
const restMaxMs = 4 * 60 * 60_000;
/** A rate limit that ends sooner is waited for. */
const longLimitMs = 10 * 60_000;

/** A provider by the name that it has in the config. */
interface NamedProvider {
  readonly name: string;
  readonly provider: Provider;
}

export interface FallbackDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly first: NamedProvider;
  /** The one to stand in after such a failure; null while it is not set up. Asked before each attempt of its own. */
  readonly other: (failure: Ending) => NamedProvider | null;
}

/** Listens through the first provider, and through the other one while the first fails for good. */
export function fallbackProvider(deps: FallbackDeps): Provider {
  return new FallbackProvider(deps);
}

class FallbackProvider implements Provider {
  readonly #deps: FallbackDeps;
  /** Until when each is not tried, monotonic. */
  #firstRestsUntilMs = Number.NEGATIVE_INFINITY;
  #otherRestsUntilMs = Number.NEGATIVE_INFINITY;
  #otherRestMs = restMs;
  /** Attempts in a row that came to nothing. */
  #losses = 0;
  #otherLosses = 0;
  /** Whether the stand-in was connected since it is used. */
  #otherWasHeard = false;
  /** Whether the other one may work again: it failed for a reason that may be over, such as the network. */
  #otherMayWork = true;
  /** Why the first is not used. */
  #firstFailure: Ending | null = null;
  /** What was logged of it: each reason once, until the first is connected again. */
  #said = new Set<string>();
  /** Until when the other one asked for a pause, monotonic. */
  #otherLimitedUntilMs = Number.NEGATIVE_INFINITY;
  standIn: StandInNow | null = null;

  constructor(deps: FallbackDeps) {
    this.#deps = deps;
  }

  retryFirst(): void {
    // Who asked to wait is not asked before.
    if (this.#firstFailure?.kind !== 'rate-limited') this.#firstRestsUntilMs = Number.NEGATIVE_INFINITY;
    this.#otherRestsUntilMs = Number.NEGATIVE_INFINITY;
    this.#otherRestMs = restMs;
    this.#losses = 0;
    this.#otherLosses = 0;
  }

  lacks(): LackingEnding | null {
    const { clock, first } = this.#deps;
    const failure = this.#firstRestsUntilMs > clock.nowMs() ? this.#firstFailure : null;
    const hasOther = failure !== null && this.#ready(failure) !== null;
    return hasOther ? null : (first.provider.lacks?.() ?? null);
  }

  attempt(user: string, listener: ProviderListener, afterLive: boolean): ProviderAttempt {
    const chosen = this.#choose();
    const isFirst = chosen === this.#deps.first;
    let outcome: 'none yet' | 'entered' | 'ended' = 'none yet';
    const attempt = chosen.provider.attempt(
      user,
      {
        ...listener,
        entered: (room) => {
          outcome = 'entered';
          this.#heard(isFirst);
          listener.entered(room);
        },
        ended: (ending) => {
          const wasHeard = outcome === 'entered';
          outcome = 'ended';
          listener.ended(wasHeard ? ending : this.#judge(isFirst, ending));
        },
      },
      afterLive,
    );
    return {
      ...(attempt.silenceLimitMs === undefined ? {} : { silenceLimitMs: attempt.silenceLimitMs }),
      isHeld: () => attempt.isHeld?.() === true,
      drain: () => attempt.drain(),
      close: (politely) => {
        // Given up by whoever waited for it.
        if (outcome === 'none yet' && !politely) this.#judge(isFirst, { kind: 'lost', why: 'no connection in time' });
        outcome = 'ended';
        return attempt.close(politely);
      },
    };
  }

  #choose(): NamedProvider {
    const { clock, first } = this.#deps;
    const failure = this.#firstRestsUntilMs > clock.nowMs() ? this.#firstFailure : null;
    const other = failure === null ? null : this.#ready(failure);
    if (failure === null || other === null) {
      this.standIn = null;
      return first;
    }
    const why = reasonOf(failure).replace(/\.$/, '');
    const untilAtMs = failure.kind === 'rate-limited' ? this.#firstRestsUntilMs : null;
    const todo = faultOfEnding(failure)?.remedy ?? null;
    this.standIn = { provider: other.name, insteadOf: first.name, why, todo, untilAtMs };
    if (!this.#said.has(why)) {
      this.#said.add(why);
      const instead = `"${other.name}" in place of "${first.name}"`;
      this.#deps.log.warn(`The live is looked for with ${instead}: ${why}${this.#until(failure)}.`);
    }
    return other;
  }

  /** The other one, unless it failed too just now. One that only was lost is worth a try where the first one is not. */
  #ready(failure: Ending): NamedProvider | null {
    const nowMs = this.#deps.clock.nowMs();
    if (this.#otherLimitedUntilMs > nowMs) return null;
    const rests = this.#otherRestsUntilMs > nowMs;
    return rests && (isLoss(failure) || !this.#otherMayWork) ? null : this.#deps.other(failure);
  }

  #heard(isFirst: boolean): void {
    if (!isFirst) {
      this.#otherRestMs = restMs;
      this.#otherLosses = 0;
      this.#otherWasHeard = true;
      return;
    }
    this.#losses = 0;
    this.#firstFailure = null;
    if (this.#said.size > 0) this.#deps.log.info(`Connected to the live with "${this.#deps.first.name}" again.`);
    this.#said.clear();
  }

  /** Judges a provider by an attempt that received nothing; returns the ending by which the next attempt is planned. */
  #judge(isFirst: boolean, ending: Ending): Ending {
    if (!isFirst) return this.#judgeOther(ending);
    const nowMs = this.#deps.clock.nowMs();
    this.#losses = isOfLive(ending) ? 0 : this.#losses + 1;
    const forMs = this.#failsForMs(ending);
    if (forMs === null) return ending;
    this.#firstRestsUntilMs = nowMs + forMs;
    this.#firstFailure = ending;
    if (this.#ready(ending) === null) return ending;
    const original = 'original' in ending && ending.original !== undefined ? { original: ending.original } : {};
    const fault = faultOfEnding(ending);
    const why = `${reasonOf(ending)}${this.#until(ending)}`;
    return { kind: 'lost', why, ...original, ...(fault === null ? {} : { fault }) };
  }

  /** The end of a limit of the first, on the clock on the wall; '' where there is none. */
  #until({ kind }: Ending): string {
    if (kind !== 'rate-limited') return '';
    const { clock } = this.#deps;
    const wallMs = clock.wallMs();
    return ` until ${clockTime(wallMs + this.#firstRestsUntilMs - clock.nowMs(), wallMs)}`;
  }

  /** The same for the one that stands in. */
  #judgeOther(ending: Ending): Ending {
    if (isOfLive(ending)) return ending;
    const failure = this.#firstFailure;
    if (isLoss(ending)) {
      this.#otherLosses += 1;
      // A network that fails for a moment must not leave nobody to listen.
      const isOnlyHope = failure !== null && !isLoss(failure);
      if (isOnlyHope || (this.#otherWasHeard && this.#otherLosses < lossesMax)) return ending;
    }
    const nowMs = this.#deps.clock.nowMs();
    const limitMs = ending.kind === 'rate-limited' ? ending.retryAfterMs : 0;
    this.#otherRestsUntilMs = nowMs + Math.max(this.#otherRestMs, limitMs);
    this.#otherLimitedUntilMs = nowMs + limitMs;
    this.#otherRestMs = Math.min(restMaxMs, this.#otherRestMs * 2);
    this.#otherMayWork = isLoss(ending);
    this.#otherWasHeard = false;
    if (failure?.kind !== 'rate-limited') return failure ?? ending;
    return { ...failure, retryAfterMs: Math.max(0, this.#firstRestsUntilMs - nowMs) };
  }

  /** For how long the first provider is no use; null while it may be the next time. */
  #failsForMs(ending: Ending): number | null {
    if (ending.kind === 'mend') return isOfProvider(ending.fault.code) ? restMs : null;
    if (ending.kind === 'rate-limited') return ending.retryAfterMs >= longLimitMs ? ending.retryAfterMs : null;
    return this.#losses >= lossesMax ? restMs : null;
  }
}

/** Whether an ending is about the live, so that any provider would have reported it. */
function isOfLive({ kind }: Ending): boolean {
  return kind === 'not-live' || kind === 'unknown-user' || kind === 'stream-end' || kind === 'no-clock';
}

/** Whether an ending is a mere loss, which any provider may have and which may be over in a moment. */
function isLoss({ kind }: Ending): boolean {
  return kind === 'lost' || kind === 'not-entered';
}

/** A fault that another provider need not have. */
function isOfProvider(code: string): boolean {
  return (
    code === 'live-key-refused' || code === 'live-key-wanted' || code === 'live-plan' || code === 'live-options-refused'
  );
}
