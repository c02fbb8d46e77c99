import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { memoryFileSystemOf } from '../../src/ledger/connection.ts';
import { giftKinds } from '../../src/simulators/live/script.ts';
import { startVirtualLive, type VirtualLive } from '../../src/simulators/live/virtual-live.ts';
import { systemClock } from '../../src/system/clock.ts';
import { plotterOnPty } from '../marlin/plotter-on-pty.ts';
import { quickConfig } from './quick-config.ts';
import { runLivepen, startService, waitFor, writeFiles } from './service.ts';

const gifts = JSON.stringify({
  version: 1,
  gifts: [
    { name: 'Rose', rows: ['1', '2'] },
    { name: 'Corgi', row: '2', strokes: 2 },
  ],
});

const configOf = (port: string, live: VirtualLive) => quickConfig(port, live, { perRow: 4 });

let live: VirtualLive;
before(async () => {
  live = await startVirtualLive({ clock: systemClock() });
});
after(() => live.close());

test('the whole way with real parts: a gift on a live becomes ink, through connector, ledger, serial port and HTTP', async () => {
  const pty = await plotterOnPty();
  const service = await startService(writeFiles(configOf(pty.path, live), gifts));
  try {
    await service.until('a heard live and a parked pen', ({ live: { heard }, plotter }) => heard && plotter.parked);
    assert.equal((await service.post('/paper/changed')).status, 200);
    const [fan, other] = [
      { id: '11', name: 'ink_fan_01' },
      { id: '12', name: 'ink_fan_02' },
    ];
    const streak = live.room.streak(fan, giftKinds.rose);
    streak.to(2);
    live.room.gift(other, giftKinds.corgi, 1);
    streak.to(5);
    streak.end('twice');
    const status = await service.until(
      'seven certain strokes',
      ({ strokes, plotter }) => strokes.drawn === 7 && plotter.parked,
    );
    assert.deepEqual([status.strokes.credited, status.strokes.pending, status.strokes.uncertain], [7, 0, 0]);
    const lines = pty.plotter
      .paper()
      .ink.map(({ fromX, fromY, toX, toY }) =>
        [fromX, Math.min(fromY, toY), toX, Math.max(fromY, toY)].map((mm) => Math.round(mm * 100) / 100),
      );
    const expected = [5, 6, 7, 8].map((x) => [x, 20, x, 24]).concat([5, 6, 7].map((x) => [x, 10, x, 14]));
    assert.deepEqual(lines.sort().map(String), expected.map(String).sort());
    assert.equal(await service.end('SIGTERM'), 0);
    assert.match(service.log(), /Stopped\.\n$/, 'nothing is said after the last word');
  } finally {
    service.child.kill('SIGKILL');
    await pty.close();
  }
});

test('without a plotter the service waits for one, and goes on when it appears', async () => {
  const folder = writeFiles(configOf('/dev/there-is-no-such-port', live), gifts);
  mkdirSync(join(folder, 'undecodable'));
  writeFileSync(join(folder, 'undecodable', '2026-01-01T00-00-00.000Z-000001.frame.json'), '{}');
  const service = await startService(folder);
  try {
    const status = await service.until('the state no-plotter', ({ state }) => state.name === 'no-plotter');
    assert.match(status.state.todo ?? '', /plug/);
    assert.equal((await service.get('/health')).status, 200);
    assert.equal((await service.post('/simulate/gift', { gift: 'Rose', count: 2 })).status, 200);
    await service.until('two credited test strokes', ({ strokes }) => strokes.creditedByTests === 2);
    assert.match((await runLivepen(['status', '--url', service.url])).output, /UNREAD {3}1 message kept in /);
    const forgotten = await (await service.post('/forget', { user: 'nobody_yet' })).text();
    assert.match(forgotten, /1 frame that nobody could read deleted/);
    assert.equal((await service.status()).live.kept, null);
    const second = await runLivepen(['run', '--config', join(folder, 'livepen.toml')]);
    assert.equal(second.code, 1);
    assert.match(second.output, /already in use by another Livepen/);
    const shown = await runLivepen(['status', '--url', service.url]);
    assert.equal(shown.code, 0);
    assert.match(shown.output, /NO PLOTTER/);
    const refused = await runLivepen(['paper', '--url', service.url]);
    assert.equal(refused.code, 4);
    assert.equal(await service.end('SIGINT'), 0);
  } finally {
    service.child.kill('SIGKILL');
  }
});

