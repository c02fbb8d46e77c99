import type { Context } from 'hono';
import * as v from 'valibot';

const form = v.object({
  incoming: v.object({
    socket: v.object({ remoteAddress: v.optional(v.string()), localAddress: v.optional(v.string()) }),
  }),
});

/** The addresses of both ends of a connection; nothing where there is none, as in a test. */
export interface Caller {
  readonly remote: string;
  /** The address under which this machine was reached. */
  readonly local: string;
}

/** Who calls, by what the HTTP server says of the connection; headers cannot change it. */
export function callerOf(context: Context): Caller {
  const checked = v.safeParse(form, context.env);
  if (!checked.success) return { remote: '', local: '' };
  const { remoteAddress = '', localAddress = '' } = checked.output.incoming.socket;
  return { remote: plain(remoteAddress), local: plain(localAddress) };
}

/** An IPv4 address that came over an IPv6 socket is told as such. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}
