import type { Outlet, Sent, Task } from '../../src/worker/outlet.ts';

/** What a rule is to do elsewhere. */
export function task(action: string, values: Task['values'], id = '00000001:1:0', atMs = Date.UTC(2026, 0, 1)): Task {
  return { id, action, values, rule: 'thanks', eventKind: 'gift', viewer: 'Anna', origin: 'live', prize: '', atMs };
}

/** An outlet that does with each task what it is told to, and keeps what it took. */
export function steeredOutlet(kind: Outlet['kind'], answer: (task: Task, signal: AbortSignal) => Promise<Sent>) {
  const taken: Task[] = [];
  const outlet: Outlet = {
    name: `${kind} one`,
    kind,
    timeoutMs: 10_000,
    takes: () => true,
    async send(each, signal) {
      taken.push(each);
      return answer(each, signal);
    },
    close() {},
  };
  return { outlet, taken };
}

export const yes: Sent = { ok: true };
/** Nobody is there, or what was sent is not wanted. */
export function no(kind: 'unreachable' | 'refused' | 'off', afterMs?: number): Sent {
  const fault = { code: `outlet-${kind}`, what: `It is ${kind}.`, remedy: 'Wait.' };
  return { ok: false, kind, fault, ...(afterMs === undefined ? {} : { afterMs }) };
}
