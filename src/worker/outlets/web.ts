import { lookup as lookUp } from 'node:dns';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { causeInWords, UserFacingError } from '../../domain/cause.ts';
import { outletFault, type Sent } from '../outlet.ts';

/** An answer is read up to so many bytes and dropped; a longer one is cut off. */
const answerBytesMax = 4_096;

/** What of the machine a request needs; tests give a name server and a certificate of their own. */
export interface WebPorts {
  readonly lookup: LookupFunction;
  /** Certificates that are trusted beside those of the machine. */
  readonly ca?: string;
}

/** The name server and certificates of the machine. */
export const machineWeb: WebPorts = { lookup: lookUp };

/** An address that a person listed, and whether it may be in the own network. */
export interface WebTarget {
  readonly url: URL;
  readonly isLocal: boolean;
}

/** Networks that are not on the internet: an address there is in the local network. */
const house = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  house.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  house.addSubnet(net, bits, 'ipv6');

/** Whether an address is local: private, of this machine, or one that leads to such a one. */
export function isOfHouse(address: string): boolean {
  const family = isIP(address);
  return family === 0 || house.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Why an address may not be listed, to stand after what names it; null when it may. */
export function refusedAddress(written: string, isLocal: boolean): string | null {
  const url = URL.parse(written);
  if (url === null || !/^https?:$/.test(url.protocol)) return 'must be an address such as https://example.org/hook';
  if (url.username !== '' || url.password !== '') return 'must have no name and no password in it';
  if (url.protocol === 'http:' && !isLocal) return 'must begin with https://, unless it is listed with local = true';
  return null;
}

/**
 * Whether an address may be connected to, checked at the moment of connecting: a name may resolve to another address by
 * then.
 */
function mayConnect(address: string, { url, isLocal }: WebTarget): boolean {
  if (!isLocal) return !isOfHouse(address);
  return url.protocol === 'https:' || isOfHouse(address);
}

/** Looks a name up, and gives only addresses that may be connected to. */
function guardedLookup(target: WebTarget, { lookup }: WebPorts): LookupFunction {
  return (name, options, callback) => {
    lookup(name, { ...options, all: true }, (error, found) => {
      const all = typeof found === 'string' ? [{ address: found, family: isIP(found) }] : found;
      const allowed = error === null ? all.filter(({ address }) => mayConnect(address, target)) : [];
      const [first] = allowed;
      if (error !== null) callback(error, []);
      else if (first === undefined) callback(new NotThere(), []);
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

/** The name resolves to an address to which nothing may be sent. */
class NotThere extends UserFacingError {
  constructor() {
    super('its name means an address of another network than it was listed for');
  }
}

interface Answered {
  readonly status: number;
  readonly retryAfterMs: number;
}

function ask(
  target: WebTarget,
  { ca, ...ports }: WebPorts,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<Answered> {
  const { url } = target;
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && !mayConnect(literal, target)) return Promise.reject(new NotThere());
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const request = (url.protocol === 'http:' ? plainRequest : tlsRequest)(url, {
    method: 'POST',
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)), 'user-agent': 'Livepen' },
    signal,
    // A kept connection would lead to where the name pointed before.
    agent: false,
    lookup: guardedLookup(target, ports),
    ...(ca === undefined ? {} : { ca }),
  });
  request.on('error', reject);
  request.on('response', (response) => {
    const { date, 'retry-after': asked } = response.headers;
    const answered = { status: response.statusCode ?? 0, retryAfterMs: retryAfterMs(asked, date) };
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > answerBytesMax) response.destroy();
    });
    // Of the answer only the status counts, not its body or how it ends.
    response.on('error', () => {});
    response.on('close', () => resolve(answered));
  });
  request.end(body);
  return promise;
}

/**
 * The pause that a `Retry-After` asks for, ms: it has seconds, or a date, which is by the server's clock, whose time
 * stands in `Date`.
 */
function retryAfterMs(asked: string | undefined, date: string | undefined): number {
  if (asked === undefined || asked.trim() === '') return 0;
  const ms = Number.isFinite(Number(asked)) ? Number(asked) * 1_000 : Date.parse(asked) - Date.parse(date ?? '');
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}

/** What a status means to one service. */
type Meanings = Readonly<Record<number, { readonly what: string; readonly remedy: string }>>;

/** Posts to a listed address. A fault contains nothing of the address and the headers, which may hold secrets. */
export async function post(
  name: string,
  target: WebTarget,
  ports: WebPorts,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
  meanings: Meanings = {},
): Promise<Sent> {
  try {
    const answered = await ask(target, ports, headers, body, signal);
    const meant = meanings[answered.status];
    if (meant === undefined) return judge(name, answered);
    return { ok: false, kind: 'refused', fault: outletFault('refused', name, meant.what, meant.remedy) };
  } catch (error) {
    const kind = error instanceof NotThere ? 'refused' : 'unreachable';
    const remedy = 'Check its address, and the network of this machine.';
    return { ok: false, kind, fault: outletFault('unreachable', name, `not reached: ${causeInWords(error)}`, remedy) };
  }
}

/** What a status means: only 2xx is success, and a redirect is not. */
function judge(name: string, { status, retryAfterMs }: Answered): Sent {
  if (status >= 200 && status <= 299) return { ok: true };
  const answered = `it answered with status ${status}`;
  if (status === 410) {
    const what = `${answered}: nothing is wanted there any more, so it is switched off`;
    const remedy = 'Give it another address, or send one of its dead letters to try it again.';
    return { ok: false, kind: 'off', fault: outletFault('off', name, what, remedy) };
  }
  if (status === 408 || status === 425 || status === 429 || status >= 500 || status < 200) {
    const fault = outletFault('busy', name, answered, 'It is tried again.');
    return { ok: false, kind: 'unreachable', fault, afterMs: retryAfterMs };
  }
  const remedy =
    status < 400 ? 'Give the address to which it sends on; it is not followed.' : 'Check its address and secret.';
  return { ok: false, kind: 'refused', fault: outletFault('refused', name, answered, remedy) };
}
