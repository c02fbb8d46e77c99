import type { Clock, Random } from '../../src/domain/clock.ts';
import { FrameQueue } from '../../src/sources/connection/frame-queue.ts';
import type { Ending } from '../../src/sources/tiktok/ending.ts';
import type { Provider, ProviderListener } from '../../src/sources/tiktok/provider.ts';
import type { PlannedChat, PlannedGift } from './plan.ts';
import type { Process } from './process.ts';
import { renamed } from './told-again.ts';
import { overTheWire, type SimMessage } from './wire-form.ts';

/** How far a streak (or a single gift) has come: what a frame of it tells. */
export interface Told {
  /** Names the gift among all gifts of the plan. */
  readonly gift: number;
  readonly count: number;
}

interface Frame {
  readonly atMs: number;
  readonly room: number;
  readonly message: SimMessage;
  readonly told: Told | null;
  /** What somebody says with it. */
  readonly said: string | null;
}

/** Who gives what. */
interface Giving {
  readonly viewer: string;
  readonly gift: string;
  readonly streak: boolean;
}

interface Listening {
  readonly process: Process;
  readonly listener: ProviderListener;
  /** What was read from the network and waits for its turn, as in the connections of the product. */
  readonly queue: FrameQueue<() => number>;
  open: boolean;
  closed: boolean;
}

const connectMs = 300;
const latencyMs = 40;
const heartbeatMs = 10_000;
/** No gift map knows it. */
export const worthlessGift = 'Sand';
const floodPieces = 20;
/** So long after the end of the stream its last gifts are still sent. */
const afterEndMs = 3_000;
/** A connection is first told what was said in this time before. */
const toldAgainMs = 60_000;

/** Numbers of a room, a viewer, a gift, a receiver and a message are as long as the platform's. */
const firstId = {
  room: 7_300_000_000_000_000_000n,
  viewer: 7_100_000_000_000_000_000n,
  message: 7_500_000_000_000_000_000n,
};
const host = '6900000000000000001';
/** No time: the group of a streak tells nothing of when it began. */
const firstGroup = 1_000;

