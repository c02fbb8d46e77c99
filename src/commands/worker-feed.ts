import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import * as v from 'valibot';
import {
  challengeHeader,
  nonceHeader,
  proofHeader,
  proofOf,
  signatureOf,
  signedScheme,
  whoseHeader,
} from '../api/signed-requests.ts';
import { causeInWords } from '../domain/cause.ts';
import type { Clock } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import { passedPageForm } from '../domain/passing.ts';
import { plainText } from '../domain/plain-text.ts';
import type { FeedAnswer, OpenFeed } from '../worker/feed.ts';
import type { AskPassed } from '../worker/passing.ts';
import type { AskBoard } from '../worker/sound/stage.ts';
import type { DeadOrder, WorkerReport } from '../worker/worker.ts';
import { connectTo, type Question } from './client.ts';

const refusalCharsMax = 16_384;
/** A page of what was said has 200 entries. */
const passedCharsMax = 1_000_000;
/** What a body of the API may have, with room for what stands around it. */
const reportBytesMax = 15_000;
const reportedMax = 32;
const nameLettersMax = 110;
/** Of a text so many letters go, or so many where all together would be too much. */
const lettersMax = [300, 120, 30, 0] as const;

interface Appliance {
  readonly url: URL;
  /** The worker's token; null where the appliance is on this machine and wants none. */
  readonly token: string | null;
}

/**
 * The feed of an appliance over HTTP: signed with the worker's token, which is sent to nobody. `passing`: with what is
 * said, liked and joined, too.
 */
export function feedOf({ url, token }: Appliance, clock: Clock, passing: boolean): OpenFeed {
  const path = passing ? '/events?passing=yes' : '/events';
  return async (after, signal) => {
    const headers = after === null ? {} : { 'last-event-id': after };
    const opened = await askAs(token, url, { method: 'GET', path, headers }, signal);
    if (!opened.ok) return { kind: 'failed', fault: opened.fault };
    const { reply } = opened;
    if (reply.statusCode === 200) return { kind: 'open', pieces: textsOf(reply), boxAheadMs: aheadBy(reply, clock) };
    return refusalOf(reply.statusCode ?? 0, await startOf(reply), url);
  };
}

const notedForm = v.object({
  againInMs: v.pipe(v.number(), v.minValue(1_000), v.maxValue(600_000)),
  orders: v.optional(
    v.array(v.object({ act: v.picklist(['send', 'drop']), seq: v.number(), earlier: v.boolean() })),
    [],
  ),
});

/** What the appliance answers to a report: when it wants the next one, and what a person asked for. */
interface Noted {
  readonly againInMs: number;
  readonly orders: readonly DeadOrder[];
}

type Reported = Pick<WorkerReport, 'outlets' | 'place' | 'dead' | 'file'>;

/** The report as the API takes it, within its bounds: the longer its texts, the less of each. */
function bodyOf({ outlets, place, dead, file }: Reported): string {
  let body = '';
  for (const letters of lettersMax) {
    const cut = (text: string) => [...plainText(text)].slice(0, letters).join('');
    body = JSON.stringify({
      place,
      file,
      outlets: outlets.slice(0, reportedMax).map((each) => ({
        ...each,
        name: each.name.slice(0, nameLettersMax),
        fault: each.fault === null ? null : cut(each.fault.what),
      })),
      dead: dead.map(({ seq, outlet, task, why, atMs }) => ({
        ...{ seq, outlet: outlet.slice(0, nameLettersMax), rule: cut(task.rule), viewer: cut(task.viewer) },
        ...{ eventKind: task.eventKind, why: cut(why), atMs },
      })),
    });
    if (Buffer.byteLength(body) <= reportBytesMax) break;
  }
  return body;
}

/** Reports to the appliance how the worker is. Null: it was not heard. */
export async function reportWorker(
  { url, token }: Appliance,
  report: Reported,
  signal: AbortSignal,
): Promise<Noted | null> {
  const asked = await askAs(
    token,
    url,
    {
      method: 'POST',
      path: '/worker/report',
      headers: { 'content-type': 'application/json' },
      body: bodyOf(report),
    },
    signal,
  );
  if (!asked.ok) return null;
  try {
    const text = await startOf(asked.reply);
    if (asked.reply.statusCode !== 200) return null;
    const read = v.safeParse(notedForm, JSON.parse(text));
    return read.success ? read.output : null;
  } finally {
    asked.close();
  }
}

const refusedForm = v.object({ detail: v.string() });

/** Asks an appliance for something of its board, over HTTP as its feed. */
export function askBoardOf({ url, token }: Appliance): AskBoard {
  return async ({ method, path, body }, signal) => {
    const headers = { 'content-type': method === 'PUT' ? 'text/plain' : 'application/json' };
    const asked = await askAs(token, url, { method, path, headers, body }, signal);
    if (!asked.ok) return { kind: 'failed', fault: asked.fault };
    try {
      const status = asked.reply.statusCode ?? 0;
      const read = v.safeParse(refusedForm, parsedOrNull(await startOf(asked.reply)));
      return { kind: 'answered', status, detail: plainText(read.success ? read.output.detail : `status ${status}`) };
    } catch (error) {
      return { kind: 'failed', fault: notReached(url, error) };
    } finally {
      asked.close();
    }
  };
}

