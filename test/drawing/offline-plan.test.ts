import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededNumbers } from '../../src/drawing/shapes.ts';
import { type Given, play } from './live-world.ts';
import { planOffline } from './offline-plan.ts';
import { shippedSettings, sound } from './settings.ts';

const layout = sound({ ...shippedSettings, rows: shippedSettings.rows.slice(0, 4) });
const cases = 80;

/** A few gifts of a few people, all at once or within twelve seconds. */
function smallLife(seed: string, withinMs: number): Given[] {
  const random = seededNumbers(seed);
  const gifts = Array.from({ length: 2 + Math.floor(random() * 5) }, () => ({
    atMs: Math.floor(random() * withinMs),
    giver: `viewer ${Math.floor(random() * 5)}`,
    row: layout.rows[Math.floor(random() * layout.rows.length)]?.id ?? '',
    strokes: 1 + Math.floor(random() * 2),
  }));
  return gifts.toSorted((a, b) => a.atMs - b.atMs);
}

for (const [what, withinMs] of [
  ['all at once', 0],
  ['one after the other', 12_000],
] as const) {
  test(`in small cases, gifts ${what}, order "live" is in time wherever an exhaustive search is, and hardly slower`, () => {
    let [drawnMs, bestMs] = [0, 0];
    for (let seed = 1; seed <= cases; seed += 1) {
      const life = smallLife(`small case ${seed}`, withinMs);
      const rules = { layout, life, oldPerRow: 0, untilMs: 1e7, boundMs: 14_000 };
      const best = planOffline({ ...rules, width: Number.POSITIVE_INFINITY });
      assert.equal(
        best.strokes,
        life.reduce((sum, { strokes }) => sum + strokes, 0),
      );
      const played = play({ ...rules, order: 'live' });
      const late = played.firstWaitsMs.filter((ms) => ms > rules.boundMs).length;
      assert.ok(late <= best.late, `case ${seed}: ${late} late, ${best.late} at best`);
      drawnMs += played.drawingMinutes * 60_000;
      bestMs += best.drawingMs;
    }
    assert.ok(drawnMs <= 1.05 * bestMs, `${drawnMs / bestMs} of the best time`);
  });
}

test('keeping the best forty plans of each length finds as good a one as keeping all', () => {
  for (let seed = 1; seed <= cases; seed += 1) {
    const life = smallLife(`small case ${seed}`, 12_000);
    const rules = { layout, life, oldPerRow: 0, untilMs: 1e7, boundMs: 10_000 };
    const best = planOffline({ ...rules, width: Number.POSITIVE_INFINITY });
    const found = planOffline({ ...rules, width: 40 });
    assert.ok(found.late <= best.late && found.drawingMs <= best.drawingMs + 1, `case ${seed}`);
  }
});
