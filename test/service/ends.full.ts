import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { giftKinds } from '../../src/simulators/live/script.ts';
import { startVirtualLive, type VirtualLive } from '../../src/simulators/live/virtual-live.ts';
import { systemClock } from '../../src/system/clock.ts';
import { type PlotterOnPty, plotterOnPty } from '../marlin/plotter-on-pty.ts';
import { quickConfig } from './quick-config.ts';
import { type Service, startService, writeFiles } from './service.ts';

const gifts = JSON.stringify({ version: 1, gifts: [{ name: 'Rose', rows: ['1', '2'] }] });
/** A pty that is pulled is silent and no more: its loss is known only after a minute of questions, on a busy machine. */
const options = { program: join(import.meta.dirname, 'left-over.ts'), patienceMs: 120_000 };

interface Rig {
  readonly service: Service;
  readonly live: VirtualLive;
  readonly pty: PlotterOnPty;
}

const fan = { id: '11', name: 'ink_fan_01' };
const paper = async ({ service }: Rig) => {
  await service.until('a heard live and a parked pen', ({ live: { heard }, plotter }) => heard && plotter.parked);
  assert.equal((await service.post('/paper/changed')).status, 200);
  await service.until('an open sheet', ({ sheet }) => sheet !== null);
};
const drawing = async (rig: Rig) => {
  await paper(rig);
  rig.live.room.gift(fan, giftKinds.rose, 50);
  await rig.service.until('ink', ({ strokes }) => strokes.drawn > 0);
};

/** Ways to bring a service into a state in which something is waited for. */
const states: Readonly<Record<string, (rig: Rig) => Promise<unknown>>> = {
  'at its start': async () => {},
  'waiting for paper': ({ service }) => service.until('paper', ({ state }) => state.name === 'needs-sheet'),
  'ready to draw': paper,
  'in the middle of drawing': drawing,
  paused: async (rig) => {
    await drawing(rig);
    await rig.service.post('/pause');
    await rig.service.until('a pause', ({ state }) => state.name === 'paused');
  },
  'after the live has ended': async (rig) => {
    await paper(rig);
    rig.live.end();
    await rig.service.until('the end', ({ live }) => !live.heard);
  },
  'after the live has ended, with debts': async (rig) => {
    await drawing(rig);
    rig.live.end();
    await rig.service.until('the end', ({ live }) => !live.heard);
  },
  'with its live lost': async (rig) => {
    await paper(rig);
    rig.live.faults.refuse('sign', ...Array.from({ length: 9 }, () => ({ status: 503 })));
    rig.live.drop();
    await rig.service.until('the loss', ({ live }) => !live.heard);
  },
  'with its sign service asking for patience': async (rig) => {
    await paper(rig);
    const wait = { status: 429, headers: { 'retry-after': '3600' } };
    rig.live.faults.refuse('sign', wait, wait, wait);
    rig.live.drop();
    await rig.service.until('the loss', ({ live }) => live.phase === 'waiting');
  },
  'with a sign service that never answers': async (rig) => {
    await paper(rig);
    rig.live.faults.stall('sign');
    rig.live.drop();
    await rig.service.until('an attempt', ({ live }) => live.phase === 'connecting');
  },
  'with its plotter unplugged in mid-stroke': async (rig) => {
    await drawing(rig);
    rig.pty.pull();
    await rig.service.until('the loss', ({ plotter }) => plotter.link === 'absent');
  },
  'with readers of its events': async (rig) => {
    await paper(rig);
    for (let reader = 0; reader < 3; reader++) await rig.service.get('/events');
  },
  'while it plays a past live again': async (rig) => {
    await drawing(rig);
    const listed = await (await rig.service.get('/sessions')).text();
    const session = /"id":"([^"]+)"/.exec(listed)?.[1] ?? listed;
    const asked = await rig.service.post(`/sessions/${session}/replay`, { draw: true, speed: 1 });
    assert.ok(asked.ok, await asked.text());
  },
};

for (const [state, reach] of Object.entries(states)) {
  test(`told to end ${state}, the service ends, and leaves no timer behind`, async () => {
    const live = await startVirtualLive({ clock: systemClock() });
    const pty = await plotterOnPty();
    const service = await startService(writeFiles(quickConfig(pty.path, live, { perRow: 40 }), gifts), {}, options);
    try {
      await reach({ service, live, pty });
      const code = await service.end('SIGTERM');
      assert.match(service.printed(), /^0 timers are left$/m);
      assert.equal(code, 0, service.log());
    } finally {
      service.child.kill('SIGKILL');
      pty.close();
      await live.close();
    }
  });
}
