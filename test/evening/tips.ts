import type { Clock, Random } from '../../src/domain/clock.ts';
import type { LiveSource } from '../../src/domain/live-source.ts';
import { silentLog } from '../../src/domain/log.ts';
import type { Gap } from '../../src/ledger/live-times.ts';
import type { SeenGift } from '../../src/ledger/payers.ts';
import { createGateway, type VirtualGateway } from '../../src/simulators/gateway/gateway.ts';
import { jsonAnswer } from '../../src/simulators/platform/platform.ts';
import type { SocketPort } from '../../src/sources/connection/ports.ts';
import { createJoystickSource } from '../../src/sources/joystick/source.ts';
import type { Process } from '../sim/process.ts';
import { clientId, tokensIn } from '../sources/joystick/rig.ts';
import { pick, whole } from './dice.ts';
import { NetworkedPlatform } from './networked.ts';
import type { Listening } from './platform.ts';

/** What was heard this long before a death must be on disk. */
const writtenWithinMs = 100;
/** Two pings. */
const silenceLimitMs = 6_000;
/** A gap begins with the last sound, and what is given on its edge may still be on its way. */
const edgeMs = 3_100;
/** What tips are worth. */
export const tipLine = { per: 10, strokes: 3, row: '1' };

interface Delivered {
  readonly id: string;
  readonly process: Process;
  readonly atMs: number;
}

/** Joystick.tv: nothing is said twice there, so that what nobody heard is gone. */
export class TipsOfAnEvening extends NetworkedPlatform {
  readonly name = 'joystick';
  readonly #gateway: VirtualGateway;
  #isLive = true;
  /** Somebody has listened, and knows that they did. */
  #wasHeard = false;
  /** When tips were given to which nobody listened, wall times. */
  readonly #missedMs: number[] = [];
  /** Tips by their ids; each has another amount, so that it is known again in the ledger. */
  readonly #tokens = new Map<string, number>();
  #fresh: Delivered[] = [];
  readonly #sure = new Set<string>();
  readonly #perhaps = new Set<string>();

  constructor(clock: Clock, random: Random, folder: string) {
    const gateway = createGateway({ clock, refusal: pick(random, ['code', 'frame']), form: pick(random, [1, 2]) });
    super(clock, random, folder, gateway, silenceLimitMs);
    this.#gateway = gateway;
    this.#signIn();
  }

