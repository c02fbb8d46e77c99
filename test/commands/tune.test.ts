import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tunePlotter } from '../../src/commands/tune.ts';
import { loadConfig } from '../../src/config/load.ts';
import { VirtualPorts } from '../../src/simulators/plotter/cable.ts';
import type { VirtualOptions } from '../../src/simulators/plotter/options.ts';
import { createVirtualPlotter, type VirtualPlotter } from '../../src/simulators/plotter/plotter.ts';
import { type VirtualClock, virtualClock } from '../../src/simulators/virtual-clock.ts';
import { seededRandom } from '../../src/system/random.ts';
import { filesOf, smallestConfig } from '../config/texts.ts';
import { linked, parkedByHand } from '../marlin/hand-set.ts';
import { noisy } from '../marlin/noise.ts';

const loaded = loadConfig('livepen.toml', { readFile: filesOf({ 'livepen.toml': smallestConfig }) });
assert.ok(loaded.ok);
const { config } = loaded;

/** A person who looks at the last cross: both times it was drawn, its lines lie on each other. */
function looksAt(board: VirtualPlotter): boolean {
  const lines = board.paper().ink.slice(-4);
  const [first = [], second = []] = [lines.slice(0, 2), lines.slice(2)];
  return first.every((line, index) => {
    const again = second[index];
    return again !== undefined && Math.hypot(line.fromX - again.fromX, line.fromY - again.fromY) < 0.2;
  });
}

interface Tuned {
  readonly code: number;
  readonly written: readonly number[];
  readonly said: string;
  readonly questions: number;
}

async function tuned(
  { clock, ports, board }: { clock: VirtualClock; ports: VirtualPorts; board: VirtualPlotter },
  answer: (question: string) => boolean | null = (question) => /ready/.test(question) || looksAt(board),
  problem: string | null = null,
  endAtMs = Number.POSITIVE_INFINITY,
): Promise<Tuned> {
  const written: number[] = [];
  let [said, questions, code] = ['', 0, -1];
  const hear = (text: string) => {
    said += `${text.replaceAll('\n', ' ')}\n`;
  };
  void tunePlotter({
    config,
    ports,
    clock,
    ask: async (question) => {
      questions += 1;
      return answer(question);
    },
    isEnded: () => clock.nowMs() >= endAtMs,
    console: { out: hear, err: hear },
    write: (acceleration) => {
      written.push(acceleration);
      return problem;
    },
  }).then((result) => {
    code = result;
  });
  await clock.runUntil(() => code >= 0, 3_600_000, 'the end');
  return { code, written, said, questions };
}

function world(options: Partial<VirtualOptions> = {}) {
  const clock = virtualClock();
  const ports = new VirtualPorts(clock);
  const board = createVirtualPlotter({ clock, startMm: [50, 50, 0], ...options });
  const cable = ports.plug('/dev/ttyUSB0', board);
  return { clock, ports, board, cable };
}

/** How long a plotter takes for a way of 40 mm, which its limits decide. */
async function legMs({ clock, board }: { clock: VirtualClock; board: VirtualPlotter }): Promise<number> {
  const beforeMs = board.movingMs();
  board.receive('\nG91\nG1 X40 F9000\n');
  await clock.advance(10_000);
  return Math.round(board.movingMs() - beforeMs);
}

test('four fifths of the acceleration at which a cross still lay on itself are written', async () => {
  for (const [stallsAbove, acceleration] of [
    [720, 560],
    [310, 240],
    [null, 1_600],
  ] as const) {
    const { code, written } = await tuned(world({ stallsAbove }));
    assert.deepEqual([code, written], [0, [acceleration]], `${stallsAbove}`);
  }
});

test('a line that is disturbed on its way is sent again, and nothing is drawn elsewhere', async () => {
  const disturbed = world({ stallsAbove: 500 });
  const calm = world({ stallsAbove: 500 });
  disturbed.cable.noise = noisy(seededRandom(4), { drop: 0, double: 0, flip: 0.002, split: 0, delayMs: 0 });
  const { code, written } = await tuned(disturbed);
  await tuned(calm);
  assert.deepEqual([code, written], [0, [360]]);
  const places = ({ board }: typeof calm) =>
    board.paper().ink.map(({ fromX, fromY }) => `${fromX.toFixed(1)} ${fromY.toFixed(1)}`);
  assert.deepEqual(places(disturbed), places(calm));
});

test('a plotter that loses steps at once gets no setting, but is told what to look at', async () => {
  const { code, written, said } = await tuned(world({ stallsAbove: 50 }));
  assert.deepEqual([code, written], [1, []]);
  assert.match(said, /loose belt/);
});

test('nothing moves before a person says that the sheet lies there', async () => {
  const there = world();
  const { code, questions, said } = await tuned(there, () => false);
  assert.deepEqual([code, questions, there.board.movingMs()], [4, 1, 0]);
  assert.match(said, /Nothing was drawn, and nothing is written/);
});

test('ended at any moment, the pen is up, nothing is written, and the plotter has its own limits again', async () => {
  for (let endAtMs = 3_000; endAtMs < 90_000; endAtMs += 2_900) {
    const there = world();
    const { code, written, said } = await tuned(there, undefined, null, endAtMs);
    assert.deepEqual([code, written], [4, []], `${endAtMs}`);
    assert.match(said, /Ended: nothing is written/);
    await there.clock.advance(10_000);
    assert.ok((there.board.place()[2] ?? 0) > 1, `${endAtMs}: the pen is at ${there.board.place()}`);
    assert.equal(await legMs(there), await legMs(world()), `${endAtMs}`);
  }
  const there = world();
  const { code, written } = await tuned(there, (question) => (/ready/.test(question) ? true : null));
  assert.deepEqual([code, written], [4, []]);
});

test('no plotter, one that falls silent, and a config that cannot be written are told apart', async () => {
  const clock = virtualClock();
  const none = await tuned({ ...world(), clock, ports: new VirtualPorts(clock) });
  assert.match(none.said, /There is no plotter/);
  const silent = world();
  silent.board.faults.hung = true;
  const fell = await tuned(silent);
  assert.deepEqual([fell.code, fell.written], [1, []]);
  assert.match(fell.said, /does not answer any more, so nothing is written/);
  const full = await tuned(world(), undefined, 'the disk is full');
  assert.equal(full.code, 1);
  assert.match(full.said, /could not be written: the disk is full\. Write \[plotter\] acceleration = 1600/);
});

test('the service asks for the origin after it, since steps may be lost', async () => {
  const there = await parkedByHand();
  await there.killService();
  assert.equal((await tuned(there, () => true)).code, 0);
  await linked(there);
  await there.clock.advance(5_000);
  assert.equal(there.plotter.facts().origin, 'unknown');
});
