import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { silentLog } from '../../src/domain/log.ts';
import type { VirtualRoom } from '../../src/simulators/live/room.ts';
import { fans, giftKinds } from '../../src/simulators/live/script.ts';
import { startVirtualLive, type VirtualLive } from '../../src/simulators/live/virtual-live.ts';
import { createTikTokSource } from '../../src/sources/tiktok/source.ts';
import { systemClock } from '../../src/system/clock.ts';
import { seededRandom } from '../../src/system/random.ts';
import { openCrediting } from './crediting.ts';
import { truth } from './hearing.ts';

const fan = fans[0] ?? { id: '1', name: 'ink_fan' };
const { rose } = giftKinds;
const clock = systemClock(50);
const providers = ['direct', 'euler'] as const;

/**
 * One life of a service that listens and credits; what is in its memory ends with it. `lastWord` is a count of viewers
 * by which the last message of this life is known.
 */
async function liveOnce(
  live: VirtualLive,
  provider: (typeof providers)[number],
  lastWord: number,
  folder: string | null,
  deeds: () => void,
) {
  const crediting = openCrediting(clock, folder);
  const { inbox, ledger } = crediting;
  let heard = (): void => {};
  const allHeard = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const source = createTikTokSource({
    clock,
    random: seededRandom(7),
    log: silentLog,
    settings: {
      user: live.user,
      provider,
      signUrl: provider === 'euler' ? live.eulerUrl : live.url,
      room: live.room.id,
      secretsFile: null,
    },
    secrets: { LIVEPEN_TIKTOK_HOST: live.pagesHost, LIVEPEN_SIGN_API_KEY: 'made-up-key' },
    heartbeatMs: 200,
    wanted: new Set(['room-user']),
    settled: () => inbox.settled(),
    recall: (event) => ledger.questions.pastStreaks(event),
  });
  let begun = false;
  source.start({
    event: (event) => {
      inbox.offer(event);
      if (event.kind === 'room-user' && event.payload.viewers === lastWord && begun) heard();
    },
    changed: () => {
      if (!source.facts().heard || begun) return;
      begun = true;
      setImmediate(() => {
        deeds();
        live.room.say({ kind: 'room-user', viewers: lastWord });
      });
    },
  });
  await allHeard;
  await source.stop();
  await inbox.settled();
  const credited = crediting.credited();
  ledger.close();
  return { credited, folder: crediting.folder };
}

/** Plays deeds in two lives of a service, with what the room says while there is none in between. */
async function twoLives(
  provider: (typeof providers)[number],
  replay: number,
  first: (room: VirtualRoom) => void,
  between: (room: VirtualRoom) => void,
  second: (room: VirtualRoom) => void,
): Promise<void> {
  const server = await startVirtualLive({ clock, replay });
  server.room.say({ kind: 'room-user', viewers: 1 });
  const before = await liveOnce(server, provider, 4_242, null, () => first(server.room));
  between(server.room);
  const after = await liveOnce(server, provider, 4_243, before.folder, () => second(server.room));
  await server.close();
  rmSync(before.folder, { recursive: true });
  assert.deepEqual(after.credited, truth(server.room.given()));
}

for (const provider of providers) {
  test(`a streak without a group that goes on after a restart, its last frames told again, counts once (${provider})`, async () => {
    let streak: ReturnType<VirtualRoom['streak']> | null = null;
    await twoLives(
      provider,
      4,
      (room) => {
        streak = room.streak(fan, rose, '0');
        for (let count = 1; count <= 5; count += 1) streak.to(count);
      },
      () => {},
      (room) => {
        streak?.to(6);
        streak?.to(8);
        streak?.end('twice');
        const next = room.streak(fan, rose, '0');
        for (let count = 1; count <= 3; count += 1) next.to(count);
        next.end('once');
      },
    );
  });

  test(`a streak without a group that grew while nobody listened goes on (${provider})`, async () => {
    let streak: ReturnType<VirtualRoom['streak']> | null = null;
    await twoLives(
      provider,
      2,
      (room) => {
        streak = room.streak(fan, rose, '0');
        streak.to(1);
        streak.to(2);
      },
      () => {
        streak?.to(3);
        streak?.to(4);
        streak?.to(5);
      },
      () => streak?.to(6),
    );
  });

  test(`a streak without a group that began after another had ended counts anew, though its begin is not told (${provider})`, () =>
    twoLives(
      provider,
      2,
      (room) => {
        const one = room.streak(fan, rose, '0');
        one.to(1);
        one.to(3);
        one.end('once');
      },
      (room) => {
        const two = room.streak(fan, rose, '0');
        for (const count of [1, 2, 3, 4]) two.to(count);
      },
      (room) => {
        const three = room.streak(fan, rose, '0');
        three.to(1);
        three.to(2);
        three.end('once');
      },
    ));

  test(`frames of the streak before the last one, told again after a restart, are its own (${provider})`, async () => {
    let open: ReturnType<VirtualRoom['streak']> | null = null;
    await twoLives(
      provider,
      5,
      (room) => {
        const one = room.streak(fan, rose, '0');
        for (const count of [1, 2, 3, 4]) one.to(count);
        one.end('once');
        open = room.streak(fan, rose, '0');
        open.to(1);
        open.to(2);
      },
      () => {},
      () => {
        open?.to(3);
        open?.end('once');
      },
    );
  });
}
