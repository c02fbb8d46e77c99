import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fans, giftKinds } from '../../src/simulators/live/script.ts';
import { startVirtualLive, type VirtualLive } from '../../src/simulators/live/virtual-live.ts';
import type { VirtualPlotter } from '../../src/simulators/plotter/plotter.ts';
import { systemClock } from '../../src/system/clock.ts';
import { assertStrace, onSmallDisk } from '../ledger/spoilt-disk.ts';
import { plotterOnPty } from '../marlin/plotter-on-pty.ts';
import { quickConfig } from './quick-config.ts';
import { type Service, startService, writeFiles } from './service.ts';

const gifts = JSON.stringify({ version: 1, gifts: [{ name: 'Rose', rows: ['1', '2'] }] });

const configOf = (port: string, live: VirtualLive, ledger: string) => quickConfig(port, live, { perRow: 30, ledger });

/** A way for a disk to fail: it begins, and it is over. */
interface Failure {
  readonly code: RegExp;
  begin(service: Service): Promise<void>;
  end(): Promise<void>;
}

/**
 * The whole service, with a plotter on a pty and a live: gifts come before, while and after the disk fails. They wait
 * in memory, a person is told, the pen finishes its stroke and parks; then all is written, and inked once.
 */
async function endure(ledger: string, failure: Failure): Promise<void> {
  const live = await startVirtualLive({ clock: systemClock() });
  const pty = await plotterOnPty();
  const service = await startService(writeFiles(configOf(pty.path, live, ledger), gifts));
  const [fan = { id: '1', name: 'ink_fan' }, other = fan] = fans;
  try {
    await service.until('a heard live and a parked pen', ({ live: { heard }, plotter }) => heard && plotter.parked);
    assert.equal((await service.post('/paper/changed')).status, 200);
    const streak = live.room.streak(fan, giftKinds.rose);
    streak.to(15);
    await service.until('ink', ({ strokes }) => strokes.drawn >= 1);
    await failure.begin(service);
    streak.to(20);
    live.room.gift(other, giftKinds.rose, 7);
    const told = await service.until(
      'a fault, gifts that wait, and a pen at its park place',
      ({ state, inbox }) => state.name === 'fault' && inbox.waiting > 0 && isAtPark(pty.plotter),
    );
    assert.match(told.state.what, failure.code);
    assert.ok((told.state.todo ?? '').length > 10, 'a person is told what to do');
    assert.equal(told.strokes.credited, 15, 'nothing counts before it is on disk');
    assert.ok(pty.plotter.paper().ink.length < 15, 'the pen did not go on as if nothing had happened');
    assert.equal((await service.get('/health')).status, 503, 'whoever watches is told');
    streak.to(23);
    streak.end('twice');
    await failure.end();
    const after = await service.until(
      'all that was given, drawn',
      ({ strokes, plotter }) => strokes.drawn === 30 && plotter.parked,
    );
    assert.deepEqual([after.strokes.credited, after.inbox.waiting, after.inbox.lost], [30, 0, 0]);
    assert.notEqual(after.state.name, 'fault');
    assert.equal(after.restoration, null);
    const places = pty.plotter
      .paper()
      .ink.map(({ fromX, fromY, toY }) => `${fromX.toFixed(1)} ${Math.min(fromY, toY)}`);
    assert.equal(new Set(places).size, 30);
    assert.equal(places.length, 30, 'every stroke was inked once');
    assert.equal(await service.end('SIGTERM'), 0);
    const check = spawnSync(process.execPath, [main, 'ledger', 'check', '--file', ledger], { encoding: 'utf8' });
    assert.equal(check.status, 0, check.stdout + check.stderr);
  } finally {
    service.child.kill('SIGKILL');
    await pty.close();
    await live.close();
  }
}

/** Where it really is: that it rests there cannot be written down, so it does not count as parked. */
function isAtPark(plotter: VirtualPlotter): boolean {
  const [x, y, z] = plotter.place();
  return !plotter.moving() && x === 0 && y === 0 && z > 1;
}

const main = join(import.meta.dirname, '../../src/main.ts');

/** The kernel's answers to the running service are spoilt from outside, for the ledger's files alone. */
function spoiltCalls(ledger: string, calls: string, error: string): Failure {
  const paths = ['', '-wal', '-shm'].flatMap((companion) => ['-P', `${ledger}${companion}`]);
  const inject = ['-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}`];
  let ended: Promise<unknown> = Promise.resolve();
  let stop = () => {};
  return {
    code: new RegExp(error === 'EIO' ? 'reports errors' : 'full'),
    async begin({ child }) {
      const tracer = spawn('strace', ['-f', '-p', String(child.pid), '-o', '/dev/null', ...inject, ...paths]);
      ended = new Promise((resolve) => tracer.once('close', resolve));
      stop = () => tracer.kill('SIGINT');
      await new Promise<void>((resolve, reject) => {
        tracer.stderr.on('data', (text) => {
          if (String(text).includes('attached')) resolve();
        });
        void ended.then(() => reject(new Error('strace could not attach')));
      });
    },
    async end() {
      stop();
      await ended;
    },
  };
}

function tempFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-bad-disk-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

for (const [calls, error] of [
  ['fsync,fdatasync', 'EIO'],
  ['pwrite64', 'EIO'],
  ['pwrite64', 'ENOSPC'],
] as const) {
  test(`the service endures ${error} of ${calls}: gifts wait, the pen parks, then all is written and drawn`, async (t) => {
    assertStrace();
    const ledger = join(tempFolder(t), 'livepen.db');
    await endure(ledger, spoiltCalls(ledger, calls, error));
  });
}

test('the service endures a file system that fills up and is freed again', async (t) => {
  await onSmallDisk(tempFolder(t), 3, ({ folder, fill, free }) =>
    endure(join(folder, 'livepen.db'), {
      code: /full/,
      begin: async () => fill(),
      end: async () => free(),
    }),
  );
});
