import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { connect as connectTls } from 'node:tls';
import * as v from 'valibot';
import { placeOf } from '../api/caller.ts';
import {
  challengeHeader,
  nonceHeader,
  proofHeader,
  proofOf,
  signatureOf,
  signedScheme,
} from '../api/signed-requests.ts';
import { type Config, formatProblems, loadAddress } from '../config/load.ts';
import { causeCode, causeInWords } from '../domain/cause.ts';
import { plainParts } from '../domain/plain-text.ts';
import { type Arguments, type Console, exit, logOriginal, wrapLines } from './command.ts';
import { defaultConfig, isConfigNamed } from './settings.ts';
import { isLoopback, isWildcard, readTokens } from './tokens.ts';

/** Far above any answer of a service. */
const answerBytesMax = 32_000_000;

/** Why no answer came. */
interface Trouble {
  /**
   * Nothing listens there; nothing is reached there; something listens and says nothing in time; or it ends the
   * connection without a whole answer.
   */
  readonly kind: 'nobody' | 'unreachable' | 'silent' | 'cut';
  readonly error: unknown;
}

/** What was answered. */
interface Reply {
  readonly kind: 'reply';
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Question {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One connection: whoever has proven something on it is who is asked next. */
interface Connection {
  readonly kind: 'connected';
  /** Where it ends: the address and port there. */
  readonly place: string;
  ask(question: Question): Promise<Reply | Trouble>;
  /** The same, with an answer that comes bit by bit. */
  open(question: Question): Promise<IncomingMessage | Trouble>;
  close(): void;
}

/** Connects to what listens at an address; once `late` is over, nothing is waited for any more. */
export async function connectTo(url: URL, late: AbortSignal): Promise<Connection | Trouble> {
  const isSecure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (isSecure ? 443 : 80));
  const socket = isSecure ? connectTls({ host, port, servername: host }) : connect({ host, port });
  const close = () => void socket.destroy();
  // Whoever asks hears of it; while nobody asks it does not matter.
  socket.on('error', () => {});
  late.addEventListener('abort', close, { once: true });
  try {
    await once(socket, isSecure ? 'secureConnect' : 'connect', { signal: late });
  } catch (error) {
    close();
    if (late.aborted) return { kind: 'unreachable', error: late.reason };
    return { kind: causeCode(error) === 'ECONNREFUSED' ? 'nobody' : 'unreachable', error };
  }
  const agent = onlyOn(socket);
  const troubleOf = (error: unknown): Trouble => ({ kind: late.aborted ? 'silent' : 'cut', error });
  const open = ({ method, path, headers = {}, body = '' }: Question) =>
    new Promise<IncomingMessage | Trouble>((resolve) => {
      const asked = request({ agent, method, path, headers: { host: url.host, ...headers } }, resolve);
      asked.once('error', (error) => resolve(troubleOf(error)));
      asked.end(body);
    });
  return {
    kind: 'connected',
    place: placeOf(socket.remoteAddress, socket.remotePort),
    close,
    open,
    async ask(question) {
      const reply = await open(question);
      if ('kind' in reply) return reply;
      const { statusCode: status = 0, headers } = reply;
      return textOf(reply).then((text) => ({ kind: 'reply', status, headers, text }), troubleOf);
    },
  };
}

/** Sends all requests over one connection; where that has ended, there is no other. */
function onlyOn(socket: Socket): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => socket;
  return agent;
}

