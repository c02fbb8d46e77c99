import type { ApplianceStateName } from '../../src/domain/appliance-state.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { type VirtualClock, virtualClock } from '../../src/simulators/virtual-clock.ts';
import { Accounts } from './accounts.ts';
import type { Broken, Rule } from './broken.ts';
import { checkChats } from './chats.ts';
import { carryOut } from './commands.ts';
import { Disk } from './disk.ts';
import { Asker } from './drawings.ts';
import { schedule } from './faults.ts';
import { Follower } from './follower.ts';
import { Hardware } from './hardware.ts';
import { motionDelayMs } from './life.ts';
import { SimLive } from './live.ts';
import { Nudges } from './nudges.ts';
import { layOldLedger } from './old-ledger.ts';
import { Papers } from './papers.ts';
import { Person, type Shown } from './person.ts';
import type { PersonCommand, Plan } from './plan.ts';
import { checkRuled } from './ruled.ts';
import { Service } from './service.ts';
import { worthsOfGifts } from './settings.ts';
import { Trace } from './trace.ts';
import { TruthWatch } from './truth.ts';
import { Witness } from './witness.ts';
import { checkWritten } from './written.ts';

const tickMs = 500;
const giftsMax = 100_000;

/** A machine, a plotter, a live and a person in software, and the real service between them. */
export class World {
  readonly plan: Plan;
  readonly clock: VirtualClock = virtualClock();
  readonly trace: Trace;
  readonly hardware: Hardware;
  readonly papers: Papers;
  readonly witness: Witness;
  readonly disk: Disk;
  readonly live: SimLive;
  readonly accounts: Accounts;
  readonly asker: Asker;
  /** A backup has taken the place of the ledger. */
  isRestored = false;
  readonly person: Person;
  readonly service: Service;
  readonly truth: TruthWatch;
  /** Reads along elsewhere. */
  readonly follower: Follower;
  readonly nudges = new Nudges();
  broken: Broken | null = null;
  pressAtChange: { readonly afterMs: number; readonly downMs: number } | null = null;
  #fingers = 0;
  #names = 0;
  #shown: ApplianceStateName = 'starting';
  #mends = 0;
  #pressedMs = Number.NEGATIVE_INFINITY;

  /** `root` is an empty folder for its disks; `traceLines` of the trace are kept. */
  constructor(plan: Plan, root: string, traceLines: number) {
    this.plan = plan;
    const { clock } = this;
    const fail = (rule: Rule, what: string) => this.fail(rule, what);
    this.trace = new Trace(clock.nowMs, traceLines);
    this.hardware = new Hardware(clock, plan.setup, plan.seed, {
      motion: (motion) => {
        this.trace.silently(`${motion.from} ${motion.to}`);
        this.witness.motion(motion);
      },
      isAttended: () => this.service.isAlive,
      isRemembered: () => (this.service.life?.ledger.load().identity ?? null) !== null,
      promisedTip: () => this.#promisedTip(),
      tipPut: (tip) => {
        this.papers.putDown.push(tip);
        this.witness.tipPut();
      },
      says: (text) => this.trace.add(`< ${JSON.stringify(text)}`),
    });
    this.papers = new Papers(this.hardware.board);
    this.witness = new Witness(this.hardware, this.papers, clock.nowMs, motionDelayMs, fail);
    this.disk = new Disk(root, plan.setup.syncMs);
    if (plan.setup.oldLedger) layOldLedger(this.disk.file);
    this.live = new SimLive(clock, plan.gifts, plan.chats ?? []);
    this.accounts = new Accounts(plan.gifts);
    this.service = new Service(this);
    this.truth = new TruthWatch(this, fail);
    this.follower = new Follower(fail);
    this.live.onHeard = (told, process) => {
      this.trace.add(`live ${told.gift}: ${told.count}`);
      this.accounts.heard(told, process);
    };
    this.live.onSaid = (text, process) => {
      this.trace.add(`live says ${text}`);
      this.accounts.said(text, process);
    };
    this.asker = new Asker(this);
    schedule(this);
    this.person = this.#personOf();
    this.service.start();
    this.#tick();
  }

  fail(rule: Rule, what: string): void {
    if (this.broken !== null) return;
    this.broken = { rule, what };
    this.trace.add(`BROKEN ${rule}: ${what}`);
  }

  /** Ends something, whatever else happens. */
  later(ms: number, task: () => void): void {
    this.clock.after(ms, task);
  }

  /** The same for what nobody but the plan mends: a person waits for it. */
  mend(ms: number, task: () => void): void {
    this.#mends += 1;
    this.clock.after(ms, () => {
      this.#mends -= 1;
      task();
    });
  }

  /** Something is off, pulled or dead, and comes back by itself. */
  get isBeingMended(): boolean {
    return this.#mends > 0;
  }

  nextName(): number {
    this.#names += 1;
    return this.#names;
  }

  /** Somebody pressed, and expects a move. */
  pressed(atMs: number): void {
    this.#pressedMs = atMs;
  }

