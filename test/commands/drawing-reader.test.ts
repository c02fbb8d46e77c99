/** The process that reads drawings, as it is, and stand-ins for one that fails in every way a process can. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDrawingReader } from '../../src/commands/drawing-reader.ts';
import { packPaths } from '../../src/domain/drawing-paths.ts';
import { type DrawingOptions, type DrawingPlan, drawingRange } from '../../src/domain/drawing-reader.ts';
import { planDrawing } from '../../src/drawing/svg/plan-drawing.ts';
import { systemClock } from '../../src/system/clock.ts';
import { svgOf } from '../drawing/svg-files.ts';
import { sourceFiles } from '../ground/source-tree.ts';

const clock = systemClock();
const options: DrawingOptions = {
  boxWidthMm: 80,
  boxHeightMm: 60,
  mode: 'fit',
  mayTurn: true,
  keepOrder: false,
  hatchMm: 0.6,
};
const bytesOf = (text: string) => new TextEncoder().encode(text);
const drawing = svgOf('<circle cx="50" cy="50" r="30"/><rect width="20" height="9" fill="red"/><text>a</text>');

/** Reads a file with a stand-in: a program in JavaScript. */
function readWith(script: string, { file = drawing, withinMs = 60_000, flags = [] as string[] } = {}) {
  const program = [process.execPath, ...flags, '--eval', script, '--'] as const;
  return openDrawingReader({ clock, program: [...program], withinMs }).read(bytesOf(file), options);
}

function faultOf(plan: DrawingPlan) {
  if (plan.ok) assert.fail('it was taken');
  return plan.fault;
}

test('a drawing comes out of the child as it was planned there, and broken files as what is wrong with them', async () => {
  const reader = openDrawingReader({ clock });
  const wanted = planDrawing(drawing, options);
  const [plan, html, empty] = await Promise.all(
    [drawing, '<html>', ''].map((file) => reader.read(bytesOf(file), options)),
  );
  assert.ok(wanted.ok);
  assert.deepEqual(plan, wanted);
  assert.deepEqual(html, planDrawing('<html>', options));
  assert.deepEqual(empty, planDrawing('', options));
  const large = await reader.read(new Uint8Array(6_000_000), options);
  assert.equal(faultOf(large).code, 'drawing-file-too-large');
});

test('a file that takes too much memory ends its child, and the next one is read', async () => {
  const reader = openDrawingReader({ clock });
  // Within all bounds of a file, and more than the child may keep of it: each element has a name of its own in it.
  const elements = Array.from({ length: 199_000 }, (_, n) => `<g a${n}="" b=""/>`);
  const wide = `<svg>${elements.join('')}</svg>`;
  assert.equal(faultOf(await reader.read(bytesOf(wide), options)).code, 'drawing-too-much-memory');
  assert.ok((await reader.read(bytesOf(drawing), options)).ok);
});

test('a child that eats memory is ended by its bound', async () => {
  const eats = 'const kept=[];for(;;)kept.push(new Array(1000).fill(kept.length));';
  const plan = await readWith(eats, { flags: ['--max-old-space-size=32'] });
  assert.equal(faultOf(plan).code, 'drawing-too-much-memory');
});

test('a child that never ends is ended, whether it reads its input or not', async () => {
  for (const script of ['for(;;);', 'process.stdin.resume();setInterval(()=>{},1e6)', 'setInterval(()=>{},1e6)']) {
    const fault = faultOf(await readWith(script, { withinMs: 300 }));
    assert.equal(fault.code, 'drawing-too-slow');
    assert.equal(fault.what, 'The drawing takes longer than 0.3 s to read.');
  }
});

