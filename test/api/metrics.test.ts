import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawSome, withApi } from './with-api.ts';

const vitals = {
  loopDelay: () => ({ p50Ms: 1, p99Ms: 20, maxMs: 30 }),
  memory: () => ({ residentBytes: 70_000_000, heapBytes: 20_000_000 }),
};

/** Each sample by its name and labels; what is not a sample or a comment of the text form 0.0.4 is an error. */
function read(text: string): Map<string, number> {
  assert.ok(text.endsWith('\n'));
  const samples = new Map<string, number>();
  const typed = new Set<string>();
  for (const line of text.trimEnd().split('\n')) {
    const type = /^# TYPE (\w+) (?:counter|gauge|histogram)$/.exec(line)?.[1];
    if (type !== undefined) assert.ok(!typed.has(type), `${type} has two types`);
    if (type !== undefined) typed.add(type);
    if (line.startsWith('#')) continue;
    const [, sample = '', name = '', value = ''] = /^((\w+)(?:\{[^}]*\})?) (\S+)$/.exec(line) ?? [];
    assert.ok(Number.isFinite(Number(value)) && value !== '', line);
    assert.ok(typed.has(name.replace(/_(?:bucket|sum|count)$/, '')) || typed.has(name), `${name} has no type`);
    assert.ok(!samples.has(sample), `${sample} is told twice`);
    samples.set(sample, Number(value));
  }
  return samples;
}

test('GET /metrics tells gifts, credits, debts, ink, reconnects, gaps, resends, sync times, loop delay and memory', () =>
  withApi(
    async (call, world) => {
      await drawSome(call, world);
      world.source.give('Unicorn');
      world.source.give('GG', 2);
      await call('POST', '/pause');
      await world.clock.advance(10_000);
      const answer = await call('GET', '/metrics');
      assert.match(answer.type, /^text\/plain; version=0\.0\.4/);
      const samples = read(answer.body);
      const { strokes, rows } = (await call('GET', '/status')).json;
      const total = (name: string) =>
        [...samples].reduce((sum, [sample, value]) => sum + (sample.startsWith(`${name}{row=`) ? value : 0), 0);
      assert.equal(samples.get('livepen_gifts_total'), 4);
      assert.equal(samples.get('livepen_gifts_unmapped'), 1);
      assert.equal(total('livepen_strokes_credited_total'), strokes.credited);
      assert.equal(total('livepen_strokes_drawn_total'), strokes.drawn);
      assert.equal(total('livepen_strokes_pending'), strokes.pending);
      for (const { row, credited } of rows) {
        assert.equal(samples.get(`livepen_strokes_credited_total{row="${row}"}`), credited);
      }
      assert.equal(samples.get('livepen_state{state="paused"}'), 1);
      assert.equal(samples.get('livepen_state{state="drawing"}'), 0);
      for (const name of ['reconnects_total', 'gaps', 'resends_total', 'strokes_uncertain_total', 'inbox_lost_total']) {
        assert.equal(samples.get(`livepen_${name}`), 0, name);
      }
      const syncs = samples.get('livepen_sync_seconds_count') ?? 0;
      assert.ok(syncs > 5, `${syncs} durable writes`);
      assert.equal(samples.get('livepen_sync_seconds_bucket{le="+Inf"}'), syncs);
      assert.equal(samples.get('livepen_loop_delay_seconds{quantile="0.99"}'), 0.02);
      assert.equal(samples.get('livepen_resident_bytes'), 70_000_000);
    },
    { vitals },
  ));

test('GET /preview tells what is next or a full sheet, with time, ink and travel, and that it estimates', () =>
  withApi(async (call, world) => {
    await drawSome(call, world);
    await call('POST', '/pause');
    world.source.give('GG', 2);
    await world.clock.advance(1_000);
    const { json: owed } = await call('GET', '/preview');
    assert.deepEqual([owed.sheet, owed.strokes, owed.isEstimate], [1, 2, true]);
    const { json: full } = await call('GET', '/preview?of=full');
    assert.deepEqual([full.sheet, full.strokes, full.isEstimate], [2, 15, true]);
    assert.ok(Math.abs(full.inkMm - 150) < 1, `${full.inkMm} mm of ink`);
    assert.ok(full.minutes > owed.minutes && full.travelMm > owed.travelMm);
    assert.match((await call('GET', '/preview.svg?of=full')).body, /^<svg /);
    assert.equal((await call('GET', '/preview?of=nothing')).status, 422);
  }));