  #signIn(): void {
    const { access, refresh } = this.#gateway.installations.install(clientId, []);
    const since = Math.round(this.clock.wallMs());
    this.file.write({ accessToken: access, refreshToken: refresh, endsAtMs: null, since });
  }

  source({ process, random, settled }: Listening): LiveSource {
    const network = this.open(process);
    return createJoystickSource({
      clock: process.clock,
      random,
      log: silentLog,
      sockets: this.#watched(network.sockets, process),
      http: network.http,
      tokens: tokensIn(this.file.path, process.clock, network.http),
      api: 'https://gateway.example',
      reconnectMaxAttempts: 0,
      clockIsSet: () => true,
      wanted: new Set(),
      settled,
    });
  }

  /** What is handed to a living process counts as delivered. */
  #watched(sockets: SocketPort, process: Process): SocketPort {
    return {
      open: (target, listener) =>
        sockets.open(target, {
          opened: () => listener.opened(),
          pong: () => listener.pong(),
          refused: (answer) => listener.refused(answer),
          closed: (...how) => listener.closed(...how),
          message: (text, bytes) => {
            for (const [id] of this.#tokens) if (text.includes(id)) this.#deliver(id, process);
            listener.message(text, bytes);
          },
        }),
    };
  }

  #deliver(id: string, process: Process): void {
    this.#perhaps.add(id);
    this.#fresh.push({ id, process, atMs: process.nowMs });
  }

  override died(process: Process): void {
    for (const each of this.#fresh) if (process.nowMs - each.atMs > writtenWithinMs) this.#sure.add(each.id);
    this.#fresh = [];
    // Whoever did not know that the stream is on does not know when it began.
    if (this.#gateway.counts().subscribed === 0 || !this.#isLive) this.#wasHeard = false;
    super.died(process);
  }

  settle(): void {
    for (const { id } of this.#fresh) this.#sure.add(id);
    this.#fresh = [];
  }

  give(): void {
    const tokens = 1_000 + this.#tokens.size;
    const id = `5b0c6a0e-0000-4000-8000-${String(this.#gateway.counts().said + 1).padStart(12, '0')}`;
    this.#tokens.set(id, tokens);
    const who = pick(this.random, ['Rosa', 'Ink', 'Feather', '']);
    const said = this.#gateway.say('tipped', { who, what: 'Tipped', how_much: tokens, tip_menu_item: null });
    if (said !== id) throw new Error(`the tip is ${said}, not ${id}`);
    const isHeard = this.#gateway.counts().subscribed > 0;
    this.#wasHeard ||= isHeard;
    if (this.#wasHeard && !isHeard && this.#isLive) this.#missedMs.push(this.clock.wallMs());
  }

  protected failures(forMs: number): readonly (() => void)[] {
    const { random } = this;
    const gateway = this.#gateway;
    return [
      () => gateway.restart(),
      () => gateway.closeAll(pick(random, [1001, 1011, 4401])),
      () => gateway.faults.next(pick(random, ['lost', 'doubled', 'swapped'])),
      () => this.#repeat(),
      () => gateway.faults.lateNext(forMs),
      () => gateway.faults.subscribeNext('unanswered'),
      () => gateway.installations.expire(),
      () => gateway.faults.refuse('identity', jsonAnswer(401, {})),
      () => gateway.faults.refuse('token', pick(random, ['never', jsonAnswer(503, {})])),
      () => gateway.faults.refuse('socket', jsonAnswer(429, {}, { 'retry-after': String(whole(random, 1, 20)) })),
      () => this.#pause(forMs),
      () => gateway.sayRaw('no JSON'),
    ];
  }

  /** Nothing shows that the platform ever does so. */
  #repeat(): void {
    if (this.#tokens.size > 0) this.#gateway.sayAgain(pick(this.random, [...this.#tokens.keys()]));
  }

  #pause(forMs: number): void {
    if (!this.#isLive) return;
    this.#isLive = false;
    this.#gateway.stream(false);
    this.clock.after(forMs, () => {
      this.#isLive = true;
      this.#gateway.stream(true);
    });
  }

  /** What was to go wrong at the next connection does not; what a person must mend is mended. */
  calm(): void {
    this.#gateway.faults.calm();
    this.#signIn();
  }

  protected wrongMoney(seen: readonly SeenGift[], gaps: readonly Gap[]): string[] {
    const tips = seen.filter(({ kind }) => kind === 'tip');
    const counted = [...this.#tokens].flatMap(([id, tokens]) => {
      const times = tips.filter(({ gift }) => gift === `${tokens} tokens`).length;
      const least = this.#sure.has(id) ? 1 : 0;
      const most = this.#perhaps.has(id) ? 1 : 0;
      return times < least || times > most ? [`${tokens} tokens: ${times} times, not ${least} to ${most}`] : [];
    });
    const strange = tips.filter(
      ({ gift }) => ![...this.#tokens.values()].some((tokens) => gift === `${tokens} tokens`),
    );
    return [...counted, ...strange.map(({ gift }) => `nobody gave ${gift}`), ...wrongSums(tips), ...this.#untold(gaps)];
  }

  /** What nobody heard is gone, and the ledger says when that was. */
  #untold(gaps: readonly Gap[]): string[] {
    const own = gaps.filter(({ platform }) => platform === this.name);
    const isIn = (atMs: number) =>
      own.some(({ fromMs, toMs }) => fromMs - edgeMs <= atMs && atMs <= (toMs ?? Number.POSITIVE_INFINITY) + edgeMs);
    return this.#missedMs.filter((atMs) => !isIn(atMs)).map((atMs) => `nobody listened at ${atMs}, which is in no gap`);
  }
}

/** All that one giver gave is worth its sum, rounded up once. */
function wrongSums(tips: readonly SeenGift[]): string[] {
  return [...new Set(tips.map(({ viewer }) => viewer))].flatMap((viewer) => {
    const own = tips.filter((each) => each.viewer === viewer);
    const given = own.reduce((sum, { gift }) => sum + Number.parseInt(gift, 10), 0);
    const strokes = own.reduce((sum, each) => sum + each.strokes, 0);
    const due = Math.ceil((given * tipLine.strokes) / tipLine.per);
    return strokes === due ? [] : [`${viewer} gave ${given} tokens: ${strokes} strokes, not ${due}`];
  });
}
