import { type ChatAct, chatActs, chatLettersMax, chatName, chatText } from '../../domain/chat.ts';
import { type Outlet, outletFault, type Sent, type Task } from '../outlet.ts';
import type { AskBoard } from '../sound/stage.ts';

/** The appliance answers within 3 s; the rest is for the network and a busy machine, ms. */
const chatTimeoutMs = 10_000;
const title = 'chat';

/** What may be done in the chat into which the appliance writes. */
export interface ChatSettings {
  /** What rules call its platform; '' where they do not. */
  readonly platform: string;
  readonly allow: readonly ChatAct[];
}

/** The order of a task; null where it is none that a chat takes. */
function orderOf({ action, values: { how = 'announce', act: done, to = '', text = '' } }: Task) {
  const act = chatActs.find((each) => each === (action === 'chat' ? how : done));
  if (act === undefined || typeof to !== 'string' || typeof text !== 'string') return null;
  return { act, to: to.replace(/^@/, ''), text: action === 'chat' ? chatText(text, chatLettersMax) : '' };
}

/**
 * The chat into which the appliance writes. The sign-in is the appliance's, and its renewal cannot be shared: so the appliance is asked,
 * and writes over the connection on which it listens.
 */
export function chatOutlet({ allow, platform }: ChatSettings, ask: AskBoard): Outlet {
  async function send(task: Task, signal: AbortSignal): Promise<Sent> {
    const order = orderOf(task);
    if (order === null) return refused('what the rule sends is nothing for a chat', 'Look at the rule.');
    const { act, to, text } = order;
    if (!allow.includes(act))
      return refused(`the config does not allow to ${act}`, `Add "${act}" to allow in [chat], and restart the worker.`);
    // Tests and replays are about people who are not there, or did nothing now.
    if (task.action === 'moderate' && task.origin !== 'live') return leftOut;
    if (task.action === 'chat' && text === '') return leftOut;
    if (act !== 'announce' && !chatName.test(to))
      return refused('the rule names nobody who can be in the chat', 'Look at "to" in the rule.');
    const answer = await ask({ method: 'POST', path: '/chat', body: JSON.stringify(order) }, signal);
    if (answer.kind === 'failed')
      return { ok: false, kind: 'unreachable', fault: { ...answer.fault, code: 'outlet-unreachable' } };
    return judged(answer.status, answer.detail);
  }

  return {
    name: title,
    kind: 'instant',
    timeoutMs: chatTimeoutMs,
    takes: ({ action, values }) => action === 'moderate' || (action === 'chat' && (values.on ?? platform) === platform),
    send,
    close() {},
  };
}

function judged(status: number, detail: string): Sent {
  if (status === 200) return { ok: true };
  // Without a chat to write into there is no such route, and the worker's token gets 403.
  if (status === 404 || status === 403) {
    const remedy = 'Set chat or moderate = true at its live, restart it, and sign in anew.';
    return refused('the appliance lets nothing be written into a chat', remedy);
  }
  const what = `the appliance refuses it: ${detail}`;
  if (status === 401) return refused(what, 'Give the worker a copy of its token (--token-file).');
  if (status === 409 || status === 429) {
    const fault = outletFault('unreachable', title, what, 'Its page says whether it is connected.');
    return { ok: false, kind: 'unreachable', fault };
  }
  return refused(what, 'Look at the rule, and at what was agreed to at the sign-in.');
}

const leftOut: Sent = { ok: true, isLeftOut: true };

function refused(what: string, remedy: string): Sent {
  return { ok: false, kind: 'refused', fault: outletFault('refused', title, what, remedy) };
}
