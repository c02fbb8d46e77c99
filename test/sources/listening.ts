import assert from 'node:assert/strict';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import type { RecallStreaks } from '../../src/domain/past-streak.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import type { Ending } from '../../src/sources/tiktok/ending.ts';
import { fallbackProvider } from '../../src/sources/tiktok/fallback-provider.ts';
import { createListener } from '../../src/sources/tiktok/listener.ts';
import type { Provider, ProviderListener } from '../../src/sources/tiktok/provider.ts';

interface ToldAttempt {
  readonly provider: string;
  readonly user: string;
  readonly afterLive: boolean;
  readonly listener: ProviderListener;
  closed: boolean;
}

/** A listener whose ear says what the test says; with `standIn`, "euler" is set up beside "direct". */
export function listening(
  user: string | null = 'ink_host_01',
  recall?: RecallStreaks,
  standIn = false,
  reconnectMaxAttempts = 0,
) {
  const log: string[] = [];
  const kept: string[] = [];
  const say = (sentence: string) => log.push(sentence);
  const clock = virtualClock();
  const attempts: ToldAttempt[] = [];
  const events: LiveEvent[] = [];
  const providerOf = (provider: string): Provider => ({
    attempt: (name, listener, afterLive) => {
      assert.ok(
        attempts.every(({ closed }) => closed),
        'two attempts at a time',
      );
      const attempt = { provider, user: name, listener, afterLive, closed: false };
      attempts.push(attempt);
      return {
        drain: () => {},
        close: async () => {
          attempt.closed = true;
        },
      };
    },
  });
  const nothing = () => {};
  const telling = { debug: () => {}, info: say, warn: say, error: say };
  const first = { name: 'direct', provider: providerOf('direct') };
  const other = { name: 'euler', provider: providerOf('euler') };
  const deps = {
    clock,
    random: () => 0.5,
    log: telling,
    provider: standIn ? fallbackProvider({ clock, log: telling, first, other: () => other }) : first.provider,
    user,
    reconnectMaxAttempts,
    wanted: new Set<never>(),
    raw: nothing,
  };
  const source = createListener({
    ...deps,
    ...(recall === undefined ? {} : { recall }),
    undecodable: ({ what }) => kept.push(what),
  });
  let changes = 0;
  source.start({
    event: (event) => events.push(event),
    changed: () => {
      changes += 1;
    },
  });
  const last = (): ToldAttempt => {
    const attempt = attempts.at(-1);
    assert.ok(attempt !== undefined, 'no attempt yet');
    return attempt;
  };
  const kinds = () => events.map(({ kind }) => kind);
  return { clock, attempts, events, log, kept, source, last, kinds, changes: () => changes };
}

export const lost: Ending = { kind: 'lost', why: 'a test' };
export const mend: Ending = { kind: 'mend', fault: { code: 'live-x', what: 'x', remedy: 'y' } };