async function textOf(reply: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of reply) {
    parts.push(part);
    bytes += part.length;
    if (bytes > answerBytesMax) throw new Error('the answer is too long');
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Where the service answers when nobody says so. */
const defaultUrl = 'http://127.0.0.1:8420';

type Whereabouts =
  /**
   * `token` is the owner's, null where none is known; `isLocal`: by the config only this machine reaches it, without
   * one.
   */
  | { readonly ok: true; readonly url: URL; readonly token: string | null; readonly isLocal: boolean }
  /** It is not known; `code` is the exit code. */
  | { readonly ok: false; readonly code: number; readonly why: string };

/** Where the service is that a command asks: by its options, by the environment, or by the config. */
function whereIsService({ options }: Arguments, console: Console): Whereabouts {
  const file = typeof options.config === 'string' ? options.config : null;
  const own = ownAddress(file ?? defaultConfig, console);
  // A config that somebody named must be readable; in its place no other service is asked.
  if (file !== null && !own.ok) return { ok: false, code: exit.config, why: own.why };
  const named = typeof options.url === 'string' ? options.url : file === null ? console.env.LIVEPEN_URL : undefined;
  if (named === undefined && !own.ok && (isConfigNamed || !own.isAbsent)) {
    return { ok: false, code: exit.config, why: own.why };
  }
  if (named === undefined && own.ok && own.config.api.port === 0) {
    const why =
      'The config lets the service take any free port ([api] port = 0), so it is not known here.\n' +
      'Give its address with --url; the log of the service shows it.';
    return { ok: false, code: exit.usage, why };
  }
  const base = named ?? (own.ok ? urlOf(own.config.api) : defaultUrl);
  const url = URL.parse(base);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return { ok: false, code: exit.usage, why: `"${base}" is not an address. Give one such as ${defaultUrl}.` };
  }
  const config = own.ok ? own.config : null;
  const given = console.env.LIVEPEN_TOKEN ?? '';
  const isLocal = given === '' && config !== null && isLoopback(config.api.host);
  return { ok: true, url, token: given === '' ? tokenFor(url, config) : given, isLocal };
}

