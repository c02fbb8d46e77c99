import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { seededNumbers } from '../../src/drawing/shapes.ts';
import { shippedSettings } from '../drawing/settings.ts';
import { buildWorld, type World } from './world.ts';

const minutes = 10;
const giftsPerSecond = 20;
const givers = 150;
const owedBefore = 142_000;
/** The order's bound, and what the last strokes before take to be proven. */
const firstStrokeWithinMs = 60_000;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** What is held after everything that can go is gone, bytes. */
function held(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** When each viewer's first stroke was proven, by the ledger's own entries; wall ms. */
function firstStrokes({ appliance }: World, from: ReturnType<World['appliance']['views']['feedEnd']>) {
  const first = new Map<string, number>();
  let at = from;
  for (let more = true; more; ) {
    const page = appliance.views.feedSince(at, 1_000);
    for (const { kind, entry } of page.entries) {
      if (kind === 'ink' && !first.has(entry.viewer)) first.set(entry.viewer, entry.atMs);
    }
    ({ cursor: at, more } = page);
  }
  return first;
}

test('a storm of gifts on old debts: new givers are served in time, memory stays flat, nothing is lost', async () => {
  // Rows that hold a whole live, so that waiting for paper does not blur whose turn it is.
  const layout = { ...shippedSettings, stroke: { ...shippedSettings.stroke, spacingMm: 0.2 } };
  const gifts = JSON.stringify({ version: 1, gifts: layout.rows.map(({ id }) => ({ name: id, row: id })) });
  const world = buildWorld({ layout, gifts, order: 'live' });
  const { appliance, clock, source, ledger } = world;
  appliance.start();
  await world.until('needs-sheet');
  assert.ok(appliance.operator.paperChanged().ok);
  for (const { id } of layout.rows) {
    assert.ok(appliance.operator.credit(id, owedBefore / layout.rows.length, '', 'from before').ok);
  }
  const from = appliance.views.feedEnd();
  const random = seededNumbers('storm');
  const asked = new Map<string, number>();
  const memory: number[] = [];
  for (let second = 0; second < minutes * 60; second++) {
    const there = Math.max(1, Math.ceil((givers * second) / (minutes * 60)));
    for (let gift = 0; gift < giftsPerSecond; gift++) {
      const viewer = `viewer ${Math.floor(there * random() ** 2)}`;
      const row = random() < 0.6 ? 0 : Math.floor(random() * layout.rows.length);
      source.give(layout.rows[row]?.id ?? '', 1 + Math.floor(random() ** 4 * 3), viewer);
      if (!asked.has(viewer)) asked.set(viewer, clock.wallMs());
    }
    await clock.advance(1_000);
    if (second % 60 === 59) memory.push(held());
  }
  const served = firstStrokes(world, from);
  const waits = [...asked].map(([viewer, sinceMs]) => ({
    viewer,
    ms: (served.get(viewer) ?? clock.wallMs()) - sinceMs,
    served: served.has(viewer),
  }));
  const longest = Math.max(...waits.map(({ ms }) => ms));
  const unserved = waits.filter((wait) => !wait.served && wait.ms > firstStrokeWithinMs);
  const [early = 0, late = 0] = [memory[2], memory.at(-1)];
  const mb = (bytes: number) => (bytes / 1e6).toFixed(1);
  process.stdout.write(
    `${asked.size} givers, the longest wait for a first stroke ${(longest / 1000).toFixed(0)} s; ` +
      `${ledger.questions.eventCount()} events; held after each minute, MB: ${memory.map(mb).join(' ')}\n`,
  );
  assert.deepEqual(unserved, []);
  assert.ok(longest <= firstStrokeWithinMs, `${longest} ms`);
  assert.ok(late - early < 15e6, `${mb(early)} MB after three minutes, ${mb(late)} MB after ten`);
  const { strokes } = appliance.status();
  assert.equal(strokes.credited, strokes.drawn + strokes.pending);
  assert.ok(strokes.drawn > 300, `${strokes.drawn} drawn`);
  assert.deepEqual(ledger.check('full').findings, []);
  await world.close();
});
