import type { ApplianceStateName } from '../../src/domain/appliance-state.ts';
import type { Fail } from './broken.ts';
import type { Life } from './life.ts';
import { StateWatch } from './states.ts';
import type { World } from './world.ts';

/** A state is looked at this often, and may be this late. */
const slackMs = 700;
const pulledMs = 1_000;
const deadLinkMs = 6_000;
const silentLiveMs = 40_000;
const liveGoneMs = 1_000;
/** So many looks share one at the bounds, which costs more. */
const boundsEvery = 60;
/** Between two looks at the bounds, that is in half a minute: times that a live or a port may be tried. */
const triesMax = 60;
const repeatsMax = 100;
const logBytesMax = 16 * 1024 * 1024;
const inHandMax = 64;
const timersMax = 400;
const waitingMax = 10_000;

const statesWithoutPlotter: ReadonlySet<ApplianceStateName> = new Set(['starting', 'fault', 'no-plotter']);

/** Since when something has been so, on the process's own time less its stalls. */
interface Since {
  readonly atMs: number;
}

/** Holds what the service says about the world against the world. */
export class TruthWatch {
  readonly #world: World;
  readonly #fail: Fail;
  readonly #states: StateWatch;
  #life: Life | null = null;
  #pulled: Since | null = null;
  #dead: Since | null = null;
  #deaf: Since | null = null;
  #connected: Since | null = null;
  #looks = 0;
  #attempts = 0;
  #opens = 0;

  constructor(world: World, fail: Fail) {
    this.#world = world;
    this.#fail = fail;
    this.#states = new StateWatch(world, fail);
  }

  look(life: Life): void {
    if (this.#life !== life) {
      this.#life = life;
      this.#opens = 0;
      this.#pulled = null;
      this.#dead = null;
      this.#deaf = null;
      this.#connected = null;
    }
    const { hardware, live, clock } = this.#world;
    const nowMs = life.process.nowMs - life.process.stalledMs;
    const plotter = life.plotter.facts();
    const heard = life.source.facts();
    const since = (was: Since | null, isSo: boolean): Since | null => (isSo ? (was ?? { atMs: nowMs }) : null);
    const lasts = (what: Since | null, limitMs: number) => what !== null && nowMs - what.atMs > limitMs + slackMs;
    this.#pulled = since(this.#pulled, !hardware.isPlugged);
    this.#dead = since(this.#dead, !hardware.isReachable);
    this.#deaf = since(this.#deaf, !live.isHeardBy(life.process));
    const state = life.appliance.state();
    const saysReady = plotter.link === 'ready' || !statesWithoutPlotter.has(state.name);
    if (saysReady && lasts(this.#pulled, pulledMs)) {
      this.#fail('truth', `the cable is pulled and the plotter is said to be ready, the state to be ${state.name}`);
    }
    if (saysReady && lasts(this.#dead, deadLinkMs)) {
      this.#fail('truth', `the link is dead and the plotter is said to be ready, the state to be ${state.name}`);
    }
    if (state.heard !== heard.heard)
      this.#fail('truth', 'the state and the source differ about whether the live is heard');
    if (heard.heard && lasts(this.#deaf, liveGoneMs)) {
      this.#fail('truth', 'the connection to the live is gone and it is said to be heard');
    }
    this.#connected = since(this.#connected, live.isHeardBy(life.process));
    if (!heard.heard && lasts(this.#connected, liveGoneMs)) {
      this.#fail('truth', 'a connection to the live stands and it is said not to be heard');
    }
    const silentMs = clock.nowMs() - live.lastSoundMs - (life.process.nowMs - clock.nowMs());
    if (heard.heard && silentMs > silentLiveMs + slackMs) {
      this.#fail('truth', 'the live has been silent for 40 s and is said to be heard');
    }
    this.#world.witness.facts(plotter);
    this.#states.look(life);
    this.#looks += 1;
    if (this.#looks % boundsEvery === 0) this.#bounds(life);
  }

  #bounds(life: Life): void {
    const { strokes, inbox } = life.appliance.status();
    if (strokes.inHand > inHandMax) this.#fail('bounds', `${strokes.inHand} strokes are in the plotter's hands`);
    if (inbox.waiting > waitingMax) this.#fail('bounds', `${inbox.waiting} events wait in memory`);
    const { live, hardware, disk } = this.#world;
    const [attempts, opens] = [live.attempts - this.#attempts, life.process.opens - this.#opens];
    this.#attempts = live.attempts;
    this.#opens = life.process.opens;
    if (attempts > triesMax) this.#fail('bounds', `the live was tried ${attempts} times in half a minute`);
    if (opens > triesMax) this.#fail('bounds', `ports were tried ${opens} times in half a minute`);
    const { repeats } = hardware.lines;
    if (repeats > repeatsMax) this.#fail('bounds', `a line was written ${repeats} times in a row`);
    if (disk.logBytes() > logBytesMax) this.#fail('bounds', `the ledger's log has ${disk.logBytes()} bytes`);
    if ((hardware.neighbour?.movingMs() ?? 0) > 0) this.#fail('no wrong ink', 'a plotter that is not ours was moved');
    this.#world.follower.follow(life.ledger);
    if (life.process.timers > timersMax) this.#fail('bounds', `${life.process.timers} timers are set`);
  }
}
