import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { ChatPoints } from '../../src/appliance/chat-points.ts';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import { silentLog } from '../../src/domain/log.ts';
import { entriesOf, terms } from '../ledger/points-world.ts';
import { gift, noonMs } from '../ledger/world.ts';
import { buildWorld } from './world.ts';

const plain = { ...terms, start: 0, xpPerPoint: 0 };

function chat(user: string | null, seconds: number, told: Parameters<typeof gift>[0] = {}): LiveEvent {
  const { payload: _, kind: __, ...head } = gift({ user, arrivedAtMs: noonMs + seconds * 1000, ...told });
  return { ...head, kind: 'chat', payload: { text: 'hello' } };
}

test('words in the chat earn once a person and minute, whatever comes again, also after a restart', async () => {
  const world = buildWorld({ points: plain });
  world.appliance.start();
  const all = [chat('u1', 0), chat('u1', 20), chat('u2', 30), chat('u1', 61), chat('u1', 20), chat('u1', 59)];
  for (const event of all) world.source.emit(event);
  await world.clock.advance(4_000);
  assert.deepEqual(entriesOf(world.ledger), [], 'they are written down together');
  await world.clock.advance(1_500);
  const earned = ['u1 points 1 1 chat', 'u2 points 1 1 chat', 'u1 points 1 2 chat'];
  assert.deepEqual(entriesOf(world.ledger), earned);
  const next = await world.crash();
  next.appliance.start();
  for (const event of [...all, chat('u3', 5, { origin: 'test' }), chat(null, 5)]) next.source.emit(event);
  await next.clock.advance(6_000);
  assert.deepEqual(entriesOf(next.ledger), earned);
  assert.deepEqual(next.ledger.check('full').findings, []);
  await next.close();
});

test('what waits is written down at the end, and what the disk does not take now later on', async () => {
  const world = buildWorld({ points: plain });
  let isFull = true;
  const chatted: typeof world.ledger.chatted = (messages) => {
    if (isFull) throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL');
    return world.ledger.chatted(messages);
  };
  const chats = new ChatPoints(world.clock, silentLog, { chatted }, 60);
  chats.take(chat('u1', 0));
  await world.clock.advance(30_000);
  chats.take(chat('u2', 0));
  isFull = false;
  await world.clock.advance(5_000);
  assert.deepEqual(entriesOf(world.ledger), ['u1 points 1 1 chat', 'u2 points 1 1 chat']);
  chats.take(chat('u3', 0));
  chats.close();
  assert.deepEqual(entriesOf(world.ledger).slice(2), ['u3 points 1 1 chat']);
  await world.close();
});

test('under another config no time in which the chat earns begins within its length of an earlier one', async () => {
  const world = buildWorld({ points: { ...plain, chat: { points: 1, seconds: 100 } } });
  world.ledger.chatted([{ user: { id: 'u1', name: 'name of u1' }, atMs: 250_000 }]);
  const next = await world.crash({ points: { ...plain, chat: { points: 1, seconds: 60 } } });
  for (const atMs of [190_000, 265_000, 301_000])
    next.ledger.chatted([{ user: { id: 'u1', name: 'name of u1' }, atMs }]);
  assert.deepEqual(entriesOf(next.ledger), ['u1 points 1 1 chat', 'u1 points 1 2 chat']);
  await next.close();
});