  /** The plotter has no power for so long, and perhaps somebody pushes the gantry meanwhile, mm. */
  cutBoard(forMs: number, push: readonly [number, number, number] | null): void {
    this.hardware.cutPower(forMs);
    if (push !== null) this.push(push);
    this.mend(forMs, () => {});
  }

  /** Somebody pushes the gantry, by so many mm. */
  push(by: readonly [number, number, number]): void {
    // Where the power comes on is the origin: nobody pushes a plotter before that.
    if (this.plan.setup.origin === 'power-on' && this.papers.origin === null) return;
    this.hardware.board.push(...by);
    const [x, y] = this.hardware.board.place();
    this.papers.putDown.push([x, y]);
  }

  /** Whether the place of the pen is said to be known. */
  get hasOrigin(): boolean {
    const { life } = this.service;
    return life?.ledger.load().originKnown === true && life.plotter.facts().origin === 'known';
  }

  command(what: PersonCommand): void {
    const { life } = this.service;
    if (what === 'reload-gifts') this.service.giftVersion += 1;
    life?.process.enter(() => {
      this.trace.fault(`person asks for ${what}: ${carryOut(what, life, this.witness)}`);
    });
  }

  /** From now on nothing goes wrong any more. */
  calm(): void {
    this.trace.add('calm');
    this.hardware.mend();
    Object.assign(this.disk, { fails: null, syncMs: this.plan.setup.syncMs, death: null });
    this.service.linesToDeath = null;
    if (this.service.life !== null) this.service.life.process.death = null;
    Object.assign(this.live.faults, { silent: false, lose: null, repeat: null, shuffle: null });
    this.live.limitedUntilMs = 0;
    this.live.begin();
    this.person.awayUntilMs = 0;
    this.person.blunder = null;
    this.pressAtChange = null;
  }

  /** Holds what a ledger has of the gifts against what was heard of them. */
  checkGifts(ledger: Ledger): void {
    this.follower.follow(ledger);
    this.follower.judgeGifts(ledger);
    const fail = (rule: Rule, what: string) => this.fail(rule, what);
    const seen = ledger.questions.lastGifts(giftsMax);
    this.accounts.check(
      seen.filter(({ kind }) => kind !== 'rule' && kind !== 'chat'),
      worthsOfGifts,
      fail,
    );
    if (this.plan.setup.rules !== true) return;
    checkRuled(seen, ledger, { isClockSet: this.plan.faults.some(({ kind }) => kind === 'wall-jump') }, fail);
    checkChats(ledger, this.accounts.chats, fail);
    if (this.plan.setup.plates === true) checkWritten(seen, ledger, fail);
  }

  close(): void {
    this.service.close();
  }

  #personOf(): Person {
    const { clock, hardware, papers, service } = this;
    return new Person({
      clock,
      hardware,
      papers,
      setup: this.plan.setup,
      light: () => this.#light(),
      hover: () => service.life?.ledger.load().hover ?? null,
      hasCertainInk: () => this.hasCertainInk,
      finger: (down) => this.#finger(down),
      isBeingMended: () => this.isBeingMended,
      did: (what) => this.trace.add(`person ${what}`),
    });
  }

  /** What the light shows; null while it is dark. */
  #light(): Shown | null {
    const { life } = this.service;
    if (life?.process.alive !== true) return null;
    const isCounting = life.process.nowMs < this.#pressedMs + motionDelayMs;
    return { state: this.#shown, hover: life.plotter.facts().origin === 'confirm-hover', isCounting };
  }

  /** With `power-on` the tip stands on the mark of the empty sheet whenever the plotter gets power. */
  #promisedTip(): readonly [number, number] | null {
    const { setup } = this.plan;
    const isPromised = setup.origin === 'power-on' && this.papers.origin !== null && !this.hasCertainInk;
    return isPromised ? setup.personMm : null;
  }

  /** Whether the ledger calls any stroke of the open sheet certain. */
  get hasCertainInk(): boolean {
    return this.service.life?.ledger.questions.places().some(({ certain }) => certain > 0) ?? false;
  }

  /** Whether somebody presses the button. */
  get isFingerDown(): boolean {
    return this.#fingers > 0;
  }

  /** One contact, however many press it. */
  #finger(down: boolean): void {
    const was = this.isFingerDown;
    this.#fingers += down ? 1 : -1;
    if (this.isFingerDown !== was) this.service.life?.finger(down);
  }

  #tick(): void {
    this.clock.after(tickMs, () => this.#tick());
    const { life } = this.service;
    if (life === null || !life.process.alive) {
      this.#shown = 'starting';
      return;
    }
    this.truth.look(life);
    this.nudges.look(this);
    const { name } = life.appliance.state();
    if (name === this.#shown) return;
    this.#shown = name;
    this.trace.add(`state ${name}`);
    this.trace.silently(life.plotter.facts().port ?? '');
    const { pressAtChange } = this;
    if (pressAtChange === null) return;
    this.pressAtChange = null;
    this.later(pressAtChange.afterMs, () => this.person.press(pressAtChange.downMs));
  }
}
