import type { Clock } from '../../domain/clock.ts';
import type { OpenPort, PortFinder, PortHandlers, PortInfo, PortRefusal } from '../../marlin/wire/port.ts';

/** Anything at the far end of a serial cable. */
export interface SerialDevice {
  listener: ((text: string) => void) | null;
  receive(text: string, byteMs?: number): void;
}

/** What noise made of a piece of text: pieces, each later than the one before by its delay. */
export type Noise = (text: string, direction: 'to-board' | 'to-host') => readonly { text: string; delayMs: number }[];

/** A cable between a port of this machine and a device; its fields are switched by tests. */
export interface Cable {
  readonly device: SerialDevice;
  readonly id: string | null;
  /** The socket it is plugged into. */
  readonly byPath: string | null;
  /** A name that another device can have too. */
  readonly sharedName: string | null;
  /** The system has not named it yet. */
  readonly isUnnamed: boolean;
  /** Time on the way, each direction, ms. */
  latencyMs: number;
  /** Time a byte takes, ms; 0: none. */
  byteMs: number;
  /** Only this speed is understood; null: any, as on native USB. */
  baudRate: number | null;
  /** Open but dead: nothing gets through. */
  dead: boolean;
  noise: Noise | null;
  /** Called when the port is opened: boards with auto-reset start anew. */
  onOpen: (() => void) | null;
}

interface Session {
  readonly handlers: PortHandlers;
  open: boolean;
}

/** Serial ports in software. */
export class VirtualPorts implements PortFinder {
  private readonly clock: Clock;
  private readonly cables = new Map<string, Cable>();
  private readonly sessions = new Map<string, Session>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Plugs a device in at `path`; gives the cable. */
  plug(path: string, device: SerialDevice, options: Partial<Omit<Cable, 'device'>> = {}): Cable {
    const cable: Cable = {
      device,
      id: null,
      byPath: null,
      sharedName: null,
      isUnnamed: false,
      latencyMs: 0,
      byteMs: 0,
      baudRate: null,
      dead: false,
      noise: null,
      onOpen: null,
      ...options,
    };
    this.cables.set(path, cable);
    return cable;
  }

  /** Pulls the cable at `path`; gives it, to be plugged in elsewhere. */
  unplug(path: string): Cable | null {
    const cable = this.cables.get(path) ?? null;
    this.cables.delete(path);
    const session = this.sessions.get(path);
    if (cable !== null) cable.device.listener = null;
    if (session?.open === true) {
      session.open = false;
      this.sessions.delete(path);
      queueMicrotask(() => session.handlers.closed('the cable was pulled'));
    }
    return cable;
  }

  async list(): Promise<readonly PortInfo[]> {
    return [...this.cables].map(([path, { id, byPath, sharedName, isUnnamed }]) => {
      return { path, id, byPath, sharedName, isUnnamed };
    });
  }

  async open(path: string, baudRate: number, handlers: PortHandlers): Promise<OpenPort | PortRefusal> {
    const cable = this.cables.get(path);
    if (cable === undefined) return { kind: 'missing', what: `No such file or directory, cannot open ${path}` };
    if (this.sessions.get(path)?.open === true) return { kind: 'in-use', what: `Cannot lock port ${path}` };
    const session: Session = { handlers, open: true };
    this.sessions.set(path, session);
    const understood = () => !cable.dead && (cable.baudRate === null || cable.baudRate === baudRate);
    const garbled = (text: string) => (understood() ? text : text.replace(/[\s\S]/g, '\xfe'));
    const toHost = this.wire(cable, 'to-host', (text) => {
      if (session.open && !cable.dead) handlers.heard(garbled(text));
    });
    const toBoard = this.wire(cable, 'to-board', (text) => {
      if (!cable.dead) cable.device.receive(garbled(text), cable.byteMs);
    });
    cable.device.listener = toHost;
    cable.onOpen?.();
    return {
      write: (text) => {
        if (session.open) toBoard(text);
      },
      close: async () => {
        if (!session.open) return;
        session.open = false;
        this.sessions.delete(path);
        if (cable.device.listener === toHost) cable.device.listener = null;
      },
    };
  }

  /** One direction of a cable: keeps the order, takes the time that it takes. */
  private wire(
    cable: Cable,
    direction: 'to-board' | 'to-host',
    arrive: (text: string) => void,
  ): (text: string) => void {
    let freeAtMs = 0;
    const carry = (text: string, delayMs: number) => {
      const nowMs = this.clock.nowMs();
      const atMs = Math.max(nowMs + delayMs, freeAtMs) + text.length * cable.byteMs;
      freeAtMs = atMs;
      if (atMs + cable.latencyMs <= nowMs) queueMicrotask(() => arrive(text));
      else this.clock.after(atMs + cable.latencyMs - nowMs, () => arrive(text));
    };
    return (text) => {
      const pieces = cable.noise?.(text, direction) ?? [{ text, delayMs: 0 }];
      for (const piece of pieces) {
        if (cable.byteMs === 0) carry(piece.text, piece.delayMs);
        else for (const line of piece.text.split(/(?<=\n)/)) carry(line, piece.delayMs);
      }
    };
  }
}
