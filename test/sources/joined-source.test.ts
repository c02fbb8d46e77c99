/** Several lives side by side: what is given on each is heard once, and each can be left alone for a while. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import type { LiveSource } from '../../src/domain/live-source.ts';
import { silentLog } from '../../src/domain/log.ts';
import { fans, giftKinds } from '../../src/simulators/live/script.ts';
import { startVirtualLive, type VirtualLive } from '../../src/simulators/live/virtual-live.ts';
import { joinSources } from '../../src/sources/joined-source.ts';
import { createTikTokSource } from '../../src/sources/tiktok/source.ts';
import { systemClock } from '../../src/system/clock.ts';
import { seededRandom } from '../../src/system/random.ts';
import { openCrediting } from './crediting.ts';
import { truth } from './hearing.ts';

const [fan = { id: '1', name: 'ink_fan' }] = fans;
const { corgi } = giftKinds;
const factor = 50;
const patienceMs = 100_000;

interface Together {
  readonly lives: readonly [VirtualLive, VirtualLive];
  readonly source: LiveSource;
  readonly events: LiveEvent[];
  /** By room, viewer and gift. */
  credited(): Map<string, number>;
  settled(): Promise<void>;
  until(what: string, holds: () => boolean): Promise<void>;
}

/** Two lives of two streamers, heard together by real listeners, and credited. */
async function whileTogether(body: (together: Together) => Promise<void>): Promise<void> {
  const clock = systemClock(factor);
  const lives = [
    await startVirtualLive({ clock, user: 'ink_host_01' }),
    await startVirtualLive({ clock, user: 'ink_host_02' }),
  ] as const;
  const crediting = openCrediting(clock, null);
  const source = joinSources(
    lives.map((live, index) => ({
      name: `live ${index + 1}`,
      platform: 'tiktok',
      channel: () => live.user,
      source: createTikTokSource({
        clock,
        random: seededRandom(index + 1),
        log: silentLog,
        settings: { user: live.user, provider: 'direct', signUrl: live.url, room: live.room.id, secretsFile: null },
        secrets: { LIVEPEN_TIKTOK_HOST: live.pagesHost },
        heartbeatMs: 10_000 / factor,
        settled: () => crediting.inbox.settled(),
      }),
    })),
  );
  const events: LiveEvent[] = [];
  source.start({
    event(event) {
      events.push(event);
      crediting.inbox.offer(event);
    },
    changed: () => {},
  });
  async function until(what: string, holds: () => boolean): Promise<void> {
    const untilMs = performance.now() + patienceMs;
    while (!holds()) {
      if (performance.now() > untilMs) throw new Error(`${what} did not happen: ${JSON.stringify(source.facts())}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  try {
    await body({
      lives,
      source,
      events,
      credited: () => crediting.credited(),
      settled: () => crediting.inbox.settled(),
      until,
    });
  } finally {
    await source.stop();
    crediting.end();
    for (const live of lives) await live.close();
  }
}

const giftsOf = (events: readonly LiveEvent[]) =>
  events.flatMap((event) => (event.kind === 'gift' ? [`${event.channel} ${event.payload.count}`] : []));

test('gifts of two lives are heard once each, with the channel that they were given on', async () => {
  await whileTogether(async ({ lives: [one, two], source, events, credited, settled, until }) => {
    await until('both heard', () => source.facts().heard);
    assert.deepEqual(source.facts().rooms, [one.room.id, two.room.id]);
    one.room.gift(fan, corgi, 1);
    two.room.gift(fan, corgi, 2);
    await until('both gifts', () => giftsOf(events).length === 2);
    assert.deepEqual(giftsOf(events).toSorted(), ['ink_host_01 1', 'ink_host_02 2']);
    await settled();
    assert.deepEqual(credited(), truth([...one.room.given(), ...two.room.given()]));
  });
});

test('a live that is switched off is heard no more, and again once it is switched on; the other one goes on', async () => {
  await whileTogether(async ({ lives: [one, two], source, events, until }) => {
    await until('both heard', () => source.facts().heard);
    assert.equal(source.switchLive?.('live 2', false)?.isOff, true);
    assert.equal(source.switchLive?.('nobody', false), null);
    await until('the end of it', () =>
      events.some(({ kind, channel }) => kind === 'disconnected' && channel === two.user),
    );
    const [gone] = events.filter(({ kind }) => kind === 'disconnected');
    assert.deepEqual(gone?.kind === 'disconnected' && gone.payload.why, 'the live was switched off');
    one.room.gift(fan, corgi, 1);
    await until('the gift of the other live', () => giftsOf(events).length === 1);
    const facts = source.facts();
    assert.equal(facts.heard, true, 'all that are listened to are heard');
    assert.deepEqual(
      facts.lives?.map(({ name, isOff, heard }) => [name, isOff, heard]),
      [
        ['live 1', false, true],
        ['live 2', true, false],
      ],
    );
    source.retryNow();
    source.switchLive?.('live 2', true);
    await until('it is heard again', () => source.facts().lives?.[1]?.heard === true);
    two.room.gift(fan, corgi, 3);
    await until('its gift', () => giftsOf(events).includes('ink_host_02 3'));
    assert.ok(giftsOf(events).includes('ink_host_01 1'));
  });
});

test('a live that is off air keeps the others from nothing; one that is lost does', async () => {
  const one = factsOf({ heard: true, phase: 'connected', room: '1' });
  const offAir = factsOf({ heard: false, phase: 'off-air', room: '2' });
  const lost = factsOf({ heard: false, phase: 'waiting', room: '3' });
  const joined = (...facts: readonly ReturnType<LiveSource['facts']>[]) =>
    joinSources(
      facts.map((each, index) => ({
        name: `${index}`,
        platform: 'any',
        channel: () => '',
        source: { start() {}, facts: () => each, retryNow() {}, stop: async () => {} },
      })),
    ).facts();
  assert.equal(joined(one, offAir).heard, true);
  assert.equal(joined(one, lost).heard, false);
  assert.equal(joined(offAir, offAir).heard, false);
  assert.deepEqual([joined(one, lost).room, joined(one, lost).phase], ['1', 'waiting']);
  assert.deepEqual([joined(offAir).phase, joined().phase], ['off-air', 'stopped']);
});

function factsOf(facts: Pick<ReturnType<LiveSource['facts']>, 'heard' | 'phase' | 'room'>) {
  return { ...facts, nextAttemptAtMs: null, problem: null, reconnects: 0, undecodable: 0 };
}
