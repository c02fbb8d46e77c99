import type { Socket } from 'node:net';
import * as nodePty from '@lydell/node-pty';

/** A pair of ends of a pty: what `serialport` opens by its path, and the far end of that cable. */
export interface PtyPair {
  readonly path: string;
  readonly farEnd: Socket;
}

/** What a pty of node-pty has besides its types. */
interface Pty {
  readonly _pty: string;
  readonly _master: Socket;
  readonly _slave: Socket;
}

function isPty(value: unknown): value is Pty {
  return typeof value === 'object' && value !== null && '_pty' in value && '_master' in value && '_slave' in value;
}

/** Opens a fresh pty. Destroying the far end pulls the cable. */
export function openPty(): PtyPair {
  // Its types leave `open` out.
  const open: unknown = Reflect.get(nodePty, 'open');
  if (typeof open !== 'function') throw new Error('node-pty has changed: no open');
  const pty: unknown = open({});
  if (!isPty(pty)) throw new Error('node-pty has changed: no _pty, _master, _slave');
  // It reads the same side as whoever opens the path.
  pty._slave.destroy();
  pty._master.setEncoding('latin1');
  pty._master.on('error', () => {});
  return { path: pty._pty, farEnd: pty._master };
}
