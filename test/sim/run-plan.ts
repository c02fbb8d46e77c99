import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Broken } from './broken.ts';
import type { Plan } from './plan.ts';
import { judge } from './verdict.ts';
import { World } from './world.ts';

/** How a run ended. */
export interface Outcome {
  readonly broken: Broken | null;
  /** Of the whole trace. */
  readonly hash: string;
  /** Of all that happened but the faults themselves: a fault that changes nothing leaves it as it is. */
  readonly course: string;
  readonly lines: number;
  /** Strokes that became certain. */
  readonly strokes: number;
  readonly worldMs: number;
  /** The last lines of the trace. */
  readonly last: readonly string[];
}

/** Enough for reconnecting at the slowest pace, parking, and a person who is not in a hurry. */
const calmMs = 240_000;
const strokeMs = 10_000;
const sheetMs = 40_000;
/** A drawing of these worlds has no more paths, and there are no more of them. */
const pathsMax = 10;
const drawingsMax = 100;

/** More timers than this without any time between them, and something spins. */
const eventsAtOnceMax = 20_000;

const memoryFolder = '/dev/shm';

/** Runs a plan to its end. `look` sees the world before it is gone. */
export async function runPlan(plan: Plan, traceLines = 60, look: (world: World) => void = () => {}): Promise<Outcome> {
  const root = mkdtempSync(join(existsSync(memoryFolder) ? memoryFolder : tmpdir(), 'livepen-sim-'));
  const world = new World(plan, root, traceLines);
  const onRejection = (error: unknown) => world.fail('no bug', `nobody waited for this: ${textOf(error)}`);
  process.on('unhandledRejection', onRejection);
  try {
    await live(world);
    if (world.broken === null) judge(world);
    look(world);
    const { trace, clock, service, broken } = world;
    trace.silently(JSON.stringify(service.life?.ledger.questions.lastGifts(1_000)));
    const strokes = service.life?.ledger.questions.accounts().reduce((sum, { drawn }) => sum + drawn, 0) ?? 0;
    const last = trace.last(traceLines);
    return { broken, ...trace.end(), lines: trace.count, strokes, worldMs: clock.nowMs(), last };
  } finally {
    process.off('unhandledRejection', onRejection);
    world.close();
    rmSync(root, { recursive: true, force: true });
  }
}

async function live(world: World): Promise<void> {
  const { clock, plan } = world;
  const isBroken = () => world.broken !== null;
  try {
    await until(world, plan.setup.calmAtMs);
    // What is off or pulled comes back by itself: a plotter is not switched on before its time.
    while (world.isBeingMended && !isBroken()) await until(world, clock.nowMs() + 1_000);
    if (isBroken()) return;
    world.calm();
    const owed = () => {
      const questions = world.service.life?.ledger.questions;
      const strokes = questions?.accounts().reduce((sum, { pending }) => sum + pending, 0) ?? 0;
      return strokes + (questions?.owedDrawings(drawingsMax).length ?? 0) * pathsMax;
    };
    const startMs = clock.nowMs();
    let limitMs = calmMs;
    while (clock.nowMs() - startMs < limitMs) {
      await until(world, clock.nowMs() + 1_000);
      if (isBroken() || isAtRest(world)) return;
      const smallest = Math.min(...plan.setup.capacities);
      limitMs = Math.max(limitMs, calmMs + owed() * (strokeMs + sheetMs / smallest));
    }
    const state = world.service.life?.appliance.state();
    world.fail(
      'life',
      `${owed()} strokes are owed ${limitMs / 1000} s after the last fault; the light says ${state?.name}: ${state?.what}`,
    );
  } catch (error) {
    world.fail('no bug', textOf(error));
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function until(world: World, untilMs: number): Promise<void> {
  const { clock } = world;
  if (untilMs <= clock.nowMs()) return;
  let isOver = false;
  let atMs = -1;
  let events = 0;
  const spins = () => {
    events = clock.nowMs() === atMs ? events + 1 : 0;
    atMs = clock.nowMs();
    if (events > eventsAtOnceMax) world.fail('bounds', `something spins at ${atMs} ms`);
    return world.broken !== null;
  };
  const cancel = clock.after(untilMs - clock.nowMs(), () => {
    isOver = true;
  });
  await clock.runUntil(() => isOver || spins(), untilMs - clock.nowMs() + 1, 'the next look');
  cancel();
}

/** All that is owed lies on paper, and all that was told is on disk. */
function isAtRest({ service: { life }, hardware, asker }: World): boolean {
  if (life === null || !life.process.alive || hardware.board.moving()) return false;
  if (!life.plotter.facts().parked || !life.source.facts().heard) return false;
  if (life.ledger.questions.accounts().some(({ pending }) => pending > 0)) return false;
  if (!asker.isDone || life.ledger.questions.owedDrawings(1).length > 0) return false;
  const { strokes, inbox } = life.appliance.status();
  return strokes.pending === 0 && strokes.inHand === 0 && inbox.waiting === 0;
}