/** Asks an appliance for what is said, liked and joined, over HTTP as its feed. */
export function askPassedOf({ url, token }: Appliance): AskPassed {
  return async (question, signal) => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(question);
    const asked = await askAs(token, url, { method: 'POST', path: '/worker/passing', headers, body }, signal);
    if (!asked.ok) return asked;
    try {
      const { statusCode } = asked.reply;
      const text = await startOf(asked.reply, passedCharsMax);
      const read = v.safeParse(passedPageForm, parsedOrNull(text));
      if (statusCode === 200 && read.success) return { ok: true, page: read.output };
      const refused = refusalOf(statusCode ?? 0, text, url);
      return { ok: false, fault: refused.kind === 'failed' ? refused.fault : notReached(url, null) };
    } catch (error) {
      return { ok: false, fault: notReached(url, error) };
    } finally {
      asked.close();
    }
  };
}

function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

type Opened =
  | { readonly ok: true; readonly reply: IncomingMessage; close(): void }
  | { readonly ok: false; readonly fault: Fault };

/** Asks a service of which it is proven that it has the token, or one on this machine that wants none. */
async function askAs(token: string | null, url: URL, question: Question, signal: AbortSignal): Promise<Opened> {
  const connection = await connectTo(url, signal);
  if (connection.kind !== 'connected') return { ok: false, fault: notReached(url, connection.error) };
  const { close } = connection;
  const failed = (fault: Fault): Opened => {
    close();
    return { ok: false, fault };
  };
  let authorization: string | null = null;
  if (token !== null && url.protocol === 'https:') {
    authorization = `Bearer ${token}`;
  } else if (token !== null) {
    const challenge = randomBytes(24).toString('base64url');
    const asking = { [challengeHeader]: challenge, [whoseHeader]: 'worker' };
    const proof = await connection.ask({ method: 'GET', path: '/health', headers: asking });
    if (proof.kind !== 'reply') return failed(notReached(url, proof.error));
    const nonce = String(proof.headers[nonceHeader] ?? '');
    if (proof.headers[proofHeader] !== proofOf(token, challenge, nonce, connection.place)) return failed(unproven(url));
    const { method, path, body = '' } = question;
    authorization = `${signedScheme} ${signatureOf(token, nonce, connection.place, { method, path, body })}`;
  }
  const headers = { ...question.headers, ...(authorization === null ? {} : { authorization }) };
  const reply = await connection.open({ ...question, headers });
  return 'kind' in reply ? failed(notReached(url, reply.error)) : { ok: true, reply, close };
}

async function* textsOf(reply: IncomingMessage): AsyncGenerator<string> {
  try {
    for await (const piece of reply.setEncoding('utf8')) yield String(piece);
  } finally {
    reply.destroy();
  }
}

/** By a clock of whole seconds. */
function aheadBy(reply: IncomingMessage, clock: Clock): number {
  const boxMs = Date.parse(reply.headers.date ?? '');
  return Number.isNaN(boxMs) ? 0 : boxMs - clock.wallMs();
}

async function startOf(reply: IncomingMessage, charsMax = refusalCharsMax): Promise<string> {
  let text = '';
  for await (const piece of textsOf(reply)) {
    text += piece;
    if (text.length > charsMax) break;
  }
  return text;
}

const refusalForm = v.object({ detail: v.string(), remedy: v.string(), end: v.optional(v.string()) });

function refusalOf(status: number, text: string, url: URL): FeedAnswer {
  const value = parsedOrNull(text);
  if (!v.is(refusalForm, value)) {
    const what = `What answers at ${url.origin} is no Livepen, or one of another version.`;
    return { kind: 'failed', fault: { code: 'feed-refused', what, remedy: 'Give its address with --url.' } };
  }
  if (status === 409 && value.end !== undefined) return { kind: 'foreign', end: value.end };
  if (status === 401) return { kind: 'failed', fault: noToken(url) };
  return {
    kind: 'failed',
    fault: { code: 'feed-refused', what: plainText(value.detail), remedy: plainText(value.remedy) },
  };
}

function notReached({ origin }: URL, error: unknown): Fault {
  const what = `No Livepen answers at ${origin}: ${causeInWords(error, 'it closed the connection')}.`;
  return { code: 'feed-unreachable', what, remedy: 'Is it on, and is that its address (--url)?' };
}

function unproven({ origin }: URL): Fault {
  const what = `What answers at ${origin} does not prove that it knows the worker's token. Nothing was sent to it.`;
  const remedy = 'Is that its own address, and the token of the Livepen there (--token-file)?';
  return { code: 'feed-unproven', what, remedy };
}

function noToken({ origin }: URL): Fault {
  const what = `The Livepen at ${origin} wants the worker's token.`;
  const remedy = 'Copy the file worker-token that lies beside its ledger, and name it with --token-file.';
  return { code: 'feed-token', what, remedy };
}
