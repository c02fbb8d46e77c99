/** What the lab's scripts do with the machine that they run in: its shell and its service. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Status } from '../../../src/appliance/status.ts';

export const repo = '/repo';
export const node = `${repo}/node_modules/.bin/node`;
const url = 'http://127.0.0.1:8420';

/** Runs a line of shell; gives what it prints. Throws when it fails. */
export function sh(line: string): string {
  return execFileSync('bash', ['-c', line], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1e8,
  }).trim();
}

/** Looks again and again until it holds; gives what was seen last. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  holds: (seen: T) => boolean,
  withinMs = 500_000,
): Promise<T> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (performance.now() > endMs) {
      throw new Error(
        `${what} did not come within ${withinMs} ms; last seen: ${JSON.stringify(seen)?.slice(0, 800)}\n${journal()}`,
      );
    }
    await delay(200);
  }
}

/** The end of the service's log. */
function journal(): string {
  return sh('journalctl --unit livepen --unit livepen-boot --output cat --no-pager --lines 30 2>&1 || true');
}

/** The service's status; null while it does not answer. */
export async function status(): Promise<Status | null> {
  const response = await fetch(`${url}/status`, { signal: AbortSignal.timeout(10_000) }).catch(() => null);
  if (response === null) return null;
  const answer: Status = JSON.parse(await response.text());
  return answer;
}

/** Waits for a status of which something holds. */
export async function untilStatus(what: string, holds: (now: Status) => boolean, withinMs?: number): Promise<Status> {
  const seen = await until(what, status, (now) => now !== null && holds(now), withinMs);
  if (seen === null) throw new Error('unreachable');
  return seen;
}

/** Waits until the service answers. */
export function untilItAnswers(): Promise<Status> {
  return untilStatus('the service', () => true);
}

/** Waits for a state of the appliance. */
export function state(name: string): Promise<Status> {
  return untilStatus(`the state ${name}`, (now) => now.state.name === name);
}

/** Waits until everything that is owed is drawn and the pen rests. */
export function untilDrawn(): Promise<Status> {
  return untilStatus('all strokes', ({ strokes, plotter }) => strokes.pending === 0 && plotter.parked, 1_000_000);
}

/** Sends a command; gives the HTTP status. */
export async function post(path: string, body?: unknown): Promise<number> {
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  return (await fetch(`${url}${path}`, { method: 'POST', ...init })).status;
}

/** A property of a unit, as systemd has it. */
export function property(name: string, unit = 'livepen'): string {
  return sh(`systemctl show --property ${name} --value ${unit}`);
}

/** Changes the settings as a person with an editor, and starts the service again. */
export function configure(change: (text: string) => string): void {
  const path = '/etc/livepen/livepen.toml';
  writeFileSync(path, change(readFileSync(path, 'utf8')));
  sh('systemctl restart livepen');
}

/** Sets `key = value` under [section]. */
export function setting(text: string, section: string, key: string, value: string): string {
  const line = `${key} = ${value}`;
  const parts = text.split(/^(?=\[)/m);
  return parts
    .map((part) => {
      if (!part.startsWith(`[${section}]`)) return part;
      const pattern = new RegExp(`^(?:# *)?${key} *=.*$`, 'm');
      return pattern.test(part) ? part.replace(pattern, line) : part.replace(/^(\[.*)$/m, `$1\n${line}`);
    })
    .join('');
}

/** The names of the packages that lie in the shared folder: the one of now and one that is newer. */
export function packages(): { readonly deb: string; readonly next: string } {
  const all = readdirSync('/share').filter((name) => name.endsWith('.deb'));
  const [deb = ''] = all.filter((name) => !name.includes('+next'));
  const [next = ''] = all.filter((name) => name.includes('+next'));
  return { deb, next };
}

/** Installs the package and waits for the service. */
export async function install(): Promise<void> {
  sh(`dpkg --install /share/${packages().deb}`);
  await until(
    'an active service',
    () => property('ActiveState'),
    (now) => now === 'active',
  );
}

/** The version that is installed. */
export function installedVersion(): string {
  return sh('dpkg --status livepen | sed -n "s/^Version: //p"');
}
