import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../../src/domain/log.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import { DurableLane } from '../../src/worker/delivery.ts';
import { WorkerStore } from '../../src/worker/store.ts';
import { onSmallDisk } from '../ledger/spoilt-disk.ts';
import { steeredOutlet, task, yes } from './tasks.ts';

test('on a full disk nothing is taken of the feed, what was sent is not sent again, and all goes on with room', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-worker-'));
  context.after(() => rmSync(folder, { recursive: true }));
  await onSmallDisk(folder, 2, async (disk) => {
    const clock = virtualClock();
    const opened = WorkerStore.open(join(disk.folder, 'worker.db'), clock.wallMs);
    assert.ok(opened.ok);
    const { store } = opened;
    const answer = Promise.withResolvers<typeof yes>();
    const { outlet, taken } = steeredOutlet('durable', ({ id }) =>
      id === 'a' ? answer.promise : Promise.resolve(yes),
    );
    const lane = new DurableLane({ ...outlet, timeoutMs: 1_000_000 }, 'there', { clock, log: silentLog, store });
    const long = 'x'.repeat(10_000);
    const bring = (id: string) =>
      store.take(`00000001:${id}`, [{ outlet: outlet.name, task: task('webhook', { long }, id) }]);
    assert.deepEqual(bring('a'), { ok: true });
    lane.wake();
    await clock.advance(10);
    disk.fill();
    const refused = bring('b');
    assert.ok(!refused.ok && refused.fault.what.includes('the disk is full'), JSON.stringify(refused));
    assert.equal(store.place(), '00000001:a');
    answer.resolve(yes);
    await clock.advance(60_000);
    assert.deepEqual(
      taken.map(({ id }) => id),
      ['a'],
    );
    disk.free();
    assert.deepEqual(bring('b'), { ok: true });
    await clock.advance(60_000);
    assert.deepEqual(
      taken.map(({ id }) => id),
      ['a', 'b'],
    );
    assert.equal(store.counts(outlet.name).waiting, 0);
    lane.close();
    store.close();
  });
});
