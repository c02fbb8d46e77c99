import { STATUS_CODES } from 'node:http';
import type { Fault } from '../domain/fault.ts';
import { plainJson } from '../domain/plain-text.ts';
import { securityHeaders } from './guard.ts';
import { problemDocumentOf } from './problem.ts';

/** What cannot be read as a request at all, by the status that it is refused with. */
const faults: ReadonlyMap<number, Fault> = new Map([
  [
    400,
    fault('request-unreadable', 'This cannot be read as a request, or its host or address has no form that is known.'),
  ],
  [408, fault('request-late', 'The request did not come in time.')],
  [413, fault('request-too-large', 'The request is too large.')],
  [417, fault('expectation-unknown', 'What the request expects is not known here.')],
  [431, fault('headers-too-large', 'The address or the headers of the request are too long.')],
]);

function fault(code: string, what: string): Fault {
  return { code, what, remedy: 'Ask as `livepen` or a browser does: with the address of this service, in HTTP/1.1.' };
}

/** How requests are refused that no route sees, since they cannot be read. */
interface Unreadable {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The refusal with a status. */
export function unreadable(wanted: number): Unreadable {
  const status = faults.has(wanted) ? wanted : 400;
  const found = faults.get(status) ?? fault('request-unreadable', 'This cannot be read as a request.');
  const body = plainJson(problemDocumentOf(found, status));
  return { status, body, headers: { ...securityHeaders, 'content-type': 'application/problem+json' } };
}

/** The refusal as it goes over the wire where nothing else writes it. */
export function unreadableBytes(wanted: number): string {
  const { status, headers, body } = unreadable(wanted);
  const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' });
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines.map(([name, value]) => `${name}: ${value}`)];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
