import type { Fault } from '../domain/fault.ts';
import { faults } from './faults.ts';
import type { PortInfo } from './port.ts';

/** Which port to open, or why none. */
export type PortChoice =
  | { readonly kind: 'open'; readonly path: string; readonly id: string | null }
  | { readonly kind: 'none' }
  /** A person has to decide. */
  | { readonly kind: 'ask'; readonly fault: Fault };

/**
 * Chooses by the config's `port`: a path, a by-id name, or `auto`: the device seen last time, else the only one.
 * `accept`: a person said that the only one is right, whatever was there before.
 */
export function choosePort(
  port: string,
  listed: readonly PortInfo[],
  identity: string | null,
  accept: boolean,
): PortChoice {
  const known = identity === null ? undefined : listed.find((info) => nameOf(info) === deviceOf(identity));
  if (port !== 'auto') {
    const named = listed.find(({ path, id }) => path === port || id === port || `/dev/serial/by-id/${id}` === port);
    if (named !== undefined) return { kind: 'open', path: named.path, id: named.id };
    // The device that was there before came back under another name.
    if (known !== undefined) return { kind: 'open', path: known.path, id: known.id };
    return port.startsWith('/') ? { kind: 'open', path: port, id: null } : { kind: 'none' };
  }
  if (known !== undefined) return { kind: 'open', path: known.path, id: known.id };
  const [only, ...others] = listed;
  if (only === undefined) return { kind: 'none' };
  if (others.length > 0) return { kind: 'ask', fault: faults.severalPorts(listed.map(({ path }) => path)) };
  if (identity !== null && !accept) return { kind: 'ask', fault: faults.anotherDevice(only.path) };
  return { kind: 'open', path: only.path, id: only.id };
}

function nameOf({ id, path }: PortInfo): string {
  return id ?? path;
}

/** What is remembered of a board: the port's lasting name and what the firmware says of itself. */
export function identityOf(name: string, board: string | null): string {
  return board === null ? name : `${name} ${board}`;
}

/** The board's own id in an identity; null where it was not told. */
export function boardIn(identity: string | null): string | null {
  return identity?.split(' ')[1] ?? null;
}

/** Whether this is the device that was used before. */
export function isKnown(identity: string | null, port: { readonly id: string | null; readonly path: string }): boolean {
  return identity !== null && deviceOf(identity) === nameOf(port);
}

/**
 * Whether the board at the port `name` (with the id that it tells) can be the one of `identity`. Builds share ids and
 * adapters share names, so alike is no proof; different is. `sameTalk`: its line numbers are those of the last talk.
 */
export function isSameBoard(identity: string | null, name: string, board: string | null, sameTalk: boolean): boolean {
  if (identity === null) return true;
  const before = { name: deviceOf(identity), board: boardIn(identity) };
  if (before.board !== null && board !== null && before.board !== board) return false;
  if (sameTalk || (before.name === name && before.board === board)) return true;
  // A port without a lasting name may get another one at each start; then only the board's own id tells.
  const lasting = isLasting(before.name) && isLasting(name);
  return !lasting && board !== null && before.board === board;
}

function isLasting(name: string): boolean {
  return !name.startsWith('/');
}

function deviceOf(identity: string): string {
  return identity.split(' ')[0] ?? identity;
}
