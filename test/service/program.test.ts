import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildProgram, programFolder } from '../../deploy/program.ts';
import { openDrawingReader } from '../../src/commands/drawing-reader.ts';
import { planDrawing } from '../../src/drawing/svg/plan-drawing.ts';
import { giftKinds } from '../../src/simulators/live/script.ts';
import { startVirtualLive } from '../../src/simulators/live/virtual-live.ts';
import { systemClock } from '../../src/system/clock.ts';
import { sourcePlaces } from '../../src/system/trace.ts';
import { svgOf } from '../drawing/svg-files.ts';
import { plotterOnPty } from '../marlin/plotter-on-pty.ts';
import { quickConfig } from './quick-config.ts';
import { runLivepen, startService, writeFiles } from './service.ts';

const root = join(import.meta.dirname, '../..');
let home: string;
let folder: string;
let livepen: string;
before(async () => {
  home = mkdtempSync(join(tmpdir(), 'livepen-program-'));
  await buildProgram(root, home);
  cpSync(join(root, 'package.json'), join(home, 'package.json'));
  for (const name of ['src', 'node_modules']) symlinkSync(join(root, name), join(home, name));
  folder = join(home, programFolder);
  livepen = join(folder, 'main.js');
});
after(() => rmSync(home, { recursive: true, force: true }));

test('the program as it is installed hears a gift and draws it, through connector, ledger, serial port and HTTP', async () => {
  const live = await startVirtualLive({ clock: systemClock() });
  const pty = await plotterOnPty();
  const gifts = JSON.stringify({ version: 1, gifts: [{ name: 'Rose', row: '1' }] });
  const service = await startService(writeFiles(quickConfig(pty.path, live, { perRow: 4 }), gifts), {}, { livepen });
  try {
    await service.until('a heard live and a parked pen', ({ live: { heard }, plotter }) => heard && plotter.parked);
    assert.equal((await service.post('/paper/changed')).status, 200);
    live.room.gift({ id: '11', name: 'ink_fan_01' }, giftKinds.rose, 1);
    await service.until('a certain stroke', ({ strokes }) => strokes.drawn === 1);
    assert.match(await (await service.get('/')).text(), /<!doctype html>/i);
    assert.equal((await service.get('/openapi.json')).status, 200);
    assert.equal(await service.end('SIGTERM'), 0);
  } finally {
    service.child.kill('SIGKILL');
    await pty.close();
    await live.close();
  }
});

test('the program as it is installed knows its commands and its version', async () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  assert.deepEqual(await runLivepen(['version'], {}, livepen), { code: 0, output: `Livepen ${version}\n` });
  assert.deepEqual(await runLivepen(['help'], {}, livepen), await runLivepen(['help']));
});

test('the child of the program as it is installed reads drawings, and nothing else of it can', async () => {
  const options = {
    boxWidthMm: 80,
    boxHeightMm: 60,
    mode: 'fit',
    mayTurn: true,
    keepOrder: false,
    hatchMm: 0.6,
  } as const;
  const child = [process.execPath, '--max-old-space-size=64', join(folder, 'drawing-child.js')] as const;
  const reader = openDrawingReader({ clock: systemClock(), program: [...child] });
  const svg = svgOf('<circle cx="50" cy="50" r="30"/><rect width="20" height="9" fill="red"/><text>a</text>');
  const plan = await reader.read(new TextEncoder().encode(svg), options);
  assert.deepEqual(plan, planDrawing(svg, options));
  assert.ok(plan.ok);
  const withSvg = readdirSync(folder).filter(
    (name) => name.endsWith('.js') && readFileSync(join(folder, name), 'utf8').includes('preserveAspectRatio'),
  );
  assert.deepEqual(withSvg, ['drawing-child.js']);
});

test('no file of the program is so long that it is kept at two bytes a character', () => {
  const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
  assert.ok(sizes.length > 10 && Math.max(...sizes) < 1_000_000, `${Math.max(...sizes)} bytes`);
});

test('a place of the built program is told as the place of its source', () => {
  const words = 'Livepen is running; its API listens on';
  const [source, built] = [readFileSync(join(root, 'src/commands/run.ts'), 'utf8'), builtWith(words)];
  const [line, column] = placeIn(readFileSync(built, 'utf8'), words);
  const [lineOfSource] = placeIn(source, words);
  for (const name of [built, `file://${built}`]) {
    const told = sourcePlaces(`    at serve (${name}:${line}:${column})`);
    assert.match(told, new RegExp(`^    at serve \\(${join(home, 'src/commands/run.ts')}:${lineOfSource}:\\d+\\)$`));
  }
  assert.equal(sourcePlaces('at serve (/nowhere/main.js:1:1)'), 'at serve (/nowhere/main.js:1:1)');
});

function builtWith(words: string): string {
  const name = readdirSync(folder).find((each) => {
    return each.endsWith('.js') && readFileSync(join(folder, each), 'utf8').includes(words);
  });
  return join(folder, name ?? assert.fail('nothing was built'));
}

/** Line and column of where these words begin, counted from 1. */
function placeIn(text: string, words: string): [line: number, column: number] {
  const before = text.slice(0, text.indexOf(words)).split('\n');
  return [before.length, (before.at(-1)?.length ?? 0) + 1];
}
