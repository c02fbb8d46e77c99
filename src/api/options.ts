import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';

/** What of the running process can be measured; the machine's own business, so it comes in. */
export interface Vitals {
  /** How late the event loop came to its work since last asked, in ms. */
  loopDelay(): { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number };
  memory(): { readonly residentBytes: number; readonly heapBytes: number };
}

/** Who may come in from elsewhere than this machine. */
export interface Tokens {
  /** For everything. */
  readonly owner: string;
  /** For looking at the board only; it may stand in an address. */
  readonly board: string;
}

export interface ApiOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Null: only this machine reaches the API, and needs no token. */
  readonly tokens: Tokens | null;
  /** Names and addresses, without a port, by which this server may be called beside loopback and where it was reached. */
  readonly hosts: readonly string[];
  /** Origins of pages of others, as `https://example.org`, that may use the API from a browser. */
  readonly allowOrigins: readonly string[];
  readonly vitals: Vitals | null;
  /** Whether the plotter homes by end switches; without them there is nothing to home by. */
  readonly homes: boolean;
}

/** An API that only this machine reaches. */
export function localOptions(clock: Clock, log: Log, version: string): ApiOptions {
  return { clock, log, version, tokens: null, hosts: [], allowOrigins: [], vitals: null, homes: false };
}
