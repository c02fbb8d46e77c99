import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { type Log, silentLog } from '../../src/domain/log.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import { afterTry, DurableLane, InstantLane } from '../../src/worker/delivery.ts';
import type { Sent } from '../../src/worker/outlet.ts';
import { WorkerStore } from '../../src/worker/store.ts';
import { no, steeredOutlet, task, yes } from './tasks.ts';

function folderOf(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-worker-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function opened(file: string, wallMs = () => 0): WorkerStore {
  const found = WorkerStore.open(file, wallMs);
  assert.ok(found.ok, JSON.stringify(found));
  return found.store;
}

/** A durable lane on a store of its own, whose outlet answers as told. */
function durable(
  context: TestContext,
  answer: (id: string, signal: AbortSignal) => Promise<Sent>,
  log: Log = silentLog,
) {
  const clock = virtualClock();
  const store = opened(join(folderOf(context), 'worker.db'), clock.wallMs);
  context.after(() => store.close());
  const { outlet, taken } = steeredOutlet('durable', ({ id }, signal) => answer(id, signal));
  const lane = new DurableLane(outlet, 'there', { clock, log, store });
  let seq = 0;
  const bring = (...ids: string[]) => {
    seq += 1;
    const kept = store.take(
      `00000001:${seq}`,
      ids.map((id) => ({ outlet: outlet.name, task: task('webhook', {}, id) })),
    );
    assert.ok(kept.ok);
    lane.wake();
  };
  return { clock, store, lane, taken: () => taken.map(({ id }) => id), bring, outlet };
}

test('a durable outlet gets all in order, one at a time, and each once while it takes them', async (context) => {
  let atATime = 0;
  const { clock, bring, taken, lane } = durable(context, async () => {
    atATime += 1;
    assert.equal(atATime, 1);
    await new Promise<void>((resolve) => void clock.after(20, resolve));
    atATime -= 1;
    return yes;
  });
  bring('a', 'b');
  bring('c');
  await clock.advance(1_000);
  assert.deepEqual(taken(), ['a', 'b', 'c']);
  assert.deepEqual(
    { waiting: lane.report().waiting, sent: lane.report().sent, dead: lane.report().dead },
    { waiting: 0, sent: 3, dead: 0 },
  );
});

test('what nobody takes is tried again after 500 ms, doubled up to 30 s, and what comes behind it waits', async (context) => {
  const tries: number[] = [];
  let isThere = false;
  const { clock, bring, taken } = durable(context, async () => {
    tries.push(clock.nowMs());
    return isThere ? yes : no('unreachable');
  });
  bring('a', 'b');
  await clock.advance(120_000);
  const waits = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
  assert.deepEqual(waits.slice(0, 8), [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  assert.ok(taken().every((id) => id === 'a'));
  isThere = true;
  await clock.advance(30_000);
  assert.deepEqual(taken().slice(-2), ['a', 'b']);
});

test('an hour without a network loses nothing and changes no order', async (context) => {
  let isThere = false;
  const arrived: string[] = [];
  const { clock, bring, store } = durable(context, async (id) => {
    if (!isThere) return no('unreachable');
    arrived.push(id);
    return yes;
  });
  const ids: string[] = [];
  for (let minute = 0; minute < 60; minute++) {
    ids.push(`at ${minute}`);
    bring(`at ${minute}`);
    await clock.advance(60_000);
  }
  isThere = true;
  await clock.advance(60_000);
  assert.deepEqual(arrived, ids);
  assert.deepEqual(store.dead(10), []);
});

test('what is refused eight times is a dead letter, and the next one has its turn', async (context) => {
  const { clock, bring, taken, store } = durable(context, async (id) => (id === 'bad' ? no('refused') : yes));
  bring('bad', 'good');
  await clock.advance(200_000);
  assert.deepEqual(taken(), [...Array(8).fill('bad'), 'good']);
  assert.deepEqual(
    store.dead(10).map(({ task: { id }, why }) => [id, why]),
    [['bad', 'It is refused.']],
  );
});

test('a dead letter that a person sends again waits behind the others and keeps its id', async (context) => {
  let isMended = false;
  const { clock, bring, taken, store } = durable(context, async () => (isMended ? yes : no('refused')));
  bring('a');
  await clock.advance(200_000);
  isMended = true;
  assert.deepEqual(store.revive(null), { ok: true, count: 1 });
  assert.deepEqual(store.revive(null), { ok: true, count: 0 });
  await clock.advance(10_000);
  assert.deepEqual(taken().slice(-1), ['a']);
  assert.deepEqual(store.dead(10), []);
});

test('dropped, a dead letter is gone', async (context) => {
  const { clock, bring, store } = durable(context, async () => no('refused'));
  bring('a', 'b');
  await clock.advance(400_000);
  const [first] = store.dead(10);
  assert.deepEqual(store.drop(first?.seq ?? 0), { ok: true, count: 1 });
  assert.deepEqual(
    store.dead(10).map(({ task: { id } }) => id),
    ['b'],
  );
});

test('where nothing is wanted any more all that waits is a dead letter, until one of them is sent again', async (context) => {
  let isOff = true;
  const { clock, bring, taken, store } = durable(context, async () => (isOff ? no('off') : yes));
  bring('a', 'b');
  await clock.advance(1_000);
  bring('c');
  await clock.advance(10_000);
  assert.deepEqual(taken(), ['a']);
  assert.equal(store.dead(10).length, 3);
  isOff = false;
  store.revive(null);
  await clock.advance(10_000);
  assert.deepEqual(taken(), ['a', 'a', 'b', 'c']);
});

test('a service that asks for more time gets it, and no more than an hour', () => {
  assert.deepEqual(afterTry(no('unreachable', 20_000), 1), { next: 'again', waitMs: 20_000 });
  assert.deepEqual(afterTry(no('unreachable', 10 ** 12), 1), { next: 'again', waitMs: 3_600_000 });
  assert.deepEqual(afterTry(no('unreachable', 1), 3), { next: 'again', waitMs: 2_000 });
});

test('an outlet that never answers holds its lane for its time-out only, and its late yes counts for nothing', async (context) => {
  const signals: AbortSignal[] = [];
  const answers = [new Promise<Sent>(() => {}), Promise.resolve(yes)];
  const { clock, bring, taken } = durable(context, (_id, signal) => {
    signals.push(signal);
    return answers[signals.length - 1] ?? Promise.resolve(yes);
  });
  bring('a', 'b');
  await clock.advance(9_999);
  assert.deepEqual(taken(), ['a']);
  await clock.advance(1_000);
  assert.deepEqual(taken(), ['a', 'a', 'b']);
  assert.equal(signals[0]?.aborted, true);
});

test('an outlet that throws is reported, and costs nothing but its own task', async (context) => {
  const { clock, bring, store } = durable(context, async (id) => {
    if (id === 'bad') throw new TypeError('undefined is not a function');
    return yes;
  });
  bring('bad', 'good');
  await clock.advance(200_000);
  assert.deepEqual(
    store.dead(10).map(({ task: { id } }) => id),
    ['bad'],
  );
});

test('the same trouble is said once, and once that it is over', async (context) => {
  const said: string[] = [];
  let isThere = false;
  const log = { ...silentLog, warn: (text: string) => said.push(text), info: (text: string) => said.push(text) };
  const { clock, bring } = durable(context, async () => (isThere ? yes : no('unreachable')), log);
  bring('a');
  await clock.advance(300_000);
  isThere = true;
  await clock.advance(30_000);
  assert.deepEqual(said, ['It is unreachable. Wait.', 'durable one works again.']);
});

test('more than 10,000 that wait for one outlet are not kept waiting: the oldest are dead letters', (context) => {
  const { store } = durable(context, () => new Promise<Sent>(() => {}));
  const tasks = Array.from({ length: 10_005 }, (_, n) => ({ outlet: 'other', task: task('webhook', {}, `id ${n}`) }));
  store.take('00000001:9', tasks.slice(0, 10_000));
  store.take('00000001:10', tasks.slice(10_000));
  assert.equal(store.counts('other').waiting, 10_000);
  assert.equal(store.counts('other').dead, 5);
  assert.equal(store.head('other')?.task.id, 'id 5');
  assert.deepEqual([...store.overrun], ['other']);
});

test('a task that the feed brings again is not sent again while it waits', async (context) => {
  let isThere = false;
  const arrived: string[] = [];
  const { clock, bring } = durable(context, async (id) => {
    if (!isThere) return no('unreachable');
    arrived.push(id);
    return yes;
  });
  bring('a');
  bring('a', 'b');
  await clock.advance(1_000);
  isThere = true;
  await clock.advance(10_000);
  assert.deepEqual(arrived, ['a', 'b']);
});

test('what an instant outlet is told late is dropped: 10 s before its queue, 60 s in it', async () => {
  const clock = virtualClock();
  let hangs = true;
  const { outlet, taken } = steeredOutlet('instant', () =>
    hangs ? new Promise<Sent>(() => {}) : Promise.resolve(yes),
  );
  const lane = new InstantLane({ ...outlet, timeoutMs: 100_000 }, { clock, log: silentLog });
  lane.enter(task('osc', {}, 'hangs'), 0);
  lane.enter(task('osc', {}, 'late'), 10_001);
  lane.enter(task('osc', {}, 'waits too long'), 10_000);
  await clock.advance(50_000);
  lane.enter(task('osc', {}, 'just waits'), 0);
  hangs = false;
  await clock.advance(50_000);
  assert.deepEqual(
    taken.map(({ id }) => id),
    ['hangs', 'just waits'],
  );
  assert.deepEqual({ sent: lane.report().sent, dropped: lane.report().dropped }, { sent: 1, dropped: 3 });
});

test('an instant outlet is never told twice, and keeps 50 at most', async () => {
  const clock = virtualClock();
  const { outlet, taken } = steeredOutlet('instant', async () => no('unreachable'));
  const lane = new InstantLane(outlet, { clock, log: silentLog });
  for (let n = 0; n < 1_000; n++) lane.enter(task('osc', {}, `id ${n}`), 0);
  assert.equal(lane.report().waiting, 50);
  await clock.advance(100_000);
  const ids = taken.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(lane.report().dropped, 1_000);
  assert.equal(ids.at(-1), 'id 999');
});

/** What the world does to a worker between two steps. */
type Act = 'bring' | 'stop' | 'network' | 'wait' | 'refuse';

test('through stops, lost networks and refusals in any order all that was due arrives in its order, or is a dead letter', async () => {
  const acts = fc.array(fc.constantFrom<Act>('bring', 'stop', 'network', 'wait', 'refuse'), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(acts, async (plan) => {
      const folder = mkdtempSync(join(tmpdir(), 'livepen-worker-'));
      const file = join(folder, 'worker.db');
      const clock = virtualClock();
      const arrived: string[] = [];
      const brought: string[] = [];
      let isThere = true;
      const unwanted = new Set<string>();
      const open = () => {
        const store = opened(file, clock.wallMs);
        const { outlet } = steeredOutlet('durable', async ({ id }) => {
          if (!isThere) return no('unreachable');
          if (unwanted.has(id)) return no('refused');
          arrived.push(id);
          return yes;
        });
        return { store, lane: new DurableLane(outlet, 'there', { clock, log: silentLog, store }) };
      };
      let now = open();
      const end = () => {
        now.lane.close();
        now.store.close();
      };
      for (const act of plan) {
        if (act === 'bring' || act === 'refuse') {
          const id = `id ${brought.length}`;
          brought.push(id);
          if (act === 'refuse') unwanted.add(id);
          now.store.take(`00000001:${brought.length}`, [{ outlet: 'durable one', task: task('webhook', {}, id) }]);
          now.lane.wake();
        } else if (act === 'stop') {
          end();
          now = open();
        } else if (act === 'network') isThere = !isThere;
        else await clock.advance(7_000);
      }
      isThere = true;
      await clock.advance(60 * 60_000);
      const dead = now.store.dead(1_000).map(({ task: { id } }) => id);
      end();
      rmSync(folder, { recursive: true });
      const wanted = brought.filter((id) => !unwanted.has(id));
      assert.deepEqual([...new Set(arrived)], wanted);
      assert.deepEqual(
        dead,
        brought.filter((id) => unwanted.has(id)),
      );
    }),
    { numRuns: 40 },
  );
});

test('only one worker at a time has the file, and whoever looks into it disturbs nobody', (context) => {
  const file = join(folderOf(context), 'worker.db');
  const store = opened(file);
  const second = WorkerStore.open(file, () => 0);
  assert.equal(second.ok ? 'opened' : second.fault.code, 'worker-in-use');
  const look = WorkerStore.look(file, () => 0);
  assert.ok(look.ok && look.store !== null);
  assert.deepEqual(look.store.dead(10), []);
  for (const name of ['worker.db', 'worker.db-wal'])
    assert.equal(statSync(join(dirname(file), name)).mode & 0o777, 0o600, `${name} names people`);
  const { id } = store.file;
  assert.match(id, /^[0-9a-f]{16}$/);
  assert.deepEqual([store.file.isNew, look.store.file], [true, { id, isNew: false }]);
  look.store.close();
  store.close();
  const again = opened(file);
  assert.deepEqual(again.file, { id, isNew: false }, 'it is called the same for good');
  again.close();
  for (const each of ['worker.db', 'worker.db-wal', 'worker.db-shm'])
    rmSync(join(dirname(file), each), { force: true });
  const another = opened(file);
  assert.notEqual(another.file.id, id);
  another.close();
});

test('a file of before has no name; its worker gives it one, and whoever looks into it does not', (context) => {
  const file = join(folderOf(context), 'worker.db');
  opened(file).close();
  const db = new Database(file);
  db.exec('DROP TABLE name');
  db.close();
  const look = WorkerStore.look(file, () => 0);
  assert.ok(look.ok && look.store !== null);
  assert.deepEqual(look.store.file, { id: '', isNew: false });
  look.store.close();
  const store = opened(file);
  assert.match(store.file.id, /^[0-9a-f]{16}$/);
  assert.equal(store.file.isNew, false);
  store.close();
});

test('an instant outlet may want fewer to wait, and what it leaves out counts as dropped, and is no fault', async () => {
  const clock = virtualClock();
  const answers: Sent[] = [{ ok: true, isLeftOut: true }, no('refused'), { ok: true, isLeftOut: true }, yes];
  const { outlet, taken } = steeredOutlet('instant', async () => {
    await new Promise<void>((resolve) => void clock.after(100, resolve));
    return answers.shift() ?? yes;
  });
  const lane = new InstantLane({ ...outlet, waitingMax: 3 }, { clock, log: silentLog });
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) lane.enter(task('say', {}, id), 0);
  assert.equal(lane.report().waiting, 3);
  await clock.advance(150);
  assert.deepEqual([lane.report().sent, lane.report().dropped, lane.report().fault], [0, 3, null]);
  await clock.advance(100);
  assert.equal(lane.report().fault?.code, 'outlet-refused');
  await clock.advance(300);
  assert.deepEqual(
    taken.map(({ id }) => id),
    ['a', 'd', 'e', 'f'],
  );
  assert.deepEqual([lane.report().sent, lane.report().dropped, lane.report().fault], [1, 5, null]);
});