for (const [why, config, map, wants] of [
  [
    'a missing key',
    (text: string) => text.replace('id = "1"\n', ''),
    gifts,
    /livepen\.toml.*line \d+: row 1, id is missing/s,
  ],
  [
    'a misspelt key',
    (text: string) => text.replace('idleParkSeconds', 'idleParkSecond'),
    gifts,
    /plotter\.idleParkSecond/,
  ],
  ['a key out of range', (text: string) => text.replace('upMm = 1.5', 'upMm = -1'), gifts, /pen\.upMm = -1/],
  ['a row that leaves the bed', (text: string) => text.replace('yMm = 20', 'yMm = 900'), gifts, /line \d+: row 1, yMm/],
  [
    'a gift map with an unknown row',
    (text: string) => text,
    gifts.replace('"2","strokes"', '"9","strokes"'),
    /gifts\.json.*"9"/s,
  ],
  [
    'a gift map with a duplicate gift',
    (text: string) => text,
    gifts.replace('Corgi', 'rose'),
    /gifts\.json.*same gift/s,
  ],
  ['a gift map of broken JSON', (text: string) => text, gifts.slice(0, -1), /gifts\.json.*line 1/s],
] as const) {
  test(`${why} stops the start with exit code 78 and a line that names the place`, async () => {
    const folder = writeFiles(config(configOf('auto', live)), map);
    const { code, output } = await runLivepen(['run', '--config', join(folder, 'livepen.toml')]);
    assert.equal(code, 78, output);
    assert.match(output, wants);
  });
}

test('a changed user name holds at once; the log says what waits for a restart, and a broken config changes nothing', async () => {
  const config = configOf('/dev/there-is-no-such-port', live);
  const folder = writeFiles(config, gifts);
  const file = join(folder, 'livepen.toml');
  const service = await startService(folder);
  const said = (pattern: RegExp) =>
    waitFor(`${pattern} in the log`, async () => (pattern.test(service.log()) ? true : null));
  try {
    await service.until('a heard live', ({ live: { heard } }) => heard);
    await service.post('/simulate/gift', { gift: 'Rose', count: 2 });
    writeFileSync(file, config.replace(`user = "${live.user}"`, 'user = ""').replace('[live]', '[live'));
    service.child.kill('SIGHUP');
    await said(/The config was not taken over, the old one stays\. .*livepen\.toml.*line 2/s);
    writeFileSync(
      file,
      config.replace(`user = "${live.user}"`, 'user = "other_host"').replace('upMm = 1.5', 'upMm = 2'),
    );
    await said(/The live of other_host is listened to from now on/);
    await said(/Connected to the live of other_host/);
    await said(/These changes need a restart: pen\.upMm\./);
    const { strokes } = await service.until('a heard live', ({ live: { heard } }) => heard);
    assert.equal(strokes.creditedByTests, 2, 'the debts stay');
  } finally {
    await service.end('SIGTERM');
  }
});

test('SIGHUP and POST /gifts/reload take over a good gift map and keep the old one when it is broken', async () => {
  const folder = writeFiles(configOf('/dev/there-is-no-such-port', live), gifts);
  const service = await startService(folder);
  try {
    writeFileSync(join(folder, 'gifts.json'), '{ "version": 1, "gifts": [ { "name": "GG", "row": "nowhere" } ] }');
    const refused = await service.post('/gifts/reload');
    assert.equal(refused.status, 422);
    assert.match(await refused.text(), /nowhere/);
    assert.equal((await service.post('/simulate/gift', { gift: 'Rose' })).status, 200);
    writeFileSync(join(folder, 'gifts.json'), '{ "GG": "2" }');
    service.child.kill('SIGHUP');
    await service.until('a reload', () => /The gift map is loaded/.test(service.log()));
    assert.equal((await service.post('/simulate/gift', { gift: 'GG' })).status, 200);
    assert.equal((await service.post('/simulate/gift', { gift: 'Rose' })).status, 422);
  } finally {
    await service.end('SIGTERM');
  }
});

