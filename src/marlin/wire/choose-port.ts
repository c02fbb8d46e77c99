import type { Fault } from '../../domain/fault.ts';
import { plotterFaults } from '../faults.ts';
import type { PortInfo } from './port.ts';

/** Which ports to try, one after the other until the plotter answers; or why none. */
type PortChoice =
  | { readonly kind: 'try'; readonly ports: readonly PortInfo[] }
  | { readonly kind: 'none' }
  /** A person has to decide. */
  | { readonly kind: 'ask'; readonly fault: Fault };

/**
 * Chooses by the config's `port`: a path, a name in /dev/serial/by-id or by-path, or `auto`: the device seen last time,
 * else the only one. `accept`: a person said that the only one is right, whatever was there before.
 */
export function choosePort(
  port: string,
  listed: readonly PortInfo[],
  identity: string | null,
  accept: boolean,
): PortChoice {
  const known = identity === null ? [] : portsOf(deviceOf(identity), listed);
  if (port === 'auto') {
    if (known.length > 0) return { kind: 'try', ports: known };
    return chooseAmong(listed, identity, accept);
  }
  const named = portsOf(port.replace(/^\/dev\/serial\/by-(id|path)\//, ''), listed);
  if (named.length > 1) return { kind: 'ask', fault: severalPorts(named) };
  // The device that was there before came back under another name.
  const found = named[0] ?? known[0];
  if (found !== undefined) return { kind: 'try', ports: [found] };
  return port.startsWith('/') ? { kind: 'try', ports: [unlisted(port)] } : { kind: 'none' };
}

function chooseAmong(listed: readonly PortInfo[], identity: string | null, accept: boolean): PortChoice {
  const [only, ...others] = listed;
  if (only === undefined) return { kind: 'none' };
  if (others.length > 0) return { kind: 'ask', fault: severalPorts(listed) };
  // A path says nothing about what is behind it: there the board is asked who it is.
  const isElsewhere = identity !== null && isLasting(deviceOf(identity));
  if (isElsewhere && !accept) return { kind: 'ask', fault: plotterFaults.anotherDevice(only.path) };
  return { kind: 'try', ports: [only] };
}

/**
 * The ports that a name can mean. A name that several devices can have means all of them, but one whose own name it is
 * comes alone.
 */
function portsOf(name: string, listed: readonly PortInfo[]): readonly PortInfo[] {
  const own = listed.filter((info) => nameOf(info) === name || info.path === name);
  if (own.length > 0) return own;
  return listed.filter(({ byPath, sharedName }) => byPath === name || sharedName === name);
}

/** A port that nobody lists, such as the Pi's own UART. */
function unlisted(path: string): PortInfo {
  return { path, id: null, byPath: null, sharedName: null };
}

/** The most lasting name of a port: its device's own one, else that of the socket it is plugged into. */
export function nameOf({ id, byPath, path }: PortInfo): string {
  return id ?? byPath ?? path;
}

/** A person has to name one of these. */
export function severalPorts(ports: readonly PortInfo[]): Fault {
  return plotterFaults.severalPorts(ports.map(nameToWrite));
}

/** Whether no other port can have the name that the plotter was remembered by. */
export function isAlone(port: PortInfo, listed: readonly PortInfo[], identity: string | null): boolean {
  if (identity === null) return true;
  const name = deviceOf(identity);
  const others = listed.filter(({ path }) => path !== port.path);
  return isLasting(name) ? portsOf(name, others).length === 0 : others.length === 0;
}

/** So long a port may be there before the system has named it; then it has no name. */
const namedWithinMs = 10_000;

/** Ports that the system is about to name: under a path alone, the plotter would be remembered as another device. */
export class UnnamedPorts {
  private sinceMs = new Map<string, number>();

  /** Whether one of the listed ports may still be named. */
  areAwaited(listed: readonly PortInfo[], nowMs: number): boolean {
    const unnamed = listed.filter(({ isUnnamed }) => isUnnamed === true);
    this.sinceMs = new Map(unnamed.map(({ path }) => [path, this.sinceMs.get(path) ?? nowMs]));
    return [...this.sinceMs.values()].some((sinceMs) => nowMs - sinceMs < namedWithinMs);
  }
}

/** What a person writes into the config to name this port. */
function nameToWrite(info: PortInfo): string {
  if (info.id !== null) return `/dev/serial/by-id/${info.id}`;
  return info.byPath === null ? info.path : `/dev/serial/by-path/${info.byPath}`;
}

/** What is remembered of a board: the port's lasting name and what the firmware reports of itself. */
export function identityOf(name: string, board: string | null): string {
  return board === null ? name : `${name} ${board}`;
}

/** The board's own id in an identity; null where it was not reported. */
export function boardIn(identity: string | null): string | null {
  return identity?.split(' ')[1] ?? null;
}

/** Whether this is the device that was used before, by a name that is its own. */
export function isKnown(identity: string | null, port: PortInfo): boolean {
  return identity !== null && deviceOf(identity) === nameOf(port);
}

/**
 * Whether the board at a port (with the id that it reports) can be the one of `identity`. Builds share ids and adapters
 * share names, so equal ones prove nothing; different ones do. `sameTalk`: its line numbers go on from the last
 * session. `isAlone`: no other port could have the name that it was remembered by.
 */
export function isSameBoard(
  identity: string | null,
  port: PortInfo,
  board: string | null,
  { sameNumbering, isAlone }: { readonly sameNumbering: boolean; readonly isAlone: boolean },
): boolean {
  if (identity === null) return true;
  const before = { name: deviceOf(identity), board: boardIn(identity) };
  if (!canBeSame(before.board, board)) return false;
  if (sameNumbering) return true;
  const isAlike = before.board === board || (board !== null && before.board !== null);
  if (before.name === nameOf(port)) return isAlike;
  // A name that others can have, and a port that has none of its own: only the board's own id decides.
  const isNameless = !isLasting(before.name) || !isLasting(nameOf(port)) || before.name === port.sharedName;
  return isNameless && isAlone && board !== null && isAlike;
}

/** Whether two ids can be of one board: of an earlier version's, the kind of machine is not known. */
function canBeSame(before: string | null, now: string | null): boolean {
  if (before === null || now === null || before === now) return true;
  return !before.includes('/') && now.startsWith(`${before}/`);
}

function isLasting(name: string): boolean {
  return !name.startsWith('/');
}

function deviceOf(identity: string): string {
  return identity.split(' ')[0] ?? identity;
}