/** A live in software, whose frames come over the wire: the real listener listens to it. */
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
  /** The same of what somebody said. */
  onSaid: (text: string, process: Process) => void = () => {};
  /** When anything was last handed to whoever listens. */
  lastSoundMs = 0;
  readonly #clock: Clock;
  readonly #gifts: readonly PlannedGift[];
  readonly #frames: Frame[] = [];
  readonly #listening = new Set<Listening>();
  #room = 1;
  #onAir = true;
  #endedAtMs = Number.NEGATIVE_INFINITY;
  /** Connections that the service itself closed after the end of the stream: what it was still sent is missing. */
  #closedAfterEnd: Listening[] = [];
  #messages = 0;
  readonly #numbers = new Map<string, number>();

  constructor(clock: Clock, gifts: readonly PlannedGift[], chats: readonly PlannedChat[] = []) {
    this.#clock = clock;
    this.#gifts = gifts;
    gifts.forEach((gift, index) => {
      let room: number | null = null;
      gift.steps.forEach((count, step) => {
        clock.after(gift.atMs + step * gift.stepMs, () => {
          room ??= this.#room;
          // A live that ends takes its streaks with it, but for the last seconds.
          if (room !== this.#room) return;
          const ended = gift.streak && !gift.endless && step === gift.steps.length - 1;
          this.#tell({
            message: this.#giftMessage(gift, index, count, ended),
            told: { gift: index, count },
            said: null,
          });
        });
      });
    });
    for (const chat of chats)
      clock.after(chat.atMs, () => this.#tell({ message: this.#chatMessage(chat), told: null, said: chat.text }));
    this.#beat();
  }

  /** The ear of one process. */
  ear(process: Process, settled: () => Promise<void>): Provider {
    return {
      attempt: (_user, listener) => {
        this.attempts += 1;
        // What is not read the server keeps: here without a bound.
        const handle = (read: () => number) => read();
        const queue = new FrameQueue({ clock: process.clock, handle, flow: () => {}, settled });
        const one: Listening = { process, listener, queue, open: false, closed: false };
        this.#listening.add(one);
        this.#clock.after(connectMs, () => this.#connect(one));
        return {
          isHeld: () => queue.isHeld,
          drain: () => queue.flush(),
          close: async (politely) => {
            queue.close();
            if (!politely && one.open && !this.#onAir) this.#closedAfterEnd.push(one);
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
          if (one.open && !one.closed) this.#enter(one, () => this.#read(one, [], [], messages));
        }
      });
    }
  }

  /** The stream ends; `begin` begins the next one, in another room. */
  over(): void {
    this.#onAir = false;
    this.#endedAtMs = this.#clock.nowMs();
    const message: SimMessage = { method: 'WebcastControlMessage', data: { common: this.#common(), action: 3 } };
    for (const one of [...this.#listening]) {
      if (!one.open || one.closed) continue;
      this.#enter(one, () => this.#read(one, [], [], [message]));
    }
  }

  begin(): void {
    if (this.#onAir) return;
    this.#onAir = true;
    this.#closedAfterEnd = [];
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
      // All pages deny a user at times, for no reason that they tell.
      this.#end(one, this.attempts % 2 === 0 ? { kind: 'unknown-user', user: 'somebody' } : { kind: 'not-live' });
      return;
    }
    one.open = true;
    const sinceMs = this.#clock.nowMs() - toldAgainMs;
    const recent = this.#frames.filter(({ atMs, room }) => room === this.#room && atMs >= sinceMs);
    this.#enter(one, () => {
      one.listener.reached(this.#roomId);
      one.listener.entered(this.#roomId);
      this.#hand(one, recent);
    });
  }

  #hand(one: Listening, frames: readonly Frame[]): void {
    const told = frames.flatMap((frame) => frame.told ?? []);
    const said = frames.flatMap((frame) => frame.said ?? []);
    if (frames.length > 0)
      this.#read(
        one,
        told,
        said,
        frames.map(({ message }) => message),
      );
  }

  /** One frame arrives; it is heard when the process handles it. */
  #read(one: Listening, told: readonly Told[], said: readonly string[], messages: readonly SimMessage[]): void {
    one.queue.push(() => {
      for (const each of told) this.onHeard(each, one.process);
      for (const each of said) this.onSaid(each, one.process);
      one.listener.alive();
      try {
        one.listener.messages(overTheWire(messages));
      } catch (error) {
        one.listener.undecodable(String(error), new Uint8Array(0));
      }
      return messages.length;
    });
  }

  #tell(what: Pick<Frame, 'message' | 'told' | 'said'>): void {
    if (!this.#onAir && this.#clock.nowMs() - this.#endedAtMs > afterEndMs) return;
    const frame: Frame = { atMs: this.#clock.nowMs(), room: this.#room, ...what };
    const { lose, repeat, shuffle, silent } = this.faults;
    // The platform has lost it: it is not told again either.
    if (lose !== null && lose() < 0.3) return;
    this.#frames.push(frame);
    if (silent) return;
    const copies = repeat !== null && repeat() < 0.6 ? 1 + Math.floor(repeat() * 3) : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const again =
        copy === 0 || (repeat?.() ?? 1) < 0.5
          ? frame
          : { ...frame, message: renamed(what.message, () => this.#nextId()) };
      const lateMs = (shuffle === null ? 0 : shuffle() * 1_500) + (copy === 0 ? 0 : (repeat?.() ?? 0) * 2_000);
      this.#clock.after(latencyMs + lateMs, () => this.#deliver(again));
    }
  }

  #deliver(frame: Frame): void {
    if (this.faults.silent) return;
    for (const one of [...this.#listening]) {
      if (one.open && !one.closed) this.#enter(one, () => this.#hand(one, [frame]));
    }
    for (const { process } of this.#closedAfterEnd) {
      if (process.alive && frame.told !== null) this.onHeard(frame.told, process);
      if (process.alive && frame.said !== null) this.onSaid(frame.said, process);
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
    this.#enter(one, () => {
      one.queue.flush();
      one.listener.ended(ending);
    });
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

  /** Of some gifts a message leaves out whom they are for; some come as streaks though their type says otherwise. */
  #giftMessage({ viewer, gift, streak }: Giving, index: number, count: number, ended: boolean): SimMessage {
    // Beside a single gift without a group nothing would tell whether it is the first message of this one.
    const isAlone = !this.#gifts.some((each) => !each.streak && each.viewer === viewer && each.gift === gift);
    const namesReceiver = !streak || index % 3 !== 1 || count % 2 === 0;
    const giftId = String(5_000 + this.#numberOf(gift));
    const type = streak && (index % 3 !== 2 || !isAlone) ? 1 : 2;
    const data = {
      common: this.#common(),
      user: { id: String(firstId.viewer + BigInt(this.#numberOf(viewer))), nickname: viewer },
      giftId,
      gift: { id: giftId, name: gift, type, diamondCount: 1 },
      groupId: streak ? String(firstGroup + index) : '0',
      repeatCount: count,
      repeatEnd: ended ? 1 : 0,
      ...(namesReceiver ? { toUser: { id: host } } : {}),
    };
    return { method: 'WebcastGiftMessage', data };
  }

  #chatMessage({ viewer, text }: PlannedChat): SimMessage {
    const user = { id: String(firstId.viewer + BigInt(this.#numberOf(viewer))), nickname: viewer };
    return { method: 'WebcastChatMessage', data: { common: this.#common(), user, content: text } };
  }

  /** The same name has the same number. */
  #numberOf(name: string): number {
    const known = this.#numbers.get(name) ?? this.#numbers.size + 1;
    this.#numbers.set(name, known);
    return known;
  }

  get #roomId(): string {
    return String(firstId.room + BigInt(this.#room));
  }

  #nextId(): string {
    this.#messages += 1;
    return String(firstId.message + BigInt(this.#messages));
  }

  #common() {
    return { msgId: this.#nextId(), roomId: this.#roomId, createTime: String(this.#clock.wallMs()) };
  }
}