/** Where the service of a config answers. */
function urlOf({ host, port }: Pick<Config['api'], 'host' | 'port'>): string {
  const name = isWildcard(host) ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

type OwnAddress =
  | { readonly ok: true; readonly config: Pick<Config, 'api' | 'ledger'> }
  | { readonly ok: false; readonly why: string; readonly isAbsent: boolean };

/** What a config says of the service's address; mistakes elsewhere in it keep no command from the service. */
function ownAddress(file: string, console: Console): OwnAddress {
  const loaded = loadAddress(file, {
    readFile: (path) => readFileSync(path),
    stateDirectory: console.env.STATE_DIRECTORY,
  });
  if (loaded.ok) return loaded;
  return { ok: false, why: formatProblems(loaded.problems), isAbsent: loaded.isAbsent };
}

/**
 * The token of this machine's own service, read from where that keeps it: for the port that the config names, and no
 * other.
 */
function tokenFor(url: URL, config: Pick<Config, 'api' | 'ledger'> | null): string | null {
  if (config === null) return null;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isHere = isLoopback(host) || host === config.api.host || host === hostname() || host === `${hostname()}.local`;
  if (!isHere || config.api.port === 0 || Number(url.port || 80) !== config.api.port) return null;
  try {
    return readTokens(config)?.owner ?? null;
  } catch {
    // It may be read by the service's group only; then the service's refusal says what to do.
    return null;
  }
}

/** How long an answer is waited for, unless a command says otherwise. */
const usualPatienceMs = 10_000;
/** After so long without an answer a person is notified. */
const lateAfterMs = 3_000;

const problemForm = v.object({ type: v.string(), detail: v.string(), remedy: v.string() });
const saidForm = v.object({ said: v.string() });

/** The options by which every command that talks to a service learns where it is. */
export const urlOption = { url: { type: 'string' }, config: { type: 'string' } } as const;

export const urlHelp = `  --url URL       where the service answers (default ${defaultUrl}, or LIVEPEN_URL)`;

/** The help of commands that do nothing but talk to a service. */
export const serviceHelp = `${urlHelp}\n  --config FILE   instead, the config that the service was started with`;

/** How the service is started here: the package has no npm, a copy of the repository no unit. */
export const startedBy = isConfigNamed ? '`sudo systemctl start livepen`' : '`npm start`';
/** And how one is started anew that hangs. */
const restartedBy = isConfigNamed ? 'with `sudo systemctl restart livepen`' : 'by ending it, and then `npm start`';

type Answer<Value> =
  | { readonly ok: true; readonly value: Value }
  /** The service did not answer, or refused; it has been said. `code` is the exit code. */
  | NoAnswer;

interface NoAnswer {
  readonly ok: false;
  readonly code: number;
  /** Something listens there, and says nothing. */
  readonly isSilent: boolean;
}

interface Request {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly body?: unknown;
  /** Instead of a body of JSON, what goes over as it is. */
  readonly text?: string;
  readonly patienceMs?: number;
}

/**
 * Asks the running service; what goes wrong is said on the console. Its answer has the given form, and every text in it
 * is on one line.
 */
export async function callService<Value>(
  args: Arguments,
  console: Console,
  asked: Request,
  form: v.GenericSchema<unknown, Value>,
): Promise<Answer<Value>> {
  const where = whereIsService(args, console);
  if (!where.ok) return failed(console, where.code, where.why);
  const { url, token, isLocal } = where;
  const { patienceMs = usualPatienceMs } = asked;
  const answered = warnWhenLate(url, patienceMs, console);
  const connection = await connectTo(url, AbortSignal.timeout(patienceMs));
  try {
    if (connection.kind !== 'connected') return troubled(connection, url, patienceMs, console);
    const reply = await exchange(connection, url, asked, token, isLocal);
    if (reply === 'unproven') {
      return failed(
        console,
        exit.refused,
        `What answers at ${url.origin} does not prove that it is your Livepen. Nothing was sent to it.\n` +
          'Is that its own address, and not that of a proxy? Does the Livepen there have this token\n' +
          'and this version, and was it restarted since the config changed?',
      );
    }
    return reply.kind === 'reply' ? read(reply, url, asked, form, console) : troubled(reply, url, patienceMs, console);
  } finally {
    answered();
    if (connection.kind === 'connected') connection.close();
  }
}

/**
 * Sends a request over a connection. Whoever has a token shows it to nobody: the service proves first that it knows it,
 * and then gets a request that is signed with it. TLS proves in another way who answers; there the token is sent.
 */
async function exchange(
  connection: Connection,
  url: URL,
  { method, path, body, text: given }: Request,
  token: string | null,
  isLocal: boolean,
): Promise<Reply | Trouble | 'unproven'> {
  const text = given ?? (body === undefined ? '' : JSON.stringify(body));
  const send = (authorization: string | null) =>
    connection.ask({
      method,
      path,
      headers: {
        'content-type': given === undefined ? 'application/json' : 'text/plain',
        ...(authorization === null ? {} : { authorization }),
      },
      body: text,
    });
  if (token === null) return send(null);
  if (url.protocol === 'https:') return send(`Bearer ${token}`);
  const challenge = randomBytes(24).toString('base64url');
  const answer = await connection.ask({ method: 'GET', path: '/health', headers: { [challengeHeader]: challenge } });
  if (answer.kind !== 'reply') return answer;
  const nonce = String(answer.headers[nonceHeader] ?? '');
  if (answer.headers[proofHeader] === proofOf(token, challenge, nonce, connection.place)) {
    return send(`${signedScheme} ${signatureOf(token, nonce, connection.place, { method, path, body: text })}`);
  }
  // The token may be of an earlier time, when the network could reach it too.
  return isLocal ? send(null) : 'unproven';
}

/** Says that it takes its time, unless it is given up then anyway; gives what ends that. */
function warnWhenLate({ origin }: URL, patienceMs: number, console: Console): () => void {
  let isOver = patienceMs <= lateAfterMs;
  AbortSignal.timeout(lateAfterMs).addEventListener('abort', () => {
    if (!isOver) console.err(`No answer from ${origin} yet; it is waited for up to ${patienceMs / 1000} s.`);
  });
  return () => {
    isOver = true;
  };
}

function failed(console: Console, code: number, sentence: string, isSilent = false): NoAnswer {
  console.err(sentence);
  return { ok: false, code, isSilent };
}

/** Says why no answer came, and what helps then. */
function troubled({ kind, error }: Trouble, { origin, hostname }: URL, patienceMs: number, console: Console): NoAnswer {
  logOriginal(error, console);
  const isHere = isLoopback(hostname.replace(/^\[|\]$/g, ''));
  const hangs = `Something is wrong with it, or it is another program. Restart Livepen ${restartedBy}.`;
  switch (kind) {
    case 'nobody': {
      const remedy = isHere
        ? `Start it with ${startedBy}.`
        : 'Start the one there, or give another address with --url.';
      return failed(console, exit.noService, `No Livepen answers at ${origin}.\n${remedy}`);
    }
    case 'unreachable': {
      const why = causeInWords(error, 'no answer came in time');
      const remedy = 'Is that its address, is it on, and is it in this network?';
      return failed(console, exit.noService, `No Livepen answers at ${origin}: ${why}.\n${remedy}`);
    }
    case 'silent': {
      const what = `The program at ${origin} has not answered within ${patienceMs / 1000} s.`;
      return failed(console, exit.failed, `${what}\n${isHere ? hangs : 'Restart the Livepen there.'}`, true);
    }
    case 'cut': {
      const what = `The program at ${origin} closed the connection without an answer.`;
      return failed(console, exit.failed, `${what}\n${isHere ? hangs : 'Is it a Livepen?'}`, true);
    }
  }
}

/** What the service answered; a refusal is said. */
function read<Value>(
  { status, text }: Reply,
  url: URL,
  { method, path }: Request,
  form: v.GenericSchema<unknown, Value>,
  console: Console,
): Answer<Value> {
  let value: unknown = null;
  try {
    value = plainParts(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const wanted = v.safeParse(form, value);
  if (status === 200 && wanted.success) return { ok: true, value: wanted.output };
  const problem = v.safeParse(problemForm, value);
  logOriginal(`${method} ${path} was answered with status ${status}`, console);
  return problem.success ? failed(console, exit.refused, wrapLines(inWords(problem.output))) : noLivepen(url, console);
}

function noLivepen({ origin }: URL, console: Console): NoAnswer {
  const sentence = `What answers at ${origin} is no Livepen, or one of another version. Give its address with --url.`;
  return failed(console, exit.failed, wrapLines(sentence));
}

/** What the service refuses, for a person at a terminal: what it says of forms and headers is for programs. */
function inWords({ type, detail, remedy }: v.InferOutput<typeof problemForm>): string {
  if (type.endsWith('/token-missing')) {
    return `${detail}\nJoin the service's group (livepen), use sudo, or give the token as LIVEPEN_TOKEN.`;
  }
  if (/\/(?:no-such-route|method-not-allowed)$/.test(type)) {
    return 'The service does not know this command: it is of another version than this program.\nUpgrade the older of the two.';
  }
  if (!type.endsWith('/request-invalid')) return `${detail}\n${remedy}`;
  const rules = detail.replaceAll(/The (?:body|query|address): /g, '');
  return `The service refuses that: ${rules}\nIs it of another version than this program? See \`livepen help\`.`;
}

/** Sends a command and prints what the service says to it. */
export async function sendCommand(
  args: Arguments,
  console: Console,
  path: string,
  body?: unknown,
  patienceMs?: number,
): Promise<number> {
  const asked = { method: 'POST', path, body, ...(patienceMs === undefined ? {} : { patienceMs }) } as const;
  const answer = await callService(args, console, asked, saidForm);
  if (!answer.ok) return answer.code;
  console.out(answer.value.said);
  return exit.ok;
}
