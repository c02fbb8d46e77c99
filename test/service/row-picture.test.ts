/** A picture that gifts draw, by the service as its user runs it: real files, the child that reads them, a serial port. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { giftKinds } from '../../src/simulators/live/script.ts';
import { startVirtualLive, type VirtualLive } from '../../src/simulators/live/virtual-live.ts';
import { systemClock } from '../../src/system/clock.ts';
import { plotterOnPty } from '../marlin/plotter-on-pty.ts';
import { quickConfig } from './quick-config.ts';
import { startService, waitFor, writeFiles } from './service.ts';

const gifts = JSON.stringify({ version: 1, gifts: [{ name: 'Rose', row: 'rose' }] });
const row =
  '[[rows]]\nid = "rose"\npicture = "rose.svg"\nxMm = 5\nyMm = 28\nwidthMm = 25\nheightMm = 25\nstrokeMm = 25\n';
/** A square of four lines: 25 mm each, so four pieces. */
const square = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10"/></svg>';
const bar = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><path d="M0 5H10" stroke="#000"/></svg>';

let live: VirtualLive;
before(async () => {
  live = await startVirtualLive({ clock: systemClock() });
});
after(() => live.close());

test('a service whose picture is not there runs, says so, hears gifts, and draws once the file has come', async () => {
  const pty = await plotterOnPty();
  const folder = writeFiles(`${quickConfig(pty.path, live, { perRow: 4 })}${row}`, gifts);
  const service = await startService(folder);
  try {
    const { state } = await service.until('the fault', ({ state: { fault } }) => fault?.code === 'picture-unreadable');
    assert.match(
      `${state.what} ${state.todo}`,
      /row "rose" cannot be drawn, rows\[2\]\.picture = ".*rose\.svg": it is not there/,
    );
    await service.until('a heard live and a parked pen', ({ live: { heard }, plotter }) => heard && plotter.parked);
    live.room.gift({ id: '11', name: 'ink_fan_01' }, giftKinds.rose, 3);
    await service.until('three credited strokes', ({ strokes }) => strokes.credited === 3);
    const refused = await service.post('/paper/changed');
    assert.equal(refused.status, 409);
    assert.match(await refused.text(), /cannot be drawn/);

    writeFileSync(join(folder, 'rose.svg'), square);
    await service.until('no fault', ({ state: { fault } }) => fault === null);
    assert.equal((await service.post('/paper/changed')).status, 200);
    await service.until('three certain pieces', ({ strokes, plotter }) => strokes.drawn === 3 && plotter.parked);
    assert.equal(pty.plotter.paper().ink.length, 3);

    writeFileSync(join(folder, 'rose.svg'), bar);
    await waitFor('the other picture', async () =>
      /has 1 piece, from the next sheet on\./.test(service.log()) ? true : null,
    );
    live.room.gift({ id: '12', name: 'ink_fan_02' }, giftKinds.rose, 1);
    const status = await service.until('four pieces', ({ strokes, plotter }) => strokes.drawn === 4 && plotter.parked);
    assert.deepEqual(status.rows.at(-1)?.onSheet, { certain: 4, capacity: 4 });
    const ends = pty.plotter.paper().ink.map(({ toX, toY }) => [Math.round(toX), Math.round(toY)].join(' '));
    assert.equal(new Set(ends).size, 4, 'four sides, and the sheet keeps the picture that it was begun with');
    assert.equal(await service.end('SIGTERM'), 0);
  } finally {
    service.child.kill('SIGKILL');
    await pty.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
