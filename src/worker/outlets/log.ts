import { plainJson, plainText } from '../../domain/plain-text.ts';
import type { Outlet } from '../outlet.ts';

/** Lines of JSON, one for each `log` of a rule; `write` takes a line with its end, and says when it is out. */
export function logOutlet(write: (line: string) => Promise<void>): Outlet {
  return {
    name: 'log',
    kind: 'instant',
    timeoutMs: 2_000,
    takes: ({ action }) => action === 'log',
    async send({ id, rule, eventKind, viewer, origin, values, atMs }) {
      const text = plainText(String(values.text ?? ''));
      const time = new Date(atMs).toISOString();
      await write(`${plainJson({ time, id, rule, event: eventKind, viewer, origin, text })}\n`);
      return { ok: true };
    },
    close() {},
  };
}
