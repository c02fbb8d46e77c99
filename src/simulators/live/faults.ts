import type { SentMessage } from './messages.ts';
import type { Peer } from './websocket-server.ts';

/** Which door of the server refuses. */
export type Door = 'sign' | 'page' | 'upgrade';

export interface ServedRefusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

interface FaultyWire {
  send(batch: readonly SentMessage[], paddingBytes: number, half: boolean): void;
  openPeers(): readonly Peer[];
}

/** The faults that a virtual live can be made to have. Those that are named "next" hold for one frame. */
export class Faults {
  readonly #wire: FaultyWire;
  readonly #refusals: Record<Door, (ServedRefusal | 'stall')[]> = { sign: [], page: [], upgrade: [] };
  readonly #closes: number[] = [];
  #shut = 0;
  #unanswered = 0;
  #lateNameMs = 0;
  #babble = 0;
  #corrupt = 0;
  #padding = 0;
  #swapped: (readonly SentMessage[])[] = [];
  #swapNext = false;
  #half = false;
  #lost = 0;

  constructor(wire: FaultyWire) {
    this.#wire = wire;
  }

  /** The next requests at this door are refused, one by one. */
  refuse(door: Door, ...refusals: readonly ServedRefusal[]): void {
    this.#refusals[door].push(...refusals);
  }

  /** The next request at this door is never answered. */
  stall(door: Door): void {
    this.#refusals[door].push('stall');
  }

  /** The next WebSocket is closed with this code as soon as it is open. */
  closeNext(code: number): void {
    this.#closes.push(code);
  }

  /** The next WebSocket is not let into the room: its heartbeats are answered, and it hears nothing else. */
  shutNext(): void {
    this.#shut += 1;
  }

  /** The next request to enter the room is granted without a word. */
  leaveEntryUnanswered(): void {
    this.#unanswered += 1;
  }

  /** The next WebSocket whose messages do not name their room learns its name so much later, ms. */
  nameRoomLate(afterMs: number): void {
    this.#lateNameMs = afterMs;
  }

  /** The next WebSocket gets bytes that are no frame together with the word that it is open. */
  babbleNext(): void {
    this.#babble += 1;
  }

  /** Open connections get bytes that are no frame. */
  babble(): void {
    for (const peer of this.#wire.openPeers()) peer.babble();
  }

  /** Open connections, also those that were not let in, get a frame of which nothing can be read. */
  mumble(): void {
    for (const peer of this.#wire.openPeers()) peer.send(Uint8Array.of(0xff));
  }

  /** The next gift does not decode. */
  corruptNextGift(): void {
    this.#corrupt += 1;
  }

  /** The next frame is that much larger, so that it takes longer to inflate than the one after it. */
  padNext(bytes: number): void {
    this.#padding = bytes;
  }

  /** The next frame arrives after the one that follows it. */
  swapNext(): void {
    this.#swapNext = true;
  }

  /** The next frame never arrives. */
  loseNext(): void {
    this.#lost += 1;
  }

  /** The next frame ends in the middle, and the connection with it. */
  cutNext(): void {
    this.#half = true;
  }

  /** Open connections stay open and nothing moves on them any more. */
  goSilent(): void {
    for (const peer of this.#wire.openPeers()) peer.mute(true);
  }

  /** Open connections come to life again. */
  speakAgain(): void {
    for (const peer of this.#wire.openPeers()) peer.mute(false);
  }

  /** Sends a batch with the faults that are due. */
  pass(batch: readonly SentMessage[]): void {
    if (this.#lost > 0) {
      this.#lost -= 1;
      return;
    }
    if (this.#swapNext) {
      this.#swapNext = false;
      this.#swapped.unshift(batch);
      return;
    }
    const padding = this.#padding;
    const half = this.#half;
    this.#padding = 0;
    this.#half = false;
    this.#wire.send(
      batch.map((message) => this.#corrupted(message)),
      padding,
      half,
    );
    const late = this.#swapped;
    this.#swapped = [];
    for (const each of late) this.#wire.send(each, 0, false);
  }

  takeRefusal(door: Door): ServedRefusal | 'stall' | null {
    return this.#refusals[door].shift() ?? null;
  }

  takeClose(): number | null {
    return this.#closes.shift() ?? null;
  }

  takeShut(): boolean {
    if (this.#shut === 0) return false;
    this.#shut -= 1;
    return true;
  }

  takeLateName(): number {
    const lateMs = this.#lateNameMs;
    this.#lateNameMs = 0;
    return lateMs;
  }

  takeUnanswered(): boolean {
    if (this.#unanswered === 0) return false;
    this.#unanswered -= 1;
    return true;
  }

  takeBabble(): boolean {
    if (this.#babble === 0) return false;
    this.#babble -= 1;
    return true;
  }

  #corrupted(message: SentMessage): SentMessage {
    if (message.kind !== 'gift' || this.#corrupt === 0) return message;
    this.#corrupt -= 1;
    return { kind: 'corrupt', msgId: message.msgId, atMs: message.atMs, of: message };
  }
}
