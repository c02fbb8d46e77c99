import { seededRandom } from '../../src/system/random.ts';
import { offMs } from './hardware.ts';
import type { PlannedFault } from './plan.ts';
import type { World } from './world.ts';

const lookForWorkMs = 10;
/** A pen this low is on the paper; mm. */
const onPaperMm = 0.1;
/** By then a notice of the plotter waits at the port. */
const noticeMs = 50;
/** From letting go of the motors until a hand moves the gantry. */
const handMs = 1_000;

/** Lets all faults of the world's plan happen in their time. */
export function schedule(world: World): void {
  const { clock, plan } = world;
  for (const fault of plan.faults) {
    const begin = () => {
      world.trace.fault(`! ${JSON.stringify(fault)}`);
      happen(world, fault);
    };
    clock.after(fault.atMs, () => {
      if (fault.workMs === undefined) begin();
      else when(world, isDrawing, () => clock.after(fault.workMs ?? 0, begin));
    });
  }
}

/** As soon as it is so, but not in the calm. */
function when(world: World, isSo: (world: World) => boolean, task: () => void): void {
  if (world.clock.nowMs() >= world.plan.setup.calmAtMs) return;
  if (isSo(world)) task();
  else world.later(lookForWorkMs, () => when(world, isSo, task));
}

function isDrawing({ hardware: { board, isAlive }, hasOrigin }: World): boolean {
  return hasOrigin && isAlive && board.moving() && board.place()[2] < onPaperMm;
}

/** There is an origin to be lost, what the plotter says would be heard, and nothing is under way to it. */
function isHeardAtRest({ hardware, hasOrigin, service: { life, isEnding } }: World): boolean {
  const isQuiet = hardware.isReachable && !hardware.board.moving() && hardware.cableFaults.isClear;
  return isQuiet && hasOrigin && life?.process.alive === true && !isEnding;
}

function isDying({ disk, service }: World): boolean {
  return disk.death !== null || service.linesToDeath !== null || service.life?.process.death !== null;
}

/** At the plotter's own display, to move the gantry. */
function releaseMotors(world: World, { by, push }: Extract<PlannedFault, { kind: 'release-motors' }>): void {
  const { hardware } = world;
  if (by === 'power') {
    hardware.board.releaseMotors();
    world.cutBoard(offMs, push);
    return;
  }
  when(world, isHeardAtRest, () => {
    hardware.tellRelease();
    pushOnceHeard(world, push);
  });
}

/** A service that dies with the notice unread never hears of it: then no hand comes, of nobody. */
function pushOnceHeard(world: World, by: readonly [number, number, number]): void {
  const process = world.service.life?.process;
  const heard = () => {
    world.nudges.isReleaseUnheard = false;
    world.later(handMs - noticeMs, () => world.push(by));
  };
  world.nudges.isReleaseUnheard = true;
  world.later(noticeMs, () => process?.enter(heard));
}

/** The same at the display, in a write: the notice waits at the port until the service moves again. */
function releaseInWrite(world: World, fault: Extract<PlannedFault, { kind: 'release-in-write' }>): void {
  const { hardware, disk, service, witness } = world;
  let { writes } = fault;
  disk.before = () => {
    const { life } = service;
    if (life === null || isDying(world) || !isHeardAtRest(world) || writes-- > 0) return;
    disk.before = () => {};
    life.process.stall(fault.syncMs);
    hardware.tellRelease();
    witness.released();
    pushOnceHeard(world, fault.push);
  };
}

/** Nobody listens to the plotter, and it is at rest. */
function isUnheardAtRest({ hardware, papers, service: { life } }: World): boolean {
  const isUnheard = !hardware.isPlugged || life?.process.alive !== true;
  return isUnheard && papers.origin !== null && hardware.isAlive && !hardware.board.moving();
}

/** What the display says is the same as before, and the pen is elsewhere. */
function renamePlace({ hardware, papers }: World, [dx, dy]: readonly [number, number]): void {
  const [x, y] = hardware.board.place();
  const [originX, originY] = papers.origin ?? [0, 0];
  const name = `X${(x - originX).toFixed(2)} Y${(y - originY).toFixed(2)}`;
  hardware.doubt();
  for (const text of ['G91', `G1 X${dx} Y${dy} F3000`, 'G90', `G92 ${name}`]) hardware.board.receive(`${text}\n`);
}

