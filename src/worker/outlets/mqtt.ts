import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { causeInWords, UserFacingError } from '../../domain/cause.ts';
import type { Cancel, Clock } from '../../domain/clock.ts';
import type { PassingKind } from '../../domain/passing.ts';
import { isPassedTo, type Outlet, outletFault, type Sent, type Task } from '../outlet.ts';

const mqttTimeoutMs = 10_000;
const keepAliveS = 30;
const packetBytesMax = 65_536;
const clientId = 'livepen-worker';

/** A broker, and the topics under which the appliance is published. */
export interface MqttSettings {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly user: string | null;
  readonly password: string;
  readonly topic: string;
  readonly discovery: string;
  /** Kinds of passing events that are published, beside what rules publish. */
  readonly kinds: readonly PassingKind[];
}

/** Kinds of packets of MQTT 3.1.1, with the flags that each has. */
const kinds = { connect: 0x10, publish: 0x32, ping: 0xc0, bye: 0xe0 } as const;
const retained = 0x01;
const [helloAnswer, publishAnswer] = [2, 4];

/** A packet: its kind, how long the rest is, and the rest. */
function mqttPacket(kind: number, ...parts: readonly Buffer[]): Buffer {
  const rest = Buffer.concat(parts);
  const length: number[] = [];
  let left = rest.length;
  do {
    length.push((left % 128) | (left > 127 ? 128 : 0));
    left = Math.floor(left / 128);
  } while (left > 0);
  return Buffer.concat([Buffer.from([kind, ...length]), rest]);
}

/** A text with its length before it. */
function field(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([number(bytes.length), bytes]);
}

function number(value: number): Buffer {
  return Buffer.from([(value >> 8) & 0xff, value & 0xff]);
}

/** Takes whole packets from the bytes received; null where these are no MQTT. */
function takePackets(bytes: Buffer): { readonly packets: readonly Buffer[]; readonly rest: Buffer } | null {
  const packets: Buffer[] = [];
  let rest = bytes;
  for (;;) {
    let [length, shift, at] = [0, 0, 1];
    for (;;) {
      const byte = rest[at];
      if (byte === undefined) return { packets, rest };
      length += (byte & 127) << shift;
      [shift, at] = [shift + 7, at + 1];
      if (byte < 128) break;
      if (shift > 21) return null;
    }
    if (length > packetBytesMax) return null;
    if (rest.length < at + length) return { packets, rest };
    packets.push(Buffer.concat([rest.subarray(0, 1), rest.subarray(at, at + length)]));
    rest = rest.subarray(at + length);
  }
}

/** Why a broker refuses a connection, by its return code. */
const noWords: Readonly<Record<number, string>> = {
  2: 'it does not take this name',
  3: 'it is not ready',
  4: 'it does not take the name or the password',
  5: 'it does not take the name or the password',
};

/** The broker refuses this name and password. */
class NotTaken extends UserFacingError {}

/** One connection to a broker; publishing resolves when the broker has the message, or the connection ends. */
class MqttTalk {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, PromiseWithResolvers<void>>();
  readonly #ready = Promise.withResolvers<void>();
  #rest: Buffer = Buffer.alloc(0);
  #next = 0;
  #ping: Cancel | null = null;
  isOver = false;

  constructor({ host, port, tls, user, password, topic }: MqttSettings, clock: Clock) {
    this.#socket = tls ? connectTls({ host, port, servername: host }) : connect({ host, port });
    this.#ready.promise.catch(() => {});
    const flags = 0x02 | 0x04 | 0x08 | 0x20 | (user === null ? 0 : 0xc0);
    const will = [field(`${topic}/online`), field('offline')];
    const login = user === null ? [] : [field(user), field(password)];
    this.#socket.on(tls ? 'secureConnect' : 'connect', () => {
      const head = [field('MQTT'), Buffer.from([4, flags]), number(keepAliveS), field(clientId)];
      this.#socket.write(mqttPacket(kinds.connect, ...head, ...will, ...login));
    });
    this.#socket.on('data', (bytes) => this.#take(bytes));
    this.#socket.on('error', (error) => this.end(error));
    this.#socket.on('close', () => this.end(new Error('the broker closed the connection')));
    const ping = () => {
      this.#socket.write(mqttPacket(kinds.ping));
      this.#ping = clock.after((keepAliveS * 1_000) / 2, ping);
    };
    void this.#ready.promise.then(ping, () => {});
  }

  async publish(topic: string, message: string, isKept: boolean): Promise<void> {
    await this.#ready.promise;
    if (this.isOver) throw new Error('the broker closed the connection');
    this.#next = (this.#next % 65_535) + 1;
    const waiting = Promise.withResolvers<void>();
    this.#waiting.set(this.#next, waiting);
    const kind = kinds.publish | (isKept ? retained : 0);
    this.#socket.write(mqttPacket(kind, field(topic), number(this.#next), Buffer.from(message, 'utf8')));
    return waiting.promise;
  }

  end(error: Error): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#ping?.();
    this.#socket.destroy();
    this.#ready.reject(error);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  /** Publishes that the appliance is offline, and ends the connection in order. */
  leave(topic: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#ping?.();
    const gone = mqttPacket(kinds.publish | retained, field(topic), number(1), Buffer.from('offline'));
    this.#socket.end(Buffer.concat([gone, mqttPacket(kinds.bye)]));
    this.#socket.unref();
  }

  #take(bytes: Buffer): void {
    const taken = takePackets(Buffer.concat([this.#rest, bytes]));
    if (taken === null) {
      this.end(new Error('what answers is no broker'));
      return;
    }
    this.#rest = taken.rest;
    for (const packet of taken.packets) {
      const kind = (packet[0] ?? 0) >> 4;
      if (kind === helloAnswer) this.#welcome(packet[2] ?? 255);
      if (kind !== publishAnswer) continue;
      const id = packet.length < 3 ? 0 : packet.readUInt16BE(1);
      this.#waiting.get(id)?.resolve();
      this.#waiting.delete(id);
    }
  }

  #welcome(code: number): void {
    if (code === 0) this.#ready.resolve();
    else this.end(new NotTaken(noWords[code] ?? `it refuses the connection (${code})`));
  }
}

