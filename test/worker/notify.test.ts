import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLog } from '../../src/domain/log.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import { NoticeLane } from '../../src/worker/notices.ts';
import type { Sent, Task } from '../../src/worker/outlet.ts';
import { noticeNames, notifyOutlet } from '../../src/worker/outlets/notify.ts';
import { WorkerStore } from '../../src/worker/store.ts';
import { outletContract } from './outlet-contract.ts';
import { no, steeredOutlet, task, yes } from './tasks.ts';
import { WebReceiver } from './web-receiver.ts';

for (const form of ['ntfy', 'discord', 'webhook'] as const) {
  const textOf = (body: string) =>
    form === 'ntfy' ? body : form === 'discord' ? JSON.parse(body).content.split('\n')[1] : JSON.parse(body).text;

  outletContract(
    `notify by ${form}`,
    async (context) => {
      const receiver = await WebReceiver.open(context);
      const url = new URL(`${receiver.address}/secret-topic`);
      const outlet = notifyOutlet({ name: 'phone', form, url, isLocal: true, notices: noticeNames }, receiver.ports);
      return {
        outlet,
        taskOf: (text: string) => task('notify', { notice: 'new-paper', isOver: false, text }),
        received: () => receiver.posted.map(({ body }) => textOf(body)),
        become: (mood: Parameters<WebReceiver['become']>[0]) => receiver.become(mood),
        secrets: ['secret-topic'],
      };
    },
    ['slow', 'hangs', 'refuses', 'gone', 'forbids'],
  );
}

/** A lane that notifies one target, which answers as told. */
function laneOf(context: TestContext, answer: (task: Task) => Promise<Sent>, file?: string) {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-worker-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const clock = virtualClock();
  const opened = WorkerStore.open(file ?? join(folder, 'worker.db'), clock.wallMs);
  assert.ok(opened.ok);
  context.after(() => opened.store.close());
  const { outlet, taken } = steeredOutlet('durable', answer);
  const lane = new NoticeLane(outlet, noticeNames, { clock, log: silentLog, store: opened.store });
  const said = () => taken.map(({ values: { notice, isOver } }) => `${notice}${isOver ? ' is over' : ''}`);
  const show = async (name: string, ms: number) => {
    lane.show({ name, what: `It is ${name}.`, todo: null });
    await clock.advance(ms);
  };
  return { lane, said, show, clock, file: join(folder, 'worker.db'), close: () => opened.store.close() };
}

test('a person is notified once of what lasts, and once that it is over', async (context) => {
  const { said, show } = laneOf(context, async () => yes);
  await show('drawing', 60_000);
  await show('needs-sheet', 600_000);
  await show('needs-sheet', 600_000);
  await show('drawing', 60_000);
  await show('no-plotter', 60_000);
  await show('ready', 60_000);
  assert.deepEqual(said(), ['new-paper', 'new-paper is over', 'plotter-gone', 'plotter-gone is over']);
});

test('what is over within ten seconds is not said', async (context) => {
  const { said, show } = laneOf(context, async () => yes);
  await show('no-plotter', 9_000);
  await show('ready', 60_000);
  assert.deepEqual(said(), []);
});

test('what a stronger state hides is not taken for over', async (context) => {
  const { said, show } = laneOf(context, async () => yes);
  await show('needs-sheet', 60_000);
  await show('fault', 60_000);
  await show('needs-sheet', 60_000);
  assert.deepEqual(said(), ['new-paper']);
});

test('while nobody takes it, it is tried again, and what is over by then is never said', async (context) => {
  let isThere = false;
  const arrived: string[] = [];
  const { show, clock } = laneOf(context, async ({ values: { notice, isOver } }) => {
    if (!isThere) return no('unreachable');
    arrived.push(`${notice}${isOver === true ? ' is over' : ''}`);
    return yes;
  });
  await show('origin-unknown', 600_000);
  await show('ready', 60_000);
  isThere = true;
  await clock.advance(120_000);
  assert.deepEqual(arrived, []);
  await show('origin-unknown', 60_000);
  assert.deepEqual(arrived, ['set-origin']);
});

test('a worker that is started anew says nothing twice, and takes back what the one before it said', async (context) => {
  const first = laneOf(context, async () => yes);
  await first.show('needs-sheet', 60_000);
  first.lane.close();
  first.close();
  const second = laneOf(context, async () => yes, first.file);
  await second.show('needs-sheet', 60_000);
  assert.deepEqual(second.said(), []);
  await second.show('ready', 60_000);
  assert.deepEqual(second.said(), ['new-paper is over']);
});

test('a worker that stops while it notifies somebody stops, and the next one says it', async (context) => {
  const answer = Promise.withResolvers<Sent>();
  const first = laneOf(context, () => answer.promise);
  await first.show('needs-sheet', 20_000);
  first.lane.close();
  first.close();
  answer.resolve(yes);
  await first.clock.advance(60_000);
  const second = laneOf(context, async () => yes, first.file);
  await second.show('needs-sheet', 60_000);
  assert.deepEqual(second.said(), ['new-paper']);
});

test('each service is sent what it shows well: what is to be done, and that it is over', async (context) => {
  const receiver = await WebReceiver.open(context);
  const url = new URL(receiver.address);
  const sentBy = async (form: 'ntfy' | 'discord' | 'webhook', isOver: boolean) => {
    const outlet = notifyOutlet({ name: 'phone', form, url, isLocal: true, notices: noticeNames }, receiver.ports);
    const text = isOver ? '' : 'The sheet is full. Change the paper.';
    await outlet.send(task('notify', { notice: 'new-paper', isOver, text }), new AbortController().signal);
    const posted = receiver.posted.at(-1);
    return [posted?.headers.title, posted?.headers.tags, posted?.body];
  };
  const what = 'The sheet is full. Change the paper.';
  assert.deepEqual(await sentBy('ntfy', false), ['Livepen: new paper', 'pen', what]);
  assert.deepEqual(await sentBy('ntfy', true), [undefined, 'white_check_mark', 'Livepen: the paper is there']);
  const bold = JSON.stringify({ content: `**Livepen: new paper**\n${what}`, allowed_mentions: { parse: [] } });
  assert.deepEqual(await sentBy('discord', false), [undefined, undefined, bold]);
  const over = JSON.stringify({ title: 'Livepen: the paper is there', text: '', isOver: true });
  assert.deepEqual(await sentBy('webhook', true), [undefined, undefined, over]);
});