test('a child that answers nonsense, too much or nothing, or fails, is a fault of the reader', async () => {
  const good = '{"ok":true,"skipped":[],"scale":1,"isTurned":false}\\n';
  const write = (expression: string) => `process.stdout.write(${expression})`;
  const scripts: Readonly<Record<string, RegExp>> = {
    '': /its answer cannot be read/,
    [write('"hello"')]: /its answer cannot be read/,
    [write('"null\\n"')]: /its answer cannot be read/,
    [write('"{}\\n"')]: /its answer cannot be read/,
    [write(`'${good.replace('"scale":1', '"scale":"1"')}'`)]: /its answer cannot be read/,
    [write('\'{"ok":false,"fault":{"code":"x","what":"a","remedy":"b"}}\\n\'')]: /its answer cannot be read/,
    [write(`'${good}'`)]: /its paths are damaged/,
    [write(`Buffer.concat([Buffer.from('${good}'),Buffer.from([1,1,1,1,2,0,0,9,9])])`)]: /its paths are damaged/,
    [write('Buffer.alloc(3e6)')]: /it wrote too much/,
    'throw new Error("odd")': /^The program that reads drawings failed: .+\.$/,
    'process.exit(3)': /^The program that reads drawings failed: .+\.$/,
  };
  for (const [script, why] of Object.entries(scripts)) {
    const fault = faultOf(await readWith(script));
    assert.equal(fault.code, 'drawing-reader-failed', script);
    assert.match(fault.what, why, script);
  }
  const nowhere = openDrawingReader({ clock, program: ['/nowhere/at/all'] });
  assert.equal(faultOf(await nowhere.read(bytesOf(drawing), options)).code, 'drawing-reader-failed');
});

test('paths that leave the box that was asked for are refused, though they are sound', async () => {
  const wide = packPaths({ widthUm: 90_000, heightUm: 60_000, paths: [[0, 0, 90_000, 5]] }) ?? assert.fail();
  const bytes = `Buffer.from('${Buffer.from(wide).toString('hex')}','hex')`;
  const head = '{"ok":true,"skipped":[],"scale":1,"isTurned":false}\\n';
  const plan = await readWith(`process.stdout.write(Buffer.concat([Buffer.from('${head}'),${bytes}]))`);
  assert.match(faultOf(plan).what, /its paths leave the box/);
});

test('what a child says of a file drives no terminal, and the child inherits no setting and no secret', async () => {
  process.env.LIVEPEN_TEST_SECRET = 'a secret';
  const script =
    'const what="a\\u001b[31m"+Object.keys(process.env).join();' +
    'process.stdout.write(JSON.stringify({ok:false,fault:{code:"drawing-x",what,remedy:"b"}})+"\\n")';
  const fault = faultOf(await readWith(script));
  delete process.env.LIVEPEN_TEST_SECRET;
  assert.ok(!fault.what.includes('\u001b') && !fault.what.includes('SECRET'));
  assert.match(fault.what, /^a/);
});

test('one drawing is read at a time, three wait, and a fifth is refused at once', async () => {
  const reader = openDrawingReader({ clock });
  const plans = [1, 2, 3, 4].map(() => reader.read(bytesOf(drawing), options));
  assert.equal(faultOf(await reader.read(bytesOf(drawing), options)).code, 'drawing-busy');
  assert.ok((await Promise.all(plans)).every((plan) => plan.ok));
  assert.ok((await reader.read(bytesOf(drawing), options)).ok);
});

test('when the service ends, what is being read ends with it, and who waits hears that', async () => {
  const program = [process.execPath, '--eval', 'for(;;);', '--'] as const;
  const reader = openDrawingReader({ clock, program: [...program] });
  const plans = [1, 2].map(() => reader.read(bytesOf(drawing), options));
  // By the next turn of the loop the first child has been started.
  await new Promise(setImmediate);
  reader.close();
  for (const plan of await Promise.all(plans)) assert.equal(faultOf(plan).code, 'drawing-ended');
});

test('options that no drawing can have are a mistake of whoever asks', () => {
  const reader = openDrawingReader({ clock });
  assert.throws(() => reader.read(bytesOf(drawing), { ...options, boxWidthMm: drawingRange.boxMaxMm + 1 }), RangeError);
  assert.throws(() => reader.read(bytesOf(drawing), { ...options, hatchMm: drawingRange.hatchMinMm / 2 }), RangeError);
});

test('nothing but the child takes SVG apart', () => {
  const users = sourceFiles('src').filter(
    ({ path, imports }) =>
      !path.startsWith('src/drawing/svg/') &&
      imports.some(({ from }) => from.startsWith('src/drawing/svg/') || from === 'saxes' || from === 'svgpath'),
  );
  assert.deepEqual(
    users.map(({ path }) => path),
    ['src/commands/drawing-child.ts'],
  );
  const starters = sourceFiles('src').filter(({ imports }) =>
    imports.some(({ from }) => from === 'src/commands/drawing-child.ts'),
  );
  assert.deepEqual(starters, []);
});
