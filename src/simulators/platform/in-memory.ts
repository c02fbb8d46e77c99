import type { Clock } from '../../domain/clock.ts';
import type { HttpPort, SocketEnd, SocketListener, SocketPort, SocketTarget } from '../../sources/connection/ports.ts';
import type { PlatformEnd, PlatformTalk, VirtualPlatform } from './platform.ts';

/** The network between a client and a platform in software, with what can be wrong with it. */
export interface Network {
  readonly sockets: SocketPort;
  readonly http: HttpPort;
  /** Nothing passes in either direction, and what is open stays open. */
  isSilent: boolean;
  /** Every request and every socket fails at once. */
  isDown: boolean;
  /** So many sockets are open, as far as the client knows. */
  readonly open: number;
  /** So many were asked for. */
  readonly asked: number;
  /** Messages that wait because the client does not read. */
  readonly unread: number;
  /** When anything last came through to the client, by the clock. */
  readonly lastSoundMs: number;
  /** Cuts all that is open. */
  drop(): void;
}

interface NetworkOptions {
  readonly clock: Clock;
  readonly platform: VirtualPlatform;
  readonly latencyMs?: number;
  /** Where the client's code runs. */
  readonly enter?: (task: () => void) => void;
}

/** A network in memory that leads to one platform, whatever the address. */
export function networkTo(options: NetworkOptions): Network {
  return new MemoryNetwork(options);
}

class MemoryNetwork implements Network {
  readonly #options: NetworkOptions;
  readonly #open = new Set<MemorySocket>();
  isSilent = false;
  isDown = false;
  asked = 0;
  lastSoundMs = 0;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  get open(): number {
    return this.#open.size;
  }

  get unread(): number {
    return [...this.#open].reduce((sum, { unread }) => sum + unread, 0);
  }

  readonly sockets: SocketPort = {
    open: (target, listener) => {
      this.asked += 1;
      const socket = new MemorySocket(this, target, listener);
      this.#open.add(socket);
      return socket;
    },
  };

  readonly http: HttpPort = {
    ask: ({ signal, body, ...request }) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        this.pass(() => {
          if (this.isDown) {
            this.toClient(() => reject(new Error('getaddrinfo ENOTFOUND platform')));
            return;
          }
          const answer = this.#options.platform.answer({ ...request, url: new URL(request.url), body: body ?? '' });
          if (answer !== null) this.pass(() => this.toClient(() => resolve(answer)));
        });
      }),
  };

  drop(): void {
    for (const socket of [...this.#open]) socket.cut();
  }

  connect(target: SocketTarget, end: PlatformEnd) {
    return this.#options.platform.connect(target, end);
  }

  /** What is under way arrives later, unless the network is silent then. */
  pass(task: () => void): void {
    this.#options.clock.after(this.#options.latencyMs ?? 1, () => {
      if (!this.isSilent) task();
    });
  }

  toClient(task: () => void): void {
    this.lastSoundMs = this.#options.clock.nowMs();
    const { enter = (run: () => void) => run() } = this.#options;
    enter(task);
  }

  gone(socket: MemorySocket): void {
    this.#open.delete(socket);
  }
}

class MemorySocket implements SocketEnd {
  readonly #network: MemoryNetwork;
  readonly #listener: SocketListener;
  #talk: PlatformTalk | null = null;
  #isOver = false;
  #isReading = true;
  #waiting: (() => void)[] = [];

  constructor(network: MemoryNetwork, target: SocketTarget, listener: SocketListener) {
    this.#network = network;
    this.#listener = listener;
    network.pass(() => this.#connect(target));
  }

  get unread(): number {
    return this.#waiting.length;
  }

  send(text: string): void {
    if (!this.#isOver) this.#network.pass(() => this.#talk?.message(text));
  }

  ping(): void {
    if (!this.#isOver) this.#network.pass(() => this.#toClient(() => this.#listener.pong()));
  }

  letFlow(isReading: boolean): void {
    this.#isReading = isReading;
    while (this.#isReading && this.#waiting.length > 0) this.#waiting.shift()?.();
  }

  close(): void {
    this.#end(1000, '', null);
  }

  terminate(): void {
    this.#end(1006, '', null);
  }

  /** The network cuts it. */
  cut(): void {
    this.#end(1006, '', null);
  }

  #connect(target: SocketTarget): void {
    if (this.#isOver) return;
    if (this.#network.isDown) {
      this.#end(1006, '', new Error('getaddrinfo ENOTFOUND platform'));
      return;
    }
    const talk = this.#network.connect(target, {
      send: (text) =>
        this.#network.pass(() => this.#toClient(() => this.#listener.message(text, Buffer.byteLength(text)))),
      close: (code, reason) => this.#network.pass(() => this.#end(code, reason, null)),
      cut: () => this.cut(),
    });
    this.#network.pass(() => {
      if (this.#isOver) return;
      if ('status' in talk) {
        this.#over();
        this.#network.toClient(() => this.#listener.refused(talk));
        return;
      }
      this.#talk = talk;
      this.#network.toClient(() => this.#listener.opened());
      talk.opened();
    });
  }

  #toClient(task: () => void): void {
    const deliver = () => {
      if (!this.#isOver) this.#network.toClient(task);
    };
    if (this.#isReading) deliver();
    else this.#waiting.push(deliver);
  }

  #end(code: number, reason: string, error: unknown): void {
    if (this.#isOver) return;
    this.#over();
    this.#network.toClient(() => this.#listener.closed(code, reason, error));
  }

  #over(): void {
    this.#isOver = true;
    this.#waiting = [];
    this.#network.gone(this);
    this.#talk?.closed();
    this.#talk = null;
  }
}
