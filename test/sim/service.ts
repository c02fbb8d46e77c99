import { closeSync, existsSync, openSync, readdirSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Cancel } from '../../src/domain/clock.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { PanelCommand } from '../../src/panel/panel.ts';
import { ledgerName } from './disk.ts';
import { expectDrawings } from './drawings.ts';
import { type Life, startLife } from './life.ts';
import { hasPlaceForEachPiece, pathOnSheet } from './row-picture.ts';
import { giftsOf, isOfOther } from './settings.ts';
import type { World } from './world.ts';
import type { Placement } from './written.ts';

/** Systemd starts a process that died anew after so long. */
const restartMs = 3_000;
/** What can become of a ledger's file. */
const losses = ['damaged', 'empty', 'gone'] as const;
/** A service that does not end by itself is killed after so long. */
const stopLimitMs = 60_000;
/** A person who presses for these expects the pen to move. */
const movingCommands: readonly PanelCommand[] = ['paper-changed', 'resume', 'confirm-origin', 'confirm-hover'];

/** The service on its machine: process after process, each on what the one before has left on disk. */
export class Service {
  /** The process of now, or the last one. */
  life: Life | null = null;
  /** Lines to the plotter until the process dies in front of one. */
  linesToDeath: number | null = null;
  /** Which config is in force from the next start, and which gift map from the next start or reload. */
  version = 0;
  giftVersion = 0;
  /** How far each row of a sheet was certain when the sheet was closed, by the order of the sheets. */
  readonly certainAtClose: ReadonlyMap<string, number>[] = [];
  /** What was placed on plates, by its track. */
  readonly placements = new Map<string, Placement>();
  /** Sheets about which a restored backup forgot something, by their order. */
  readonly forgotten = new Set<number>();
  /** When processes died. */
  readonly deathsMs: number[] = [];
  /** A person has stopped the process of now: it reads no port to its end. */
  isEnding = false;
  readonly #world: World;
  readonly #opened: Ledger[] = [];
  #lives = 0;
  #start: Cancel = () => {};
  #offUntilMs = 0;
  #isRestored = false;
  /** How far each row was certain when the sheet was about to be closed. */
  #closing: ReadonlyMap<string, number> = new Map();

  constructor(world: World) {
    this.#world = world;
  }

  get isAlive(): boolean {
    return this.life?.process.alive === true;
  }

  start(): void {
    this.#lives += 1;
    this.isEnding = false;
    const world = this.#world;
    const { clock, hardware, disk, live, plan, witness, trace } = world;
    trace.add(`process ${this.#lives} starts, config ${this.version}`);
    const life = startLife({
      clock,
      hardware,
      disk,
      live,
      setup: plan.setup,
      seed: plan.seed,
      number: this.#lives,
      version: this.version,
      giftMap: () => giftsOf(this.giftVersion),
      fingerIsDown: world.isFingerDown,
      opened: (ledger) => this.#opened.push(ledger),
      fail: (rule, what) => world.fail(rule, what),
      isMeant: (command) => !this.#wouldTakeStranger(command) && world.person.isHonest(command),
      commanded: (command, atMs) => {
        trace.add(`the panel commands ${command}`);
        if (!movingCommands.includes(command)) return;
        world.pressed(atMs);
        // Told to go on while it still goes to rest, the pen may finish that.
        if (command !== 'resume' || this.life?.plotter.facts().parked === true) witness.handsNear(atMs);
        if (command === 'confirm-origin' || command === 'confirm-hover') witness.personSaid();
      },
      watch: {
        writes: (text) => this.#writes(text),
        writing: (what) => trace.add(`disk: ${what}`),
        confirming: (strokes) => witness.confirming(strokes),
        saving: (before, record) => witness.saving(before, record),
        saved: (before, record) => {
          trace.add(`record ${JSON.stringify(record)}`);
          witness.saved(before, record);
        },
        turning: () => {
          witness.turning();
          this.#closing = this.#certainNow();
        },
        turned: () => {
          if (this.life !== null) this.#turned(this.life.ledger);
        },
        placed: () => {
          if (this.life !== null) this.#placed(this.life.ledger);
        },
        died: (folder) => this.kill('in a write', folder),
      },
    });
    if (typeof life === 'string') {
      world.fail('no bug', `the service does not start: ${life}`);
      return;
    }
    this.life = life;
    this.#afterRestore(life.ledger);
    // The process before has died in the write that turned the sheet, and the disk has it.
    if ((life.ledger.sheet()?.id ?? 0) > (world.papers.open?.id ?? 0)) this.#turned(life.ledger);
    this.#placed(life.ledger);
    world.checkGifts(life.ledger);
    witness.begins(life.ledger.load());
  }

