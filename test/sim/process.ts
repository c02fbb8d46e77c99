import type { Cancel, Clock } from '../../src/domain/clock.ts';
import { isRefusal, type OpenPort, type PortFinder } from '../../src/marlin/wire/port.ts';

/** Sums of times round; less than this is no time. */
const hardlyMs = 1e-6;

/** What a process may tell the world about itself. */
export interface ProcessWatch {
  /** A line is about to leave for the plotter; false: the process dies instead. */
  writes(text: string): boolean;
}

/**
 * One process with one thread on a machine that goes on without it. It can die at any moment: its timers never fire
 * again, its ports fall shut, nothing of it is heard. And it can stand still, in a write to a slow disk: its own time is
 * then ahead of the world's, what comes in waits in order, what it does next the world sees when the stall is over. What
 * waits at a port is read in one piece, as the kernel hands it over: nothing is sent between one half of it and the other.
 */
export class Process {
  alive = true;
  /** Time spent standing still so far, ms. */
  stalledMs = 0;
  /** Dies that many awaits after that many more tasks have come in; null: not of this. */
  death: { tasks: number; readonly awaits: number; readonly die: () => void } | null = null;
  /** Ports that were opened or tried. */
  opens = 0;
  /** Timers that are set. */
  timers = 0;
  readonly clock: Clock;
  readonly ports: PortFinder;
  readonly #world: Clock;
  readonly #watch: ProcessWatch;
  readonly #waiting: (() => void)[] = [];
  readonly #open = new Set<OpenPort>();
  #draining = false;
  #aheadMs = Number.NEGATIVE_INFINITY;

  constructor(world: Clock, ports: PortFinder, watch: ProcessWatch) {
    this.#world = world;
    this.#watch = watch;
    this.clock = {
      nowMs: () => this.nowMs,
      wallMs: () => Math.round(world.wallMs() + this.nowMs - world.nowMs()),
      after: (delayMs, task) => this.#after(delayMs, task),
    };
    this.ports = {
      list: () => ports.list(),
      open: (path, baudRate, handlers) => this.#openPort(ports, path, baudRate, handlers),
    };
  }

  get nowMs(): number {
    return Math.max(this.#world.nowMs(), this.#aheadMs);
  }

  /** It stands still for so long. */
  stall(ms: number): void {
    if (ms <= 0) return;
    this.#aheadMs = this.nowMs + ms;
    this.stalledMs += ms;
  }

  /** Something comes in from the world: at once, or when the process moves again, in order. */
  enter(task: () => void): void {
    if (!this.alive) return;
    if (this.#waiting.length === 0 && !this.#stalled) {
      this.#run(task);
      return;
    }
    this.#waiting.push(task);
    this.#drain();
  }

  /** As SIGKILL does, or a power cut: nobody says goodbye. */
  kill(): void {
    this.alive = false;
    this.#waiting.length = 0;
    for (const port of this.#open) void port.close();
    this.#open.clear();
  }

  #run(task: () => void): void {
    task();
    const { death } = this;
    if (death === null) return;
    death.tasks -= 1;
    if (death.tasks > 0) return;
    this.death = null;
    let awaits = death.awaits;
    const step = () => {
      awaits -= 1;
      if (awaits < 0) death.die();
      else queueMicrotask(step);
    };
    step();
  }

  get #stalled(): boolean {
    return this.#aheadMs - this.#world.nowMs() > hardlyMs;
  }

  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#world.after(this.nowMs - this.#world.nowMs(), () => {
      this.#draining = false;
      const next = this.alive && !this.#stalled ? this.#waiting.shift() : undefined;
      if (next !== undefined) this.#run(next);
      if (this.alive && this.#waiting.length > 0) this.#drain();
    });
  }

  #after(delayMs: number, task: () => void): Cancel {
    const dueMs = this.nowMs + Math.max(0, delayMs);
    let cancelled = false;
    this.timers += 1;
    const cancel = this.#world.after(dueMs - this.#world.nowMs(), () => {
      this.enter(() => {
        if (cancelled) return;
        cancelled = true;
        this.timers -= 1;
        task();
      });
    });
    return () => {
      if (cancelled) return;
      cancelled = true;
      this.timers -= 1;
      cancel();
    };
  }

  async #openPort(...[ports, path, baudRate, handlers]: [PortFinder, ...Parameters<PortFinder['open']>]) {
    this.opens += 1;
    if (!this.alive) return { kind: 'failed', what: 'the process is dead' } as const;
    let unread = '';
    const read = () => {
      const text = unread;
      unread = '';
      handlers.heard(text);
    };
    const port = await ports.open(path, baudRate, {
      heard: (text) => {
        const isRead = unread === '';
        unread += text;
        if (isRead) this.enter(read);
      },
      closed: (why) => this.enter(() => handlers.closed(why)),
    });
    if (isRefusal(port)) return port;
    if (this.alive) this.#open.add(port);
    else void port.close();
    return {
      write: (text: string) => this.#write(port, text),
      close: () => {
        this.#open.delete(port);
        return port.close();
      },
    };
  }

  #write(port: OpenPort, text: string): void {
    if (!this.alive || !this.#watch.writes(text)) return;
    if (!this.#stalled) {
      port.write(text);
      return;
    }
    this.#world.after(this.nowMs - this.#world.nowMs(), () => {
      if (this.alive) port.write(text);
    });
  }
}
