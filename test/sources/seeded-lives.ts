import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LiveEventKind } from '../../src/domain/live-event.ts';
import type { GiftKind } from '../../src/simulators/live/messages.ts';
import type { VirtualStreak } from '../../src/simulators/live/room.ts';
import { fans, giftKinds } from '../../src/simulators/live/script.ts';
import { systemClock } from '../../src/system/clock.ts';
import { openCrediting } from './crediting.ts';
import { assertAllHeard, type Hearing, startHearing, truth } from './hearing.ts';

/** What needs no more than its name: a word of a viewer, or something that goes wrong. */
type Whim =
  | 'chat'
  | 'swap'
  | 'pad'
  | 'drop'
  | 'cut'
  | 'close'
  | 'silence'
  | 'limit'
  | 'stall'
  | 'refuse'
  | 'babble'
  | 'babble-at-once'
  | 'shut';

/** One thing that happens on a seeded live; numbers are taken modulo what there is. */
type Deed =
  | { readonly do: 'single'; readonly fan: number; readonly gift: number; readonly count: number }
  | { readonly do: 'grow'; readonly streak: number; readonly by: number }
  | { readonly do: 'end'; readonly streak: number; readonly how: 'once' | 'twice' | 'never' }
  | { readonly do: 'duel'; readonly gift: number; readonly count: number }
  | { readonly do: Whim }
  | { readonly do: 'deliverAgain'; readonly last: number }
  | { readonly do: 'lose'; readonly streak: number }
  | { readonly do: 'wait'; readonly ms: number };

const streakable: readonly GiftKind[] = [giftKinds.rose, giftKinds.gg, giftKinds.fingerHeart];
const whole: readonly GiftKind[] = [giftKinds.galaxy, giftKinds.corgi, giftKinds.handHearts];
const slot = fc.nat(5);
const calm: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ do: fc.constant('single'), fan: fc.nat(3), gift: fc.nat(2), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant('grow'), streak: slot, by: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ do: fc.constant('grow'), streak: slot, by: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ do: fc.constant('end'), streak: slot, how: fc.constantFrom('once', 'twice', 'never') }),
  fc.record({ do: fc.constant('duel'), gift: fc.nat(2), count: fc.integer({ min: 2, max: 5 }) }),
  fc.record({ do: fc.constant('chat') }),
  fc.record({ do: fc.constant('wait'), ms: fc.integer({ min: 1, max: 3_000 }) }),
);
const wild: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ do: fc.constantFrom('swap', 'pad', 'drop', 'cut', 'close', 'limit', 'refuse', 'babble') }),
  fc.record({ do: fc.constantFrom('swap', 'pad', 'drop', 'cut', 'close', 'limit', 'refuse', 'babble-at-once') }),
  fc.record({ do: fc.constantFrom('silence', 'stall', 'shut') }),
  fc.record({ do: fc.constant('deliverAgain'), last: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ do: fc.constant('lose'), streak: slot }),
);

/** A live of some dozens of deeds, three of four of them without malice. */
export const anyLive: fc.Arbitrary<Deed[]> = fc.array(
  fc.oneof({ weight: 3, arbitrary: calm }, { weight: 1, arbitrary: wild }),
  { minLength: 5, maxLength: 45 },
);

/** A count by which the last message of a live is known. */
const lastViewers = 4_242;

