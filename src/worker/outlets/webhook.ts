import { createHmac } from 'node:crypto';
import type { Clock } from '../../domain/clock.ts';
import type { PassingKind } from '../../domain/passing.ts';
import { isPassedTo, type Outlet, passedAction, passedGapAction, type Task } from '../outlet.ts';
import { post, type WebPorts, type WebTarget } from './web.ts';

const webhookTimeoutMs = 10_000;

/** A webhook by the name by which rules call it. */
export interface WebhookSettings extends WebTarget {
  readonly name: string;
  /** `whsec_` and 24 to 64 bytes in base64. */
  readonly secret: string;
  /** Kinds of passing events that it gets, beside what rules send. */
  readonly kinds: readonly PassingKind[];
}

/** The bytes of a secret; null where it is none. */
export function keyOfSecret(secret: string): Buffer | null {
  const [, written = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  const key = Buffer.from(written, 'base64');
  return key.length >= 24 && key.length <= 64 ? key : null;
}

/** The headers of Standard Webhooks: an id that is the same in all tries, the time of sending, and the signature. */
function signedHeaders(id: string, body: string, wallMs: number, key: Buffer): Readonly<Record<string, string>> {
  const seconds = String(Math.floor(wallMs / 1_000));
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${signature}`,
  };
}

/** The body, which is the same at each try. */
function bodyOf({ action, rule, eventKind, viewer, origin, prize, atMs, values }: Task): string {
  const { data = {} } = values;
  const timestamp = new Date(atMs).toISOString();
  if (action === passedGapAction) return JSON.stringify({ type: 'live.gap', timestamp, data: values });
  if (action === passedAction)
    return JSON.stringify({ type: `live.${eventKind}`, timestamp, data: { viewer, origin, ...values } });
  return JSON.stringify({
    type: 'rule.fired',
    timestamp,
    data: { rule, event: eventKind, viewer, origin, prize, values: data },
  });
}

/** A webhook: signed, to a listed address, at least once and in order. */
export function webhookOutlet(
  { name, secret, kinds, ...target }: WebhookSettings,
  clock: Clock,
  ports: WebPorts,
): Outlet {
  const key = keyOfSecret(secret);
  if (key === null) throw new Error(`the secret of webhook ${name} was not checked`);
  const title = `webhook ${name}`;
  return {
    name: title,
    kind: 'durable',
    timeoutMs: webhookTimeoutMs,
    takes: (task) => (task.action === 'webhook' && task.values.to === name) || isPassedTo(kinds, task),
    send(task, signal) {
      const body = bodyOf(task);
      return post(title, target, ports, signedHeaders(task.id, body, clock.wallMs(), key), body, signal);
    },
    close() {},
  };
}
