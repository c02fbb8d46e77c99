import { createHash } from 'node:crypto';
import * as v from 'valibot';
import type { WebSocket } from 'ws';
import { causeInWords } from '../../domain/cause.ts';
import type { Clock } from '../../domain/clock.ts';
import { type Outlet, outletFault, type Sent, type Task } from '../outlet.ts';

const obsTimeoutMs = 5_000;
const messageBytesMax = 1 << 20;
/** After a wrong password OBS is not connected to for so long, ms: only a person can correct it. */
const passwordAgainMs = 60_000;
/** The close code of OBS for a wrong password. */
const wrongPasswordCode = 4_009;
/** With these numbers and a text OBS refuses what is not there, or what it does not know. */
const rpcVersion = 1;

/** Where OBS listens. */
export interface ObsSettings {
  readonly address: string;
  readonly password: string;
}

type Data = Readonly<Record<string, unknown>>;

/** Puts the flat values of a rule into the form of the request. */
const inForm: Readonly<Record<string, (data: Data) => Data>> = {
  SetCurrentProgramScene: (data) => data,
  SetCurrentPreviewScene: (data) => data,
  SetSceneItemEnabled: (data) => data,
  SetSourceFilterEnabled: (data) => data,
  SetInputMute: (data) => data,
  ToggleInputMute: (data) => data,
  SetInputSettings: ({ inputName, ...inputSettings }) => ({ inputName, inputSettings, overlay: true }),
  TriggerMediaInputAction: (data) => ({ mediaAction: 'OBS_WEBSOCKET_MEDIA_INPUT_ACTION_RESTART', ...data }),
  StartStream: () => ({}),
  StopStream: () => ({}),
  StartRecord: () => ({}),
  StopRecord: () => ({}),
  SaveReplayBuffer: () => ({}),
};

const helloForm = v.object({
  op: v.literal(0),
  d: v.object({ authentication: v.optional(v.object({ challenge: v.string(), salt: v.string() })) }),
});
const answerForm = v.object({
  op: v.literal(7),
  d: v.object({
    requestId: v.string(),
    requestStatus: v.object({ result: v.boolean(), code: v.number() }),
    responseData: v.optional(v.record(v.string(), v.unknown())),
  }),
});

/** The proof of the password that OBS wants; the password itself is never sent. */
function obsProof(password: string, salt: string, challenge: string): string {
  const hashed = (text: string) => createHash('sha256').update(text).digest('base64');
  return hashed(hashed(password + salt) + challenge);
}

interface Answer {
  readonly isDone: boolean;
  readonly code: number;
  readonly data: Data;
}

/** The connection ended, or could not be made. */
class Ended extends Error {
  readonly isPassword: boolean;
  constructor(isPassword: boolean, cause?: unknown) {
    super('the connection to OBS ended', { cause });
    this.isPassword = isPassword;
  }
}

/** One connection to OBS: all requests settle at the latest when it ends. */
class Talk {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, PromiseWithResolvers<Answer>>();
  readonly ready: Promise<void>;
  isOver = false;
  #asked = 0;

