/** What is said, liked and joined, kept for the worker: on the real disk, across restarts, within its bounds. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import { type Log, silentLog } from '../../src/domain/log.ts';
import type { PassedPage, PassingEvent } from '../../src/domain/passing.ts';
import { PassingRing, passingKept } from '../../src/ledger/passing-ring.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import { tempFolder } from './world.ts';

function chat(text: string, viewer = 'mila'): PassingEvent {
  return {
    version: 2,
    kind: 'chat',
    id: text,
    platform: 'tiktok',
    channel: 'name',
    room: '7',
    origin: 'live',
    session: 's',
    sequence: 1,
    atMs: 5,
    arrivedAtMs: 6,
    user: { id: viewer, name: viewer },
    payload: { text },
  };
}

function ringIn(context: TestContext) {
  const file = join(tempFolder(context), 'livepen.db-passing');
  const clock = virtualClock();
  const said: string[] = [];
  const log: Log = { ...silentLog, warn: (text) => said.push(text) };
  let ring = new PassingRing(file, clock, log);
  context.after(() => ring.close());
  return {
    file,
    clock,
    said,
    get ring() {
      return ring;
    },
    /** As after a kill: nothing was closed. */
    again() {
      ring = new PassingRing(file, clock, log);
    },
    async say(...texts: string[]) {
      for (const text of texts) ring.take(chat(text));
      const settled = ring.settled();
      await clock.advance(100);
      await settled;
    },
    ask(after: string | null, kinds: readonly ('chat' | 'like' | 'join')[] = ['chat']): PassedPage {
      const answer = ring.ask({ kinds, after });
      assert.ok(answer.ok, JSON.stringify(answer));
      return answer.page;
    },
  };
}

const textsOf = ({ entries }: PassedPage) => entries.map(({ text }) => text);

test('nothing is kept and no file is there while nobody asks, nor after nobody does any more', async (context) => {
  const rig = ringIn(context);
  await rig.say('before');
  assert.equal(rig.ring.isWanted, false);
  assert.equal(existsSync(rig.file), false);
  const { cursor } = rig.ask(null);
  await rig.say('one');
  assert.deepEqual(textsOf(rig.ask(cursor)), ['one']);
  rig.ring.take({ ...chat('x'), kind: 'join', payload: {} });
  assert.deepEqual(rig.ask(cursor, []), { entries: [], cursor: null, lost: 0, more: false });
  assert.deepEqual(readdirSync(join(rig.file, '..')), []);
  await rig.say('after');
  assert.equal(rig.ring.isWanted, false);
});

test('all is there after a kill, in order, until whoever asks has it; an answer that was lost is given again', async (context) => {
  const rig = ringIn(context);
  const { cursor } = rig.ask(null);
  await rig.say('one', 'two');
  rig.again();
  assert.equal(rig.ring.isWanted, true, 'what was asked for is known after a kill');
  await rig.say('three');
  const page = rig.ask(cursor);
  assert.deepEqual(textsOf(page), ['one', 'two', 'three']);
  assert.deepEqual(rig.ask(cursor), page);
  await rig.say('four');
  const next = rig.ask(page.cursor);
  assert.deepEqual([textsOf(next), next.lost], [['four'], 0]);
  assert.deepEqual(textsOf(rig.ask(cursor)), ['four'], 'what was let go is gone');
});

test('of more than are kept the oldest go, that is said once, and how many are missing is told before the rest', async (context) => {
  const rig = ringIn(context);
  const { cursor } = rig.ask(null);
  for (let n = 0; n < passingKept + 1_500; n += 500)
    await rig.say(...Array.from({ length: 500 }, (_, at) => String(n + at)));
  assert.equal(rig.said.length, 1);
  const page = rig.ask(cursor);
  assert.deepEqual([page.lost, page.entries[0]?.text, page.entries.length, page.more], [1_500, '1500', 200, true]);
  let at: PassedPage = page;
  const all = [...page.entries];
  while (at.more) {
    at = rig.ask(at.cursor);
    assert.equal(at.lost, 0);
    all.push(...at.entries);
  }
  assert.deepEqual([all.length, all.at(-1)?.text], [passingKept, String(passingKept + 1_499)]);
});

test('what comes at once and is more than waits in memory is a gap at its place', async (context) => {
  const rig = ringIn(context);
  const { cursor } = rig.ask(null);
  await rig.say('first');
  await rig.say(...Array.from({ length: 2_300 }, (_, n) => String(n)));
  const first = rig.ask(cursor);
  assert.deepEqual([textsOf(first), first.lost, first.more], [['first'], 0, true]);
  const next = rig.ask(first.cursor);
  assert.deepEqual([next.lost, next.entries[0]?.text], [300, '300']);
});