/** Lets a fault happen, now; it ends by itself where it has a length. */
function happen(world: World, fault: PlannedFault): void {
  const { hardware, live, disk, person, service } = world;
  switch (fault.kind) {
    case 'noise':
      world.later(fault.forMs, hardware.cableFaults.addNoise(fault));
      return;
    case 'late-bytes':
      world.later(fault.forMs, hardware.cableFaults.addDelay(fault));
      return;
    case 'join-bytes':
      world.later(fault.forMs, hardware.cableFaults.addJoin(fault));
      return;
    case 'corrupt-lines':
      hardware.cableFaults.corruptLines(fault.lines, fault.holding ?? '');
      return;
    case 'collide-lines':
      hardware.cableFaults.collide += fault.lines;
      return;
    case 'lose-oks':
      hardware.doubt();
      hardware.board.faults.loseOks += fault.oks;
      return;
    case 'glue-oks':
      hardware.board.faults.glueOks = true;
      world.later(fault.forMs, () => {
        hardware.board.faults.glueOks = false;
      });
      return;
    case 'busy':
      hardware.busy(true);
      world.mend(fault.forMs, () => hardware.busy(false));
      return;
    case 'unplug':
      hardware.unplug();
      world.mend(fault.forMs, () => hardware.plug(fault.renamed ? `/dev/ttyUSB${world.nextName()}` : hardware.path));
      return;
    case 'dead-link':
      hardware.setDead(true);
      world.mend(fault.forMs, () => hardware.setDead(false));
      return;
    case 'reset':
      hardware.reset(fault.banner);
      return;
    case 'hang':
      if (!hardware.isAlive) return;
      hardware.board.faults.hung = true;
      world.mend(fault.forMs, () => {
        if (hardware.board.faults.hung) hardware.reset(true);
      });
      return;
    case 'halt':
      hardware.halt();
      return;
    case 'release-motors':
      releaseMotors(world, fault);
      return;
    case 'release-in-write':
      releaseInWrite(world, fault);
      return;
    case 'rename-place':
      when(world, isUnheardAtRest, () => renamePlace(world, fault.byMm));
      return;
    case 'board-power':
      world.cutBoard(fault.forMs, fault.push);
      return;
    case 'die':
      service.kill('killed');
      return;
    case 'die-at-await':
      service.dieAtAwait(fault.tasks, fault.awaits);
      return;
    case 'die-at-write':
      disk.death = { writes: fault.writes, how: fault.how, random: seededRandom(fault.seed) };
      return;
    case 'die-at-line':
      service.linesToDeath = fault.lines;
      return;
    case 'pi-power':
      service.cut(fault.forMs);
      return;
    case 'all-power':
      world.cutBoard(fault.forMs, fault.push);
      service.cut(fault.forMs);
      return;
    case 'restart':
      service.restart(fault.version);
      return;
    case 'restore-backup':
      hardware.doubt();
      service.restoreBackup();
      return;
    case 'wall-jump':
      world.clock.shiftWall(fault.byMs);
      return;
    case 'slow-disk':
      disk.syncMs = fault.syncMs;
      world.later(fault.forMs, () => {
        disk.syncMs = world.plan.setup.syncMs;
      });
      return;
    case 'failing-disk':
      disk.fails = { code: fault.code, at: fault.at ?? 'begin', spares: fault.spares ?? 0 };
      world.later(fault.forMs, () => {
        disk.fails = null;
      });
      return;
    case 'live-drop':
      live.drop();
      return;
    case 'live-silent':
      live.faults.silent = true;
      world.later(fault.forMs, () => {
        live.faults.silent = false;
      });
      return;
    case 'live-shuffle':
    case 'live-repeat':
    case 'live-lose': {
      const which = fault.kind === 'live-shuffle' ? 'shuffle' : fault.kind === 'live-repeat' ? 'repeat' : 'lose';
      live.faults[which] = seededRandom(fault.seed);
      world.later(fault.forMs, () => {
        live.faults[which] = null;
      });
      return;
    }
    case 'live-flood':
      live.flood(fault.gifts, fault.forMs);
      return;
    case 'live-over':
      live.over();
      world.later(fault.forMs, () => live.begin());
      return;
    case 'live-limit':
      live.limitedUntilMs = world.clock.nowMs() + fault.forMs;
      live.drop();
      return;
    case 'press':
      for (let time = 0; time < fault.times; time += 1) {
        world.later(time * (fault.downMs + 250), () => person.press(fault.downMs));
      }
      return;
    case 'press-at-change':
      world.pressAtChange = { afterMs: fault.afterMs, downMs: fault.downMs };
      return;
    case 'away':
      person.awayUntilMs = Math.max(person.awayUntilMs, world.clock.nowMs() + fault.forMs);
      return;
    case 'blunder':
      // Somebody bumps into it: the board starts anew, and the tip is put back in a hurry.
      hardware.reset(true);
      person.blunder = fault.offMm;
      return;
    case 'command':
      if (fault.what === 'stop') hardware.doubt();
      world.command(fault.what);
      return;
  }
}
