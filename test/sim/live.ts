import type { Clock } from '../../src/domain/clock.ts';
import type { Random } from '../../src/domain/random.ts';
import type { Ear, EarListener } from '../../src/sources/tiktok/ear.ts';
import type { Ending } from '../../src/sources/tiktok/ending.ts';
import type { Message } from '../../src/sources/tiktok/message.ts';
import type { PlannedGift } from './plan.ts';
import type { Process } from './process.ts';
import { renamed } from './told-again.ts';

/** How far a streak (or a single gift) has come: what a frame of it tells. */
export interface Told {
  /** Names the gift among all gifts of the plan. */
  readonly gift: number;
  readonly count: number;
}

interface Frame {
  readonly atMs: number;
  readonly room: number;
  readonly message: Message;
  readonly told: Told | null;
}

/** Who gives what. */
interface Giving {
  readonly viewer: string;
  readonly gift: string;
  readonly streak: boolean;
}

interface Listening {
  readonly process: Process;
  readonly listener: EarListener;
  open: boolean;
  closed: boolean;
}

const connectMs = 300;
const latencyMs = 40;
const heartbeatMs = 10_000;
/** No gift map knows it. */
export const worthlessGift = 'Sand';
const floodPieces = 20;
/** A connection is first told what was said in this time before. */
const toldAgainMs = 60_000;

/** A live in software, at the level of messages: the real listener listens to it. */
export class SimLive {
  readonly faults = {
    silent: false,
    lose: null as Random | null,
    repeat: null as Random | null,
    shuffle: null as Random | null,
  };
  limitedUntilMs = 0;
  /** Connections that were asked for. */
  attempts = 0;
  /** Told whenever a frame has been handed to a living process. */
  onHeard: (told: Told, process: Process) => void = () => {};
  /** When anything was last handed to whoever listens. */
  lastSoundMs = 0;
  readonly #clock: Clock;
  readonly #frames: Frame[] = [];
  readonly #listening = new Set<Listening>();
  #room = 1;
  #onAir = true;
  #messages = 0;

  constructor(clock: Clock, gifts: readonly PlannedGift[]) {
    this.#clock = clock;
    gifts.forEach((gift, index) => {
      let room: number | null = null;
      gift.steps.forEach((count, step) => {
        clock.after(gift.atMs + step * gift.stepMs, () => {
          room ??= this.#room;
          // A live that ends takes its streaks with it.
          if (room !== this.#room) return;
          const ended = gift.streak && !gift.endless && step === gift.steps.length - 1;
          this.#tell(this.#giftMessage(gift, index, count, ended), { gift: index, count });
        });
      });
    });
    this.#beat();
  }

  /** The ear of one process. */
  ear(process: Process): Ear {
    return {
      attempt: (_user, listener) => {
        this.attempts += 1;
        const one: Listening = { process, listener, open: false, closed: false };
        this.#listening.add(one);
        this.#clock.after(connectMs, () => this.#connect(one));
        return {
          drain: () => {},
          close: async () => {
            this.#close(one);
          },
        };
      },
    };
  }

  /** Whether a connection to this process stands, be it a silent one. */
  isHeardBy(process: Process): boolean {
    return [...this.#listening].some((one) => one.process === process && one.open && !one.closed);
  }

  /** Connections break. */
  drop(): void {
    for (const one of this.#listening) if (one.open) this.#end(one, { kind: 'lost', why: 'the connection broke' });
  }

  /** A crowd gives so many gifts that pay for nothing, in so much time; nobody tells them again. */
  flood(gifts: number, forMs: number): void {
    for (let piece = 0; piece < floodPieces; piece += 1) {
      const messages = Array.from({ length: Math.ceil(gifts / floodPieces) }, (_, index) =>
        this.#giftMessage({ viewer: 'a crowd', gift: worthlessGift, streak: false }, index, 1, false),
      );
      this.#clock.after((forMs * piece) / floodPieces, () => {
        if (this.faults.silent) return;
        for (const one of [...this.#listening]) {
          if (one.open && !one.closed) this.#enter(one, () => one.listener.messages(messages));
        }
      });
    }
  }

  /** The stream ends; `begin` begins the next one, in another room. */
  over(): void {
    this.#onAir = false;
    const message = this.#message('WebcastControlMessage', { action: 3 });
    for (const one of [...this.#listening]) {
      if (!one.open || one.closed) continue;
      this.#enter(one, () => one.listener.messages([message]));
    }
  }

  begin(): void {
    if (this.#onAir) return;
    this.#onAir = true;
    this.#room += 1;
  }

  #connect(one: Listening): void {
    if (one.closed || !one.process.alive) return;
    // A silent network lets nobody in: the attempt runs into its own limit.
    if (this.faults.silent) return;
    if (this.limitedUntilMs > this.#clock.nowMs()) {
      this.#end(one, { kind: 'rate-limited', retryAfterMs: this.limitedUntilMs - this.#clock.nowMs() });
      return;
    }
    if (!this.#onAir) {
      this.#end(one, { kind: 'not-live' });
      return;
    }
    one.open = true;
    const sinceMs = this.#clock.nowMs() - toldAgainMs;
    const recent = this.#frames.filter(({ atMs, room }) => room === this.#room && atMs >= sinceMs);
    this.#enter(one, () => {
      one.listener.reached(`room-${this.#room}`);
      one.listener.entered(`room-${this.#room}`);
      this.#hand(one, recent);
    });
  }

  #hand(one: Listening, frames: readonly Frame[]): void {
    if (frames.length === 0) return;
    for (const { told } of frames) if (told !== null) this.onHeard(told, one.process);
    one.listener.messages(frames.map(({ message }) => message));
  }