test("lines of the user's own that would move the origin or break the talk are refused at start, each with its reason", async () => {
  const own = '\n[lines]\nstart = ["G28", "M106 S10"]\nend = ["M110 N5"]\n';
  const folder = writeFiles(configOf('auto', live).replace('\n[api]', `${own}[api]`), gifts);
  const { code, output } = await runLivepen(['run', '--config', join(folder, 'livepen.toml')]);
  assert.equal(code, 78, output);
  assert.match(output, /lines\.start.*G28.*moves the origin/);
  assert.match(output, /lines\.end.*M110/);
});

test('a damaged ledger is moved aside, and log and status say what is missing since', async () => {
  const folder = writeFiles(configOf('/dev/there-is-no-such-port', live), gifts);
  writeFileSync(join(folder, 'livepen.db'), 'this was a ledger once, and then the card failed'.repeat(200));
  const service = await startService(folder);
  try {
    const { restoration } = await service.status();
    assert.match(restoration?.movedTo ?? '', /livepen\.db/);
    assert.match(service.log(), /The ledger was damaged and lies at .*everything until .* is missing: how much/);
    const shown = await runLivepen(['status', '--url', service.url]);
    assert.match(
      shown.output.replaceAll(/\s+/g, ' '),
      /RESTORED The ledger was damaged .*everything until .* is missing/,
    );
  } finally {
    await service.end('SIGTERM');
  }
});

test('an empty file in the place of the ledger is reported by the log and the status, though there is no backup', async () => {
  const folder = writeFiles(quickConfig('auto', live, { perRow: 4 }), gifts);
  writeFileSync(join(folder, 'livepen.db'), '');
  const service = await startService(folder);
  try {
    assert.match(
      service.log(),
      /The file of the ledger was empty, so a new ledger begins: .* is lost\. It is .*livepen\.db\.\n/,
    );
    const shown = await runLivepen(['status', '--url', service.url]);
    assert.match(shown.output, /^NEW {6}The file of the ledger was empty/m);
  } finally {
    await service.end('SIGTERM');
  }
});

test('a ledger in memory is reported by the log, by the status, and on the page', async (t) => {
  assert.equal(memoryFileSystemOf('/dev/shm/livepen.db'), 'tmpfs');
  const folder = mkdtempSync('/dev/shm/livepen-ledger-');
  t.after(() => rmSync(folder, { recursive: true }));
  const ledger = join(folder, 'livepen.db');
  const service = await startService(writeFiles(quickConfig('auto', live, { perRow: 4, ledger }), gifts));
  try {
    assert.equal((await service.status()).ledgerInMemory, 'tmpfs');
    assert.match(service.log(), /A new ledger begins: .*livepen\.db\.\n/);
    assert.match(service.log(), /The ledger lies in memory \(tmpfs\): a power cut or a restart loses it\./);
    const shown = await runLivepen(['status', '--url', service.url]);
    assert.match(shown.output, /^MEMORY {3}The ledger lies in memory/m);
  } finally {
    await service.end('SIGTERM');
  }
});

test('a service that fails by a mistake of its own ends, whatever it has begun, so that it can be started anew', async () => {
  const folder = writeFiles(configOf('auto', live), gifts);
  // Made on purpose when the ledger is opened: light and button run by then.
  const mistake =
    "import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module'; const { existsSync } = fs;" +
    "fs.existsSync = (path) => { if (String(path).endsWith('livepen.db')) throw new TypeError('on purpose');" +
    'return existsSync(path); }; syncBuiltinESMExports();';
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(mistake)}` };
  try {
    const { code, output } = await runLivepen(['run', '--config', join(folder, 'livepen.toml')], env);
    assert.equal(code, 1);
    assert.match(output, /made a mistake(.|\n)*on purpose/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