test('what is forgotten on request is gone from the disk, and is a gap', async (context) => {
  const rig = ringIn(context);
  const { cursor } = rig.ask(null);
  await rig.say('a secret of mine');
  rig.ring.take(chat('not written yet'));
  assert.equal(rig.ring.clear(), 2);
  rig.ring.close();
  assert.ok(!readFileSync(rig.file).includes('a secret of mine'));
  rig.again();
  const page = rig.ask(cursor);
  assert.deepEqual([textsOf(page), page.lost], [[], 1]);
  await rig.say('later');
  const next = rig.ask(page.cursor);
  assert.deepEqual([textsOf(next), next.lost], [['later'], 0]);
});

test('what nobody fetches for a day goes, and is a gap', async (context) => {
  const rig = ringIn(context);
  const { cursor } = rig.ask(null);
  await rig.say('old');
  await rig.clock.advance(26 * 60 * 60_000);
  await rig.say('new');
  const page = rig.ask(cursor);
  assert.deepEqual([textsOf(page), page.lost], [['new'], 1]);
});

test('a place of another file, or of none, is known as that; a damaged file begins anew', async (context) => {
  const rig = ringIn(context);
  const { cursor } = rig.ask(null);
  await rig.say('one');
  const foreign = rig.ask('00000000:7');
  assert.deepEqual([textsOf(foreign), foreign.lost], [['one'], null]);
  const ahead = rig.ask(`${String(cursor).split(':')[0]}:99`);
  assert.deepEqual([textsOf(ahead), ahead.lost], [['one'], null]);
  assert.equal(rig.ask('nonsense').lost, null);
  rig.ring.close();
  writeFileSync(rig.file, 'x'.repeat(5_000));
  rig.again();
  const anew = rig.ask(cursor);
  assert.deepEqual([textsOf(anew), anew.lost], [[], null]);
  await rig.say('two');
  assert.deepEqual(textsOf(rig.ask(anew.cursor)), ['two']);
});

test('a long text is cut, and other kinds than those that are asked for are not kept', async (context) => {
  const rig = ringIn(context);
  const { cursor } = rig.ask(null, ['like', 'chat']);
  await rig.say('🌹'.repeat(3_000));
  rig.ring.take({ ...chat('x'), kind: 'join', payload: {} });
  rig.ring.take({ ...chat('x'), kind: 'like', payload: { count: 3, total: 9 } });
  await rig.say();
  const page = rig.ask(cursor, ['like', 'chat']);
  assert.deepEqual(
    page.entries.map(({ kind, count, text }) => [kind, count, text]),
    [
      ['chat', undefined, '🌹'.repeat(500)],
      ['like', 3, undefined],
    ],
  );
});

test('a disk that takes nothing holds up nobody: what it refused is a gap, said once', async (context) => {
  const rig = ringIn(context);
  const { cursor } = rig.ask(null);
  await rig.say('one');
  const other = new Database(rig.file);
  context.after(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  await rig.say('two');
  await rig.say('three');
  other.exec('ROLLBACK');
  assert.equal(rig.said.length, 1);
  await rig.say('four');
  const page = rig.ask(cursor);
  assert.deepEqual([textsOf(page), page.more], [['one'], true]);
  const next = rig.ask(page.cursor);
  assert.deepEqual([textsOf(next), next.lost], [['four'], 2]);

  const nowhere = new PassingRing(tempFolder(context), rig.clock, silentLog);
  const refused = nowhere.ask({ kinds: ['chat'], after: null });
  assert.equal(refused.ok ? '' : refused.fault.code, 'disk-cantopen');
  nowhere.take(chat('x'));
  assert.equal(nowhere.clear(), 0);
  nowhere.close();
});

test('a disk that is full as it begins is asked again: what is kept from then on has its numbers, and the box goes on', async (context) => {
  const rig = ringIn(context);
  const other = new Database(rig.file);
  context.after(() => other.close());
  other.exec('BEGIN EXCLUSIVE');
  assert.equal(rig.ring.ask({ kinds: ['chat'], after: null }).ok, false);
  other.exec('ROLLBACK');
  const { cursor } = rig.ask(null);
  await rig.say('one');
  const page = rig.ask(cursor);
  assert.deepEqual([textsOf(page), page.lost], [['one'], 0]);
});

test('a file that cannot be opened after a restart is opened later, with all that is in it; what went by until then is a gap', async (context) => {
  const rig = ringIn(context);
  const { cursor } = rig.ask(null);
  await rig.say('one');
  rig.ring.close();
  const other = new Database(rig.file);
  context.after(() => other.close());
  other.pragma('locking_mode = EXCLUSIVE');
  other.exec('BEGIN EXCLUSIVE');
  rig.again();
  assert.equal(rig.said.length, 1);
  await rig.say('nobody knows of this');
  assert.equal(rig.ring.ask({ kinds: ['chat'], after: cursor }).ok, false);
  other.exec('ROLLBACK');
  other.close();
  const page = rig.ask(cursor);
  assert.deepEqual([textsOf(page), page.lost], [['one'], null]);
  await rig.say('two');
  const next = rig.ask(page.cursor);
  assert.deepEqual([textsOf(next), next.lost], [['two'], 0]);
});
