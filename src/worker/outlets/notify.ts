import { plainText } from '../../domain/plain-text.ts';
import { type Outlet, outletFault, type Sent, type Task } from '../outlet.ts';
import { post, type WebPorts, type WebTarget } from './web.ts';

const notifyTimeoutMs = 10_000;

/** What a person can be notified of, with the states of the appliance in which each holds. */
export const notices = {
  'new-paper': { state: 'needs-sheet', title: 'Livepen: new paper', over: 'Livepen: the paper is there' },
  'set-origin': { state: 'origin-unknown', title: 'Livepen: set the origin', over: 'Livepen: the origin is set' },
  'plotter-gone': { state: 'no-plotter', title: 'Livepen: the plotter is gone', over: 'Livepen: the plotter is back' },
} as const;

export type Notice = keyof typeof notices;

export const noticeNames = Object.keys(notices).filter((name): name is Notice => name in notices);

/** The service to which a person's notices are sent. */
export interface NotifySettings extends WebTarget {
  readonly name: string;
  readonly form: 'ntfy' | 'discord' | 'webhook';
  readonly notices: readonly Notice[];
}

/** The request in the form that a service takes. */
function written(form: NotifySettings['form'], title: string, text: string, isOver: boolean) {
  const json = { 'content-type': 'application/json' };
  const tags = isOver ? 'white_check_mark' : 'pen';
  switch (form) {
    case 'ntfy':
      // A message without a text is shown as "triggered".
      return text === '' ? { headers: { tags }, body: title } : { headers: { title, tags }, body: text };
    case 'discord':
      return {
        headers: json,
        body: JSON.stringify({ content: `**${title}**\n${text}`, allowed_mentions: { parse: [] } }),
      };
    case 'webhook':
      return { headers: json, body: JSON.stringify({ title, text, isOver }) };
  }
}

/** Sends notices to a person. `NoticeLane` decides which and when; they come as tasks of the action `notify`. */
export function notifyOutlet({ name, form, ...target }: NotifySettings, ports: WebPorts): Outlet {
  const title = `notify ${name}`;
  return {
    name: title,
    kind: 'durable',
    timeoutMs: notifyTimeoutMs,
    takes: ({ action }) => action === 'notify',
    send(task: Task, signal: AbortSignal): Promise<Sent> {
      const notice = noticeNames.find((each) => each === task.values.notice);
      if (notice === undefined) {
        const fault = outletFault('refused', title, 'there is no such notice', 'Report it.');
        return Promise.resolve({ ok: false, kind: 'refused', fault });
      }
      const isOver = task.values.isOver === true;
      const head = isOver ? notices[notice].over : notices[notice].title;
      const { headers, body } = written(form, head, plainText(String(task.values.text ?? '')), isOver);
      return post(title, target, ports, headers, body, signal);
    },
    close() {},
  };
}
