import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { silentLog } from '../../src/domain/log.ts';
import { systemClock } from '../../src/system/clock.ts';
import { InstantLane, sendWithin } from '../../src/worker/delivery.ts';
import type { Outlet, Sent, Task } from '../../src/worker/outlet.ts';

/** What a receiver does with what comes. */
export type Mood = 'takes' | 'slow' | 'hangs' | 'refuses' | 'gone' | 'forbids';

/** An outlet with a receiver behind it. */
export interface OutletRig {
  readonly outlet: Outlet;
  /** A task with a text in it. */
  taskOf(text: string): Task;
  /** The texts that arrived, and were taken. */
  received(): readonly string[];
  /** What of a text arrives, where that is not all of it. */
  readonly arrives?: (text: string) => string;
  become(mood: Mood): Promise<void>;
  /** What nobody may read in what is reported. */
  readonly secrets: readonly string[];
}

/** Time runs twenty times as fast: time-outs of seconds are over soon. */
export const fastClock = systemClock(20);

/** What every outlet promises; a receiver may lack moods, such as one of UDP, of which nothing is heard. */
export function outletContract(
  name: string,
  rigOf: (context: TestContext) => Promise<OutletRig>,
  moods: readonly Mood[],
): void {
  // What is to arrive has all its time, on a busy machine, too; what never will is over soon.
  const send = ({ outlet, taskOf }: OutletRig, text: string, clock = systemClock()) =>
    sendWithin(clock, outlet, taskOf(text));
  const failed = async (
    rig: OutletRig,
    text: string,
    clock = systemClock(),
  ): Promise<Extract<Sent, { readonly ok: false }>> => {
    const sent = await send(rig, text, clock);
    assert.ok(!sent.ok, `${name} took "${text}"`);
    assert.match(sent.fault.code, /^outlet-/);
    for (const secret of rig.secrets) assert.ok(!JSON.stringify(sent).includes(secret), JSON.stringify(sent));
    return sent;
  };

  test(`${name}: what is sent arrives once and whole, in any script, and in order`, async (context) => {
    const rig = await rigOf(context);
    const texts = ['one', 'Привет, Анна', '"quoted" \\ {braces} %s', '🦄 two', 'x'.repeat(2_000)];
    for (const text of texts) assert.deepEqual(await send(rig, text), { ok: true });
    assert.deepEqual(
      rig.received(),
      texts.map((text) => rig.arrives?.(text) ?? text),
    );
  });

  test(`${name}: a stop in the middle ends it, and nothing is left running`, async (context) => {
    const rig = await rigOf(context);
    if (moods.includes('hangs')) await rig.become('hangs');
    const underWay = send(rig, 'under way', fastClock);
    rig.outlet.close();
    await underWay;
    rig.outlet.close();
  });

  test(`${name}: of a flood no more waits than the queue holds, and the newest arrive`, async (context) => {
    const rig = await rigOf(context);
    const lane = new InstantLane(rig.outlet, { clock: systemClock(), log: silentLog });
    for (let n = 0; n < 5_000; n++) lane.enter(rig.taskOf(`flood ${n}`), 0);
    assert.ok(lane.report().waiting <= 50);
    while (lane.report().waiting > 0 || rig.received().at(-1) !== 'flood 4999')
      await new Promise((resolve) => systemClock().after(10, () => resolve(null)));
    assert.ok(rig.received().length <= 51);
  });

  if (moods.includes('slow'))
    test(`${name}: whoever is slow is waited for`, async (context) => {
      const rig = await rigOf(context);
      await rig.become('slow');
      assert.deepEqual(await send(rig, 'slowly'), { ok: true });
      assert.deepEqual(rig.received(), ['slowly']);
    });

  if (moods.includes('hangs'))
    test(`${name}: whoever never answers is waited for as long as the outlet says, and the next one arrives`, async (context) => {
      const rig = await rigOf(context);
      await rig.become('hangs');
      assert.equal((await failed(rig, 'lost', fastClock)).fault.code, 'outlet-late');
      await rig.become('takes');
      assert.deepEqual(await send(rig, 'arrives'), { ok: true });
      assert.equal(rig.received().at(-1), 'arrives');
    });

  if (moods.includes('refuses'))
    test(`${name}: a no is a no, with what to do about it, and no secret in it`, async (context) => {
      const rig = await rigOf(context);
      await rig.become('refuses');
      const sent = await failed(rig, 'unwanted');
      assert.equal(sent.kind, 'refused');
      assert.notEqual(sent.fault.remedy, '');
    });

  if (moods.includes('gone'))
    test(`${name}: whoever is gone is reported as that, and back again gets what is sent then`, async (context) => {
      const rig = await rigOf(context);
      assert.deepEqual(await send(rig, 'before'), { ok: true });
      await rig.become('gone');
      assert.equal((await failed(rig, 'meanwhile')).kind, 'unreachable');
      await rig.become('takes');
      assert.deepEqual(await send(rig, 'after'), { ok: true });
      assert.deepEqual(rig.received(), ['before', 'after']);
    });

  if (moods.includes('forbids'))
    test(`${name}: a wrong password is reported as one, and is not in what is reported`, async (context) => {
      const rig = await rigOf(context);
      await rig.become('forbids');
      const { fault } = await failed(rig, 'unseen');
      assert.match(`${fault.what} ${fault.remedy}`, /password|secret/);
      assert.deepEqual(rig.received(), []);
    });
}
