/** The files of rows with pictures, read by the child as it is: what is wrong with one is said, and nothing is lost by it. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDrawingReader } from '../../src/commands/drawing-reader.ts';
import { runLine } from '../../src/commands/line.ts';
import { RowPictures } from '../../src/commands/pictures.ts';
import { preview } from '../../src/commands/preview.ts';
import { rates } from '../../src/commands/rates.ts';
import { silentLog } from '../../src/domain/log.ts';
import type { PicturesOfRows } from '../../src/drawing/picture-rows.ts';
import type { RowSettings } from '../../src/drawing/settings.ts';
import { systemClock } from '../../src/system/clock.ts';
import { shippedSettings } from '../drawing/settings.ts';
import { svgOf } from '../drawing/svg-files.ts';
import { tempFolder } from '../ledger/world.ts';
import { heardConsole } from './heard-console.ts';

const clock = systemClock();
const { stroke } = shippedSettings;
const box = { xMm: 40, yMm: 40, widthMm: 60, heightMm: 60, strokeMm: 15 };
const circles = svgOf('<circle cx="50" cy="50" r="30"/><circle cx="50" cy="50" r="12"/>');

function open(rows: readonly RowSettings[], reader = openDrawingReader({ clock })) {
  const seen = { now: new Map() as PicturesOfRows, times: 0, errors: [] as string[] };
  const pictures = new RowPictures({
    rows,
    stroke,
    reader,
    clock,
    log: { ...silentLog, error: (text) => seen.errors.push(text) },
    changed(read) {
      seen.now = read;
      seen.times += 1;
    },
  });
  return { pictures, seen };
}

const rowOf = (picture: string, id = 'rose'): RowSettings => ({ id, name: id, picture, ...box });

test('a file becomes pieces of about the length of a stroke, and is read again when it is another', async (t) => {
  const file = join(tempFolder(t), 'rose.svg');
  writeFileSync(file, circles);
  const { pictures, seen } = open([rowOf(file)]);
  assert.equal(pictures.missing()?.code, 'picture-unread');
  await pictures.load();
  assert.deepEqual([pictures.missing(), pictures.faults()], [null, []]);
  const first = seen.now.get('rose') ?? assert.fail();
  // 60 mm across, so 188 mm of ink and 75 mm.
  assert.equal(first.count, 18);
  await pictures.load();
  assert.deepEqual([seen.times, seen.now.get('rose')], [1, first]);
  writeFileSync(file, svgOf('<circle cx="50" cy="50" r="30"/>'));
  await pictures.load();
  assert.equal(seen.now.get('rose')?.count, 13);
});

test('a spiral and a flow field need no file, and their seed is the id of the row', async () => {
  const generated = (id: string, generator: 'spiral' | 'flow', seed?: string): RowSettings => {
    return { id, name: id, generator, spacingMm: 3, ...box, ...(seed === undefined ? {} : { seed }) };
  };
  const { pictures, seen } = open([generated('a', 'spiral'), generated('b', 'flow'), generated('c', 'spiral', 'a')]);
  await pictures.load();
  const [a, b, c] = ['a', 'b', 'c'].map((id) => seen.now.get(id) ?? assert.fail(id));
  assert.ok((a?.count ?? 0) > 30 && (b?.count ?? 0) > 30);
  assert.deepEqual([a?.digest === c?.digest, a?.digest === b?.digest], [true, false]);
});

test('a file that is not there, is none, is broken, empty or too large is named with its row, place and reason', async (t) => {
  const folder = tempFolder(t);
  const put = (name: string, content: string | Buffer) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  mkdirSync(join(folder, 'folder.svg'));
  const cases: readonly (readonly [string, RegExp])[] = [
    [join(folder, 'absent.svg'), /it is not there|no such file|does not exist/i],
    [join(folder, 'folder.svg'), /it is no file/],
    [put('page.svg', '<html><body/></html>'), /svg/i],
    [put('empty.svg', ''), /empty/i],
    [put('broken.svg', '<svg width="10" height="10"><path d="M0 0 L'), /line 1/],
    [put('large.svg', Buffer.alloc(6_000_000, ' ')), /5 MB|5,000,000|large/],
    [put('fine.svg', svgOf('<path d="M0 0 L90 90" transform="scale(0)"/>')), /./],
  ];
  for (const [file, why] of cases) {
    const { pictures, seen } = open([rowOf(file)]);
    await pictures.load();
    const fault = pictures.missing() ?? assert.fail(file);
    assert.equal(fault.code, 'picture-unreadable');
    assert.ok(fault.what.startsWith(`The picture of row "rose" cannot be drawn, rows[0].picture = "${file}": `));
    assert.match(fault.what, why);
    assert.notEqual(fault.remedy, '');
    assert.deepEqual([pictures.faults(), seen.now.size], [[fault], 0]);
  }
});

test('more pieces than a picture may have, or more bytes, are refused, and longer strokes help', async (t) => {
  const file = join(tempFolder(t), 'dense.svg');
  const lines = Array.from({ length: 480 }, (_, n) => `<path d="M0 ${n / 5} H96"/>`);
  writeFileSync(file, `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96">${lines.join('')}</svg>`);
  const fine = open([{ ...rowOf(file), strokeMm: 1 }]);
  await fine.pictures.load();
  assert.match(fine.pictures.missing()?.what ?? '', /more than 20000 pieces/);
  const long = open([rowOf(file)]);
  await long.pictures.load();
  assert.equal(long.pictures.missing(), null);
});

test('a file that is broken later leaves what was read of it in force, and is forgotten once it is whole again', async (t) => {
  const file = join(tempFolder(t), 'rose.svg');
  writeFileSync(file, circles);
  const { pictures, seen } = open([rowOf(file)]);
  await pictures.load();
  const before = seen.now.get('rose');
  rmSync(file);
  await pictures.load();
  assert.deepEqual([pictures.faults(), pictures.missing(), seen.now.get('rose')], [[], null, before]);
  assert.match(seen.errors.at(-1) ?? '', /it is not there\. What was read of it before stays in force\./);
  writeFileSync(file, circles);
  await pictures.load();
  assert.deepEqual([pictures.faults(), seen.now.get('rose')], [[], before]);
});

test('the preview of a config draws its pictures, and names one that is not there', async (t) => {
  const folder = tempFolder(t);
  const row =
    '[[rows]]\nid = "rose"\nyMm = 100\nxMm = 40\nwidthMm = 60\nheightMm = 60\npicture = "rose.svg"\nstrokeMm = 15\n';
  writeFileSync(join(folder, 'livepen.toml'), `version = 1\n[live]\nuser = "a"\n${row}`);
  writeFileSync(join(folder, 'gifts.json'), '{"version":1,"gifts":[{"name":"Rose","row":"rose"}]}');
  const run = async (...words: string[]) => {
    const console = heardConsole();
    const code = await runLine([...words, '--config', join(folder, 'livepen.toml')], [preview, rates], console);
    return { code, said: console.said.join('\n') };
  };
  const absent = await run('preview', '--full');
  assert.match(absent.said, /no row has a stroke/);
  writeFileSync(join(folder, 'rose.svg'), circles);
  const shown = await run('preview', '--full', '--svg', join(folder, 'sheet.svg'));
  assert.match(shown.said, /every place taken: 18 strokes/);
  assert.deepEqual([absent.code, shown.code], [0, 0]);
});