  /** The process dies, and comes again by itself; `folder` holds what is on disk then. */
  kill(why: string, folder: string | null = null): void {
    const { life } = this;
    const { trace, accounts, disk } = this.#world;
    if (life !== null && this.isAlive) {
      trace.add(`the process dies: ${why}`);
      life.process.kill();
      this.deathsMs.push(this.#world.clock.nowMs());
      accounts.died(life.process, disk.failedAtMs);
      disk.folder = folder ?? disk.image();
      disk.death = null;
      this.linesToDeath = null;
    }
    this.#start();
    const { clock } = this.#world;
    this.#start = clock.after(Math.max(restartMs, this.#offUntilMs - clock.nowMs()), () => this.start());
  }

  /** The process of now dies between two awaits of what a coming task has begun. */
  dieAtAwait(tasks: number, awaits: number): void {
    const { life } = this;
    if (life === null || !this.isAlive) return;
    const die = () => {
      if (this.life === life) this.kill('at an await');
    };
    life.process.death = { tasks, awaits, die };
  }

  /** The machine has no power for so long. */
  cut(forMs: number): void {
    this.#offUntilMs = Math.max(this.#offUntilMs, this.#world.clock.nowMs() + forMs);
    this.kill('power cut');
  }

  /** A person stops the service, changes the config, and starts it again. */
  restart(version: number): void {
    const { life } = this;
    this.version = version;
    this.giftVersion = version;
    if (life === null || !this.isAlive) return;
    this.isEnding = true;
    const end = (why: string) => {
      if (this.life === life) this.kill(why);
    };
    const giveUp = this.#world.clock.after(stopLimitMs, () => end('it does not stop'));
    const stopped = () => {
      giveUp();
      const { timers } = life.process;
      if (life.process.alive && timers > 0)
        this.#world.fail('life', `${timers} timers keep a stopped service from ending`);
      end('stopped');
    };
    life.stop().then(stopped, (error: unknown) => {
      if (life.process.alive) this.#world.fail('no bug', `the stop failed: ${String(error)}`);
    });
  }

  /** The ledger's file is damaged, empty or gone, and a backup is there to take its place. */
  restoreBackup(): void {
    const { disk, accounts } = this.#world;
    const names = readdirSync(disk.folder).includes('backups') ? readdirSync(join(disk.folder, 'backups')) : [];
    if (!names.some((name) => /\.\d+$/.test(name))) return;
    if (!existsSync(disk.file)) return;
    const how = losses[this.#lives % losses.length] ?? 'damaged';
    this.kill(`the ledger is ${how}`);
    rmSync(join(disk.folder, `${ledgerName}-wal`), { force: true });
    if (how === 'gone') rmSync(disk.file);
    if (how === 'empty') truncateSync(disk.file);
    if (how === 'damaged') {
      const handle = openSync(disk.file, 'r+');
      writeSync(handle, Buffer.alloc(4096));
      closeSync(handle);
    }
    accounts.forgetAll();
    this.#world.isRestored = true;
    this.#isRestored = true;
  }

  close(): void {
    this.life?.process.kill();
    for (const ledger of this.#opened) ledger.close();
  }

  /** A backup took the ledger's place: of sheets that it knew open, or not at all, something is forgotten. */
  #afterRestore(ledger: Ledger): void {
    if (!this.#isRestored) return;
    this.#isRestored = false;
    const { papers, follower } = this.#world;
    follower.restored();
    const last = ledger.questions.sheets().at(-1)?.sheet ?? 0;
    papers.sheets.forEach((sheet, index) => {
      if (sheet.id >= last || sheet === papers.open) this.forgotten.add(index);
    });
  }

  /** Who sees that it is not their plotter does not ask to try it all the same. */
  #wouldTakeStranger(command: PanelCommand): boolean {
    return command === 'try-now' && this.life?.appliance.state().fault?.code === 'another-device';
  }

  #certainNow(): ReadonlyMap<string, number> {
    return new Map(this.life?.ledger.questions.places().map(({ row, certain }) => [row, certain]));
  }

  /** The sheet that lay there is closed, and another one is open. */
  #turned(ledger: Ledger): void {
    const { papers } = this.#world;
    const sheet = ledger.sheet();
    if (sheet === null) return;
    if (papers.open !== null) this.certainAtClose.push(this.#closing);
    const { setup } = this.#world.plan;
    const isOther = isOfOther(sheet.layout);
    if (!hasPlaceForEachPiece(setup, sheet.layout, isOther))
      this.#world.fail('no lie', `sheet ${sheet.id} has not one place for each piece of its picture`);
    papers.turn(sheet.id, sheet.layout, pathOnSheet(setup, isOther));
    if (papers.open !== null) expectDrawings(papers.open, this.#world.plan.drawings ?? []);
  }

  /** What was placed on the open sheet is known by its paths from now on. */
  #placed(ledger: Ledger): void {
    const { open } = this.#world.papers;
    const sheet = ledger.sheet();
    if (open === null || sheet?.id !== open.id) return;
    for (const { id, count, pathOf, plate } of sheet.layout.drawings ?? []) {
      this.placements.set(id, { sheet: open, plate, count });
      for (let n = 1; n <= count; n += 1) open.expect(`${id}:${n}`, pathOf(n));
    }
  }

  #writes(text: string): boolean {
    const { trace, hardware } = this.#world;
    if (this.linesToDeath !== null) {
      this.linesToDeath -= 1;
      if (this.linesToDeath <= 0) {
        this.kill('before a line');
        return false;
      }
    }
    trace.add(`> ${JSON.stringify(text)}`);
    if (!hardware.lines.isInTurn(text)) {
      this.#world.fail('no wrong ink', `${text.trim()} was sent before the line before it was taken`);
    }
    hardware.lines.sent(text);
    return true;
  }
}
