import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { listen } from '../../src/commands/api-server.ts';
import { openDrawingReader } from '../../src/commands/drawing-reader.ts';
import { systemClock } from '../../src/system/clock.ts';
import { openSheet } from '../appliance/ready-world.ts';
import { smallLayout } from '../appliance/small-sheet.ts';
import { withApi } from './with-api.ts';

const program = join(import.meta.dirname, '../../docs/steered-art.mjs');
const plates = [0, 1, 2].map((index) => ({
  id: `plate${index}`,
  name: '',
  xMm: 70 + 40 * index,
  yMm: 20,
  widthMm: 35,
  heightMm: 35,
}));
const layout = { ...smallLayout, paper: { ...smallLayout.paper, widthMm: 220 }, plates };

/** The program of an artist's own, reading the stream from an id on; `said` are its lines. */
function run(url: string, from: string): { readonly child: ChildProcess; readonly said: readonly string[] } {
  const said: string[] = [];
  const child = spawn(process.execPath, [program, from], {
    env: { ...process.env, LIVEPEN_URL: url },
  });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => said.push(...bytes.toString().trimEnd().split('\n')));
  return { child, said };
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.on('close', () => resolve());
    child.kill();
  });
}

test("an artist's own program that gifts steer draws each gift once, however often it hears of it", {
  timeout: 120_000,
}, () => {
  const drawings = openDrawingReader({ clock: systemClock() });
  return withApi(
    async (_call, world, api) => {
      const served = await listen(api.app, '127.0.0.1', 0);
      assert.ok(served.ok);
      world.appliance.start();
      await openSheet(world);
      const heard = async (said: readonly string[], lines: number) => {
        while (said.length < lines) {
          await world.clock.advance(250);
          await (await fetch(`${served.url}/health`)).text();
        }
      };
      const children: ChildProcess[] = [];
      try {
        const first = run(served.url, '0');
        children.push(first.child);
        world.source.give('Rose', 1, 'Anna');
        await heard(first.said, 1);
        world.source.give('Corgi', 1, 'Zoe');
        await heard(first.said, 2);
        await ended(first.child);
        world.source.give('GG', 2, 'Bo');
        const second = run(served.url, '0');
        children.push(second.child);
        await heard(second.said, 3);
        assert.deepEqual(second.said, ['gift 1: drawing 1 (again)', 'gift 2: drawing 2 (again)', 'gift 3: drawing 3']);
        await ended(second.child);
      } finally {
        for (const child of children) child.kill();
        await served.close();
      }
      const { questions } = world.ledger;
      await world.clock.runUntil(() => questions.owedDrawings(9).length === 0, 600_000, 'all is drawn');
      await world.until('ready');
      const records = questions.drawings().toReversed();
      assert.deepEqual(
        records.map(({ name, state, plate }) => [name, state, plate]),
        [
          ['Rose 1', 'drawn', 'plate0'],
          ['Corgi 2', 'drawn', 'plate1'],
          ['GG 3', 'drawn', 'plate2'],
        ],
      );
      assert.match(records[0]?.ownId ?? '', /^rosette-[0-9a-f]{8}-1$/);
    },
    { drawings },
    { layout },
  ).finally(() => drawings.close());
});