/** Plays a live through a real listener into a real ledger, and holds its credits against what was given. */
export async function playSeeded(provider: 'direct' | 'euler', deeds: readonly Deed[], factor: number): Promise<void> {
  const crediting = openCrediting(systemClock());
  const { inbox } = crediting;
  const wanted = new Set<LiveEventKind>(['room-user']);
  const deps = { settled: () => inbox.settled(), wanted };
  const hearing = await startHearing({
    provider,
    factor,
    live: { replay: 10_000 },
    deps,
    offer: (event) => inbox.offer(event),
  });
  try {
    const { live, until, facts, of } = hearing;
    live.room.say({ kind: 'room-user', viewers: 1 });
    await until('the live is heard', () => facts().heard);
    const streaks = new Map<number, OpenStreak>();
    for (const deed of deeds) await perform(hearing, streaks, deed);
    // A swap that is still due holds one frame back until the next: when the second is heard, all before it is.
    live.room.say({ kind: 'room-user', viewers: 2 });
    live.room.say({ kind: 'room-user', viewers: lastViewers });
    await until('the last message is heard', () =>
      of('room-user').some(({ payload }) => payload.viewers === lastViewers),
    );
    assertAllHeard(hearing);
    await inbox.settled();
    assert.deepEqual(crediting.credited(), truth(live.room.given()));
    assert.deepEqual(crediting.ledger.check('full').findings, []);
  } finally {
    await hearing.end();
    crediting.end();
  }
}

interface OpenStreak {
  readonly streak: VirtualStreak;
  reached: number;
}

function streakAt({ live }: Hearing, streaks: Map<number, OpenStreak>, index: number): OpenStreak {
  const known = streaks.get(index);
  if (known !== undefined) return known;
  const opened = { streak: live.room.streak(at(fans, index), at(streakable, index >> 1)), reached: 0 };
  streaks.set(index, opened);
  return opened;
}

function grow(open: OpenStreak, by: number): void {
  open.reached += by;
  open.streak.to(open.reached);
}

async function perform(hearing: Hearing, streaks: Map<number, OpenStreak>, deed: Deed): Promise<void> {
  const { live, clock } = hearing;
  const { room, faults } = live;
  switch (deed.do) {
    case 'single':
      room.gift(at(fans, deed.fan), at(whole, deed.gift), deed.count);
      return;
    case 'grow':
      grow(streakAt(hearing, streaks, deed.streak), deed.by);
      return;
    case 'end': {
      const open = streakAt(hearing, streaks, deed.streak);
      if (open.reached > 0) open.streak.end(deed.how);
      streaks.delete(deed.streak);
      return;
    }
    case 'duel': {
      const both = [0, 1].map((fan) => room.streak(at(fans, fan), at(streakable, deed.gift)));
      for (let count = 1; count <= deed.count; count += 1) for (const streak of both) streak.to(count);
      for (const streak of both) streak.end('once');
      return;
    }
    case 'lose': {
      const open = streakAt(hearing, streaks, deed.streak);
      faults.loseNext();
      grow(open, 1);
      grow(open, 1);
      return;
    }
    case 'deliverAgain':
      room.deliverAgain(room.history.slice(-deed.last));
      return;
    case 'wait':
      await new Promise<void>((resolve) => {
        clock.after(deed.ms, resolve);
      });
      return;
    default:
      misbehave(hearing, deed.do);
  }
}

function misbehave({ live }: Hearing, what: Whim) {
  const { room, faults } = live;
  if (what === 'chat') room.say({ kind: 'chat', fan: at(fans, 2), text: 'go pen go' });
  if (what === 'swap') faults.swapNext();
  if (what === 'pad') faults.padNext(100_000);
  if (what === 'drop') live.drop();
  if (what === 'close') live.closeAll(1001, 'going away');
  if (what === 'babble') faults.babble();
  if (what === 'babble-at-once') faults.babbleNext();
  if (what === 'silence') faults.goSilent();
  if (what === 'limit')
    faults.refuse('sign', { status: 429, headers: { 'retry-after': '2' }, body: '{"message":"slow"}' });
  if (what === 'stall') faults.stall('sign');
  if (what === 'shut') {
    faults.shutNext();
    live.drop();
  }
  if (what === 'refuse') faults.refuse('upgrade', { status: 503 });
  if (what === 'cut') {
    faults.cutNext();
    room.say({ kind: 'room-user', viewers: 9 });
  }
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index % list.length];
  if (item === undefined) throw new Error('an empty list');
  return item;
}