  constructor(socket: WebSocket, password: string) {
    this.#socket = socket;
    const ready = Promise.withResolvers<void>();
    this.ready = ready.promise;
    // Those who wait for it get the error.
    this.ready.catch(() => {});
    let trouble: unknown;
    socket.on('error', (error) => {
      trouble ??= error;
    });
    socket.on('close', (code) => {
      this.isOver = true;
      const error = new Ended(code === wrongPasswordCode, trouble);
      ready.reject(error);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
    socket.on('message', (bytes) => this.#take(String(bytes), password, ready.resolve));
  }

  #take(text: string, password: string, isReady: () => void): void {
    let message: unknown = null;
    try {
      message = JSON.parse(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.end();
    }
    if (v.is(helloForm, message)) {
      const { authentication } = message.d;
      const proof = authentication && obsProof(password, authentication.salt, authentication.challenge);
      // No events of OBS are needed.
      const d = { rpcVersion, eventSubscriptions: 0, ...(proof === undefined ? {} : { authentication: proof }) };
      this.#socket.send(JSON.stringify({ op: 1, d }));
    } else if (v.is(v.object({ op: v.literal(2) }), message)) {
      isReady();
    } else if (v.is(answerForm, message)) {
      const { requestId, requestStatus, responseData = {} } = message.d;
      const { result: isDone, code } = requestStatus;
      this.#waiting.get(requestId)?.resolve({ isDone, code, data: responseData });
      this.#waiting.delete(requestId);
    }
  }

  async ask(requestType: string, requestData: Data): Promise<Answer> {
    await this.ready;
    if (this.isOver) throw new Ended(false);
    this.#asked += 1;
    const requestId = String(this.#asked);
    const waiting = Promise.withResolvers<Answer>();
    this.#waiting.set(requestId, waiting);
    this.#socket.send(JSON.stringify({ op: 6, d: { requestType, requestId, requestData } }));
    return waiting.promise;
  }

  end(): void {
    this.isOver = true;
    this.#socket.terminate();
  }
}

/** Sends OBS the requests of rules: scenes, sources, filters, texts, media, stream and record. */
export function obsOutlet({ address, password }: ObsSettings, clock: Clock): Outlet {
  let talk: Talk | null = null;
  let shutUntilMs = Number.NEGATIVE_INFINITY;

  async function connected(): Promise<Talk> {
    if (talk !== null && !talk.isOver) return talk;
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(new URL(address), ['obswebsocket.json'], {
      maxPayload: messageBytesMax,
      perMessageDeflate: false,
    });
    talk = new Talk(socket, password);
    return talk;
  }

  async function carryOut(its: Talk, request: string, data: Data): Promise<Answer> {
    const inOrder = inForm[request]?.(data) ?? data;
    if (request !== 'SetSceneItemEnabled' || data.sceneItemId !== undefined) return its.ask(request, inOrder);
    // People know a source by its name; OBS wants the number that it has in the scene.
    const { sceneName, sourceName, enabled = true } = data;
    const found = await its.ask('GetSceneItemId', { sceneName, sourceName });
    if (!found.isDone) return found;
    return its.ask(request, { sceneName, sceneItemId: found.data.sceneItemId, sceneItemEnabled: enabled });
  }

  async function send({ values }: Task, signal: AbortSignal): Promise<Sent> {
    const { request, data = {} } = values;
    if (
      typeof request !== 'string' ||
      !Object.hasOwn(inForm, request) ||
      !v.is(v.record(v.string(), v.unknown()), data)
    )
      return refused(`what the rule asks for is none of ${Object.keys(inForm).join(', ')}`, 'Look at the rule.');
    if (clock.nowMs() < shutUntilMs) return wrongPassword;
    let its: Talk | null = null;
    try {
      its = await connected();
      // A connection that did not answer in time is not used for the next task.
      signal.addEventListener('abort', () => its?.end(), { once: true });
      if (signal.aborted) its.end();
      const { isDone, code } = await carryOut(its, request, data);
      if (isDone) return { ok: true };
      return refused(`it refuses ${request} (${code})`, 'Is what the rule names there, by this very name?');
    } catch (error) {
      its?.end();
      if (!(error instanceof Ended)) throw error;
      if (error.isPassword) {
        shutUntilMs = clock.nowMs() + passwordAgainMs;
        return wrongPassword;
      }
      const why = error.cause === undefined ? 'it closed the connection' : causeInWords(error.cause);
      const remedy = 'Does OBS run, with its WebSocket server on (Tools), at this address?';
      return {
        ok: false,
        kind: 'unreachable',
        fault: outletFault('unreachable', 'obs', `not reached: ${why}`, remedy),
      };
    }
  }

  return {
    name: 'obs',
    kind: 'instant',
    timeoutMs: obsTimeoutMs,
    takes: ({ action }) => action === 'obs',
    send,
    close: () => talk?.end(),
  };
}

function refused(what: string, remedy: string): Sent {
  return { ok: false, kind: 'refused', fault: outletFault('refused', 'obs', what, remedy) };
}

const wrongPassword: Sent = {
  ok: false,
  kind: 'refused',
  fault: outletFault(
    'password',
    'obs',
    'it does not take the password',
    'Put the one that OBS shows (Tools, WebSocket server) into the secrets file, and restart the worker.',
  ),
};
