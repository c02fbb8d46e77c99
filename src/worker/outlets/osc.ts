import { createSocket, type Socket } from 'node:dgram';
import { causeInWords } from '../../domain/cause.ts';
import type { Cancel, Clock } from '../../domain/clock.ts';
import { type Outlet, outletFault, type Sent } from '../outlet.ts';

const messageBytesMax = 8_192;
/** So many pulsed parameters may be on at a time; each is switched off later. */
const pulsesMax = 100;

/** A program that receives OSC. */
export interface OscSettings {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** A `true` alone to an address that begins so is followed by a `false`: VRChat's parameters are pressed and let go. */
  readonly pulse: readonly string[];
  readonly pulseMs: number;
}

type OscArg = string | number | boolean;

/** A message of OSC 1.0: whole numbers of 32 bits are `i`, others `f`, texts `s`, true and false `T` and `F`. */
export function oscMessage(address: string, args: readonly OscArg[]): Buffer {
  const tags = args.map(tagOf).join('');
  const values = args.flatMap((arg) => (typeof arg === 'boolean' ? [] : [bytesOf(arg)]));
  return Buffer.concat([padded(address), padded(`,${tags}`), ...values]);
}

function tagOf(arg: OscArg): string {
  if (typeof arg === 'boolean') return arg ? 'T' : 'F';
  if (typeof arg === 'string') return 's';
  return isInt32(arg) ? 'i' : 'f';
}

function isInt32(value: number): boolean {
  return Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31;
}

function bytesOf(arg: string | number): Buffer {
  if (typeof arg === 'string') return padded(arg);
  const bytes = Buffer.alloc(4);
  if (isInt32(arg)) bytes.writeInt32BE(arg);
  else bytes.writeFloatBE(arg);
  return bytes;
}

/** A text with a zero at its end, up to a multiple of four; a zero within would end it. */
function padded(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('\0', ''), 'utf8');
  return Buffer.concat([bytes, Buffer.alloc(4 - (bytes.length % 4))]);
}

/** Sends OSC to one target. UDP has no receipt: sent is all that is known. */
export function oscOutlet({ name, host, port, pulse, pulseMs }: OscSettings, clock: Clock): Outlet {
  const title = `osc ${name}`;
  const pulses = new Map<string, Cancel>();
  let socket: Socket | null = null;

  function send(message: Buffer): Promise<Sent> {
    socket ??= openSocket();
    const { promise, resolve } = Promise.withResolvers<Sent>();
    socket.send(message, port, host, (error) => {
      const what = `not sent: ${causeInWords(error)}`;
      const fault = outletFault('unreachable', title, what, 'Check the name of its host, and the network.');
      resolve(error === null ? { ok: true } : { ok: false, kind: 'unreachable', fault });
    });
    return promise;
  }

  function openSocket(): Socket {
    const made = createSocket('udp4');
    // The system may report that nobody listens. That is ignored, since there is no receipt for what arrives either.
    made.on('error', () => {});
    made.unref();
    return made;
  }

  function letGo(address: string): void {
    pulses.get(address)?.();
    const off = clock.after(pulseMs, () => {
      pulses.delete(address);
      void send(oscMessage(address, [false]));
    });
    pulses.set(address, off);
  }

  return {
    name: title,
    kind: 'instant',
    timeoutMs: 3_000,
    takes: ({ action, values: { to = name } }) => action === 'osc' && to === name,
    async send({ values: { address, args = [] } }) {
      if (typeof address !== 'string' || !address.startsWith('/') || !Array.isArray(args) || !args.every(isOscArg))
        return refused(title, 'what the rule sends is no message of OSC');
      const message = oscMessage(address, args);
      if (message.length > messageBytesMax) return refused(title, `a message is longer than ${messageBytesMax} bytes`);
      const isPulse = args.length === 1 && args[0] === true && pulse.some((start) => address.startsWith(start));
      if (isPulse && pulses.size >= pulsesMax && !pulses.has(address))
        return refused(title, 'too many parameters are on');
      const sent = await send(message);
      if (isPulse && sent.ok) letGo(address);
      return sent;
    },
    close() {
      const its = socket;
      socket = null;
      let left = pulses.size;
      if (left === 0) its?.close();
      // The process stays until they are switched off: nothing else does that.
      else its?.ref();
      for (const [address, cancel] of pulses) {
        cancel();
        its?.send(oscMessage(address, [false]), port, host, () => {
          left -= 1;
          if (left === 0) its.close();
        });
      }
      pulses.clear();
    },
  };
}

function isOscArg(value: unknown): value is OscArg {
  return (
    typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
  );
}

function refused(title: string, what: string): Sent {
  return { ok: false, kind: 'refused', fault: outletFault('refused', title, what, 'Look at the rule.') };
}
