import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { exit } from '../../src/commands/command.ts';
import { gallery } from '../../src/commands/gallery.ts';
import { runLine } from '../../src/commands/line.ts';
import { pngOf } from '../../src/commands/preview/picture-file.ts';
import { preview } from '../../src/commands/preview.ts';
import { shippedSettings, sound } from '../drawing/settings.ts';
import { draw, gift, openOk, recordOne, tempFolder, worthOf } from '../ledger/world.ts';
import { heardConsole } from './heard-console.ts';

const config = join(import.meta.dirname, '../../config/livepen.toml');
const layout = sound({ ...shippedSettings, rows: shippedSettings.rows.slice(0, 2) });

async function run(...words: string[]): Promise<{ code: number; said: string }> {
  const console = heardConsole();
  const code = await runLine(words, [preview, gallery], console);
  return { code, said: console.said.join('\n') };
}

/** A ledger with one sheet that is closed, 5 strokes drawn on it, and 7 strokes owed on the next. */
function ledgerWithSheets(folder: string): string {
  const file = join(folder, 'livepen.db');
  const ledger = openOk(file);
  ledger.turnSheet(layout);
  recordOne(ledger, gift({ count: 12, user: 'u1' }), worthOf('row-1'));
  draw(ledger, 5);
  ledger.turnSheet(layout);
  ledger.close();
  return file;
}

/** Reads a PNG of 8 bits and 4 channels whose rows are filtered by "up". */
function readPng(bytes: Buffer): { width: number; height: number; rgba: Uint8Array; perMetre: number } {
  assert.equal(bytes.subarray(1, 4).toString('latin1'), 'PNG');
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    chunks.set(bytes.subarray(at + 4, at + 8).toString('latin1'), bytes.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const header = chunks.get('IHDR') ?? Buffer.alloc(13);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const rows = inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0));
  const rgba = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y++) {
    assert.equal(rows[y * (4 * width + 1)], 2);
    for (let x = 0; x < 4 * width; x++) {
      const above = y === 0 ? 0 : (rgba[(y - 1) * 4 * width + x] ?? 0);
      rgba[y * 4 * width + x] = (rows[y * (4 * width + 1) + 1 + x] ?? 0) + above;
    }
  }
  assert.ok(chunks.has('IEND'));
  return { width, height, rgba, perMetre: chunks.get('pHYs')?.readUInt32BE(0) ?? 0 };
}

test('a canvas comes back from its PNG as it was, with its size in life', () => {
  const rgba = Uint8ClampedArray.from({ length: 4 * 7 * 5 }, (_, index) => (index * 89) % 256);
  const read = readPng(pngOf({ width: 7, height: 5, rgba }, 8));
  assert.deepEqual(read, { width: 7, height: 5, rgba: Uint8Array.from(rgba), perMetre: 8000 });
});

test('a preview tells what is owed with its time, ink and ways, says that it is an estimate, and draws it', async (t) => {
  const folder = tempFolder(t);
  const file = ledgerWithSheets(folder);
  const [svg, png] = [join(folder, 'next.svg'), join(folder, 'next.png')];
  const { code, said } = await run('preview', '--config', config, '--file', file, '--svg', svg, '--png', png);
  assert.equal(code, exit.ok, said);
  assert.match(said, /^Sheet 2, what will be drawn next: 7 strokes$/m);
  assert.match(said, /^ {2}time {5}about \d+ s$/m);
  assert.match(said, /^ {2}ink {6}0\.1 m$/m);
  assert.match(said, /An estimate/);
  assert.match(readFileSync(svg, 'utf8'), /aria-label="Sheet 2: 0 of 302 strokes drawn, 7 owed"/);
  const { width, height, rgba, perMetre } = readPng(readFileSync(png));
  assert.deepEqual([width, height, perMetre], [Math.ceil(235.2 * 8), Math.ceil(322.2 * 8), 8000]);
  assert.ok(rgba.some((value) => value < 200));
});

test('a full sheet can be seen before there is a ledger; a ledger that was named must be there', async (t) => {
  const folder = tempFolder(t);
  mkdirSync(join(folder, 'config'));
  const own = join(folder, 'config', 'livepen.toml');
  writeFileSync(own, readFileSync(config, 'utf8'));
  writeFileSync(join(folder, 'config', 'gifts.json'), readFileSync(config.replace('livepen.toml', 'gifts.json')));
  const full = await run('preview', '--full', '--config', own);
  assert.equal(full.code, exit.ok, full.said);
  assert.match(full.said, /^Sheet 1, every place taken: \d{3,} strokes$/m);
  assert.match((await run('preview', '--config', own)).said, /nothing is owed/);
  assert.ok(!existsSync(join(folder, 'config', 'livepen.db')), 'looking makes no ledger');
  const absent = await run('preview', '--config', own, '--file', join(folder, 'none.db'));
  assert.equal(absent.code, exit.failed);
  assert.match(absent.said, /There is no ledger/);
});

test('a picture that cannot be written is told with its name', async (t) => {
  const file = join(tempFolder(t), 'no', 'such', 'folder.svg');
  const { code, said } = await run('preview', '--full', '--config', config, '--svg', file);
  assert.equal(code, exit.failed);
  assert.match(said, /folder\.svg cannot be written/);
});

test('a gallery has a picture of each closed sheet and a page over them, and names nobody unless asked', async (t) => {
  const folder = tempFolder(t);
  const file = ledgerWithSheets(folder);
  const out = join(folder, 'past', 'sheets');
  const { code, said } = await run('gallery', out, '--png', '--file', file);
  assert.equal(code, exit.ok, said);
  assert.deepEqual(readdirSync(out).sort(), ['index.html', 'sheet-1.png', 'sheet-1.svg']);
  const page = readFileSync(join(out, 'index.html'), 'utf8');
  assert.match(page, /src="sheet-1\.svg" alt="Sheet 1, 5 strokes"/);
  const picture = () => readFileSync(join(out, 'sheet-1.svg'), 'utf8');
  assert.match(picture(), /Sheet 1: 5 of 302 strokes drawn, 0 owed/);
  assert.doesNotMatch(picture(), /<title>/);
  readPng(readFileSync(join(out, 'sheet-1.png')));
  // Who looks at it reads the clock on the wall of where the machine is.
  const zone = process.env.TZ;
  process.env.TZ = 'Asia/Tokyo';
  t.after(() => {
    process.env.TZ = zone ?? '';
  });
  await run('gallery', out, '--names', '--file', file);
  assert.match(picture(), /<title>rose from name of u1, 2026-01-01 21:00<\/title>/);
});

test('without a closed sheet there is no gallery, and no folder for it', async (t) => {
  const folder = tempFolder(t);
  const ledger = openOk(join(folder, 'livepen.db'));
  ledger.turnSheet(layout);
  ledger.close();
  const { code, said } = await run('gallery', join(folder, 'out'), '--file', join(folder, 'livepen.db'));
  assert.equal(code, exit.ok);
  assert.match(said, /No sheet is closed yet/);
  assert.ok(!existsSync(join(folder, 'out')));
});