  #tell(message: Message, told: Told): void {
    if (!this.#onAir) return;
    const frame: Frame = { atMs: this.#clock.nowMs(), room: this.#room, message, told };
    const { lose, repeat, shuffle, silent } = this.faults;
    // The platform has lost it: it is not told again either.
    if (lose !== null && lose() < 0.3) return;
    this.#frames.push(frame);
    if (silent) return;
    const copies = repeat !== null && repeat() < 0.6 ? 1 + Math.floor(repeat() * 3) : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const again =
        copy === 0 || (repeat?.() ?? 1) < 0.5 ? frame : { ...frame, message: renamed(message, () => this.#nextId()) };
      const lateMs = (shuffle === null ? 0 : shuffle() * 1_500) + (copy === 0 ? 0 : (repeat?.() ?? 0) * 2_000);
      this.#clock.after(latencyMs + lateMs, () => this.#deliver(again));
    }
  }

  #deliver(frame: Frame): void {
    if (this.faults.silent) return;
    for (const one of [...this.#listening]) {
      if (one.open && !one.closed) this.#enter(one, () => this.#hand(one, [frame]));
    }
  }

  #enter(one: Listening, task: () => void): void {
    this.lastSoundMs = this.#clock.nowMs();
    one.process.enter(() => {
      if (!one.closed) task();
    });
  }

  #end(one: Listening, ending: Ending): void {
    one.open = false;
    this.#enter(one, () => one.listener.ended(ending));
  }

  #close(one: Listening): void {
    one.closed = true;
    one.open = false;
    this.#listening.delete(one);
  }

  #beat(): void {
    this.#clock.after(heartbeatMs, () => {
      for (const one of [...this.#listening]) {
        if (!one.process.alive) this.#close(one);
        else if (one.open && !this.faults.silent) this.#enter(one, () => one.listener.alive());
      }
      this.#beat();
    });
  }

  #giftMessage({ viewer, gift, streak }: Giving, index: number, count: number, ended: boolean): Message {
    return this.#message('WebcastGiftMessage', {
      user: { id: `id-of-${viewer}`, nickname: viewer },
      giftId: `id-of-${gift}`,
      gift: { id: `id-of-${gift}`, name: gift, type: streak ? 1 : 2, diamondCount: 1 },
      groupId: streak ? `group-${index}` : '0',
      repeatCount: count,
      repeatEnd: ended ? 1 : 0,
      toUser: { id: 'host' },
    });
  }

  #nextId(): string {
    this.#messages += 1;
    return `m${this.#messages}`;
  }

  #message(method: string, data: Readonly<Record<string, unknown>>): Message {
    const msgId = this.#nextId();
    const common = { msgId, roomId: `room-${this.#room}`, createTime: String(this.#clock.wallMs()) };
    return { method, msgId, bytes: 100, content: { kind: 'decoded', data: { common, ...data } } };
  }
}