/** What Home Assistant shows of the appliance, by the key of the state. */
const entities: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  state: { name: 'State', icon: 'mdi:draw-pen' },
  drawn: { name: 'Strokes drawn', icon: 'mdi:pen', state_class: 'total_increasing' },
  pending: { name: 'Strokes owed', icon: 'mdi:timer-sand', state_class: 'measurement' },
};

/** Messages sent once on each connection, by which Home Assistant discovers the appliance. */
function discoveryOf({ topic, discovery }: MqttSettings): readonly (readonly [topic: string, message: string])[] {
  const id = topic.replaceAll(/[^A-Za-z0-9_-]/g, '_');
  return Object.entries(entities).map(([key, entity]) => [
    `${discovery}/sensor/${id}/${key}/config`,
    JSON.stringify({
      ...entity,
      unique_id: `${id}_${key}`,
      state_topic: `${topic}/state`,
      value_template: `{{ value_json.${key} }}`,
      availability_topic: `${topic}/online`,
      device: { identifiers: [id], name: 'Livepen', manufacturer: 'Livepen' },
    }),
  ]);
}

/** The message for a passing event, below the topic of the appliance: `livepen/live/chat`. */
function passedMessage(topic: string, { eventKind, viewer, origin, atMs, values }: Task): Task['values'] {
  const message = eventKind === 'gap' ? values : { viewer, origin, atMs, ...values };
  return { topic: `${topic}/live/${eventKind}`, message: JSON.stringify(message) };
}

/**
 * Publishes to a broker: messages of rules, passing events and the state of the appliance. It subscribes to nothing.
 */
export function mqttOutlet(settings: MqttSettings, clock: Clock): Outlet {
  let talk: MqttTalk | null = null;

  async function connected(): Promise<MqttTalk> {
    if (talk !== null && !talk.isOver) return talk;
    const made = new MqttTalk(settings, clock);
    talk = made;
    for (const [topic, message] of discoveryOf(settings)) await made.publish(topic, message, true);
    await made.publish(`${settings.topic}/online`, 'online', true);
    return made;
  }

  return {
    name: 'mqtt',
    kind: 'durable',
    timeoutMs: mqttTimeoutMs,
    takes: (task) => task.action === 'mqtt' || isPassedTo(settings.kinds, task),
    async send(task, signal): Promise<Sent> {
      const {
        topic,
        message,
        isKept = false,
      } = task.action === 'mqtt' ? task.values : passedMessage(settings.topic, task);
      const cut = () => talk?.end(new Error('it did not answer in time'));
      signal.addEventListener('abort', cut, { once: true });
      try {
        const its = await connected();
        await its.publish(String(topic), String(message), isKept === true);
        return { ok: true };
      } catch (error) {
        cut();
        const isRefused = error instanceof NotTaken;
        const why = isRefused ? causeInWords(error) : `not reached: ${causeInWords(error, 'it closed the connection')}`;
        const remedy = 'Check host, port, name and password of the broker.';
        // Somebody will correct the password; what waits is not given up for it.
        return {
          ok: false,
          kind: 'unreachable',
          fault: outletFault(isRefused ? 'password' : 'unreachable', 'mqtt', why, remedy),
        };
      } finally {
        signal.removeEventListener('abort', cut);
      }
    },
    close: () => talk?.leave(`${settings.topic}/online`),
  };
}
