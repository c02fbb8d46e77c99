import { chatText } from '../../domain/chat.ts';
import type { Clock } from '../../domain/clock.ts';
import { type Outlet, outletFault, type Sent, type Task } from '../outlet.ts';
import { post, type WebPorts, type WebTarget } from './web.ts';

/** Includes the wait for its turn, ms. */
const chatTimeoutMs = 15_000;
/** The shortest time between two messages, ms; the platform takes more for a flood. */
const paceMs = 2_000;
/** What the platform's own client lets people write. */
const lettersMax = 150;
/**
 * The same text is not written twice within so long, ms: what is written is received, too, and a rule that answers chat
 * would answer itself.
 */
const sameWithinMs = 60_000;
const sameMax = 50;
/** The cookies in which the platform looks for the session; its connector sends the same. */
const sessionCookies = ['sessionid', 'sessionid_ss', 'sid_guard', 'sid_tt'];
const title = 'account chat';

/** The account that writes, and the sign service that does it for us. */
export interface AccountChatSettings extends WebTarget {
  /** The platform, as the appliance and rules name it. */
  readonly platform: string;
  readonly allow: readonly 'announce'[];
  /** Cookies of somebody who is signed in there: `sessionid`, and the data centre that goes with it. */
  readonly session: string;
  readonly targetIdc: string;
  /** The key of the sign service; it asks for a paid plan. */
  readonly key: string;
}

/**
 * Announces in the chat of a TikTok live as the account whose session it has. Only the sign service can do that, and it
 * gets the session for it: at the risk of whoever switches it on. `room`: the live that is connected now, null when
 * none is.
 */
export function accountChatOutlet(
  { platform, allow, session, targetIdc, key, ...target }: AccountChatSettings,
  clock: Clock,
  ports: WebPorts,
  room: () => string | null,
): Outlet {
  const said = new Map<string, number>();
  const over = new AbortController();
  const cookies = [...sessionCookies.map((name) => [name, session]), ['tt-target-idc', targetIdc]]
    .map(([name = '', value = '']) => `${name}=${encodeURIComponent(value)}`)
    .join('; ');
  let freeAtMs = Number.NEGATIVE_INFINITY;

  /** Whether the same text was written a moment ago. */
  function isRepeated(text: string): boolean {
    const atMs = said.get(text);
    return atMs !== undefined && clock.nowMs() - atMs < sameWithinMs;
  }

  function noteSaid(text: string): void {
    said.delete(text);
    said.set(text, clock.nowMs());
    const [oldest] = said.keys();
    if (said.size > sameMax && oldest !== undefined) said.delete(oldest);
  }

  async function send({ values, eventKind }: Task, late: AbortSignal): Promise<Sent> {
    if (typeof values.text !== 'string')
      return refused('what the rule sends is nothing for a chat', 'Look at the rule.');
    if (!allow.includes('announce'))
      return refused(
        'the config does not allow to announce',
        'Add "announce" to allow in [accountChat], and restart the worker.',
      );
    const content = chatText(values.text, lettersMax);
    if (content === '' || (eventKind === 'chat' && isRepeated(content))) return { ok: true, isLeftOut: true };
    const signal = AbortSignal.any([late, over.signal]);
    const waitMs = freeAtMs - clock.nowMs();
    if (waitMs > 0) await rest(clock, waitMs, signal);
    const live = room();
    if (signal.aborted || live === null) {
      const fault = outletFault('unreachable', title, 'no live of its platform is heard', 'It is written once one is.');
      return { ok: false, kind: 'unreachable', fault };
    }
    freeAtMs = clock.nowMs() + paceMs;
    const url = new URL(`${target.url.href.replace(/\/+$/, '')}/webcast/rooms/${live}/chat`);
    const headers = {
      'content-type': 'application/json',
      'x-api-key': key,
      'x-cookie-header': cookies,
    };
    const sent = await post(title, { ...target, url }, ports, headers, JSON.stringify({ content }), signal, meanings);
    if (sent.ok) noteSaid(content);
    return sent;
  }

  return {
    name: title,
    kind: 'instant',
    timeoutMs: chatTimeoutMs,
    takes: ({ action, values: { how = 'announce', on = platform } }) =>
      action === 'chat' && how === 'announce' && on === platform,
    send,
    close: () => over.abort(),
  };
}

/** Resolves when so long has passed, or `signal` aborts. */
function rest(clock: Clock, waitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(waitMs, resolve);
    signal.addEventListener('abort', () => {
      cancel();
      resolve();
    });
  });
}

const what =
  'the sign service refuses it: to write, its key must be of a paid plan, and the session one that is signed in';
const noPlan = {
  what,
  remedy: 'Look at the plan of the key, and copy the session anew. Without a paid plan nothing can be written.',
};
const meanings = { 401: noPlan, 402: noPlan, 403: noPlan };

function refused(what: string, remedy: string): Sent {
  return { ok: false, kind: 'refused', fault: outletFault('refused', title, what, remedy) };
}
