import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { listen } from '../../src/commands/api-server.ts';
import { exit } from '../../src/commands/command.ts';
import { drawCommand } from '../../src/commands/draw.ts';
import { openDrawingReader } from '../../src/commands/drawing-reader.ts';
import { runLine } from '../../src/commands/line.ts';
import { systemClock } from '../../src/system/clock.ts';
import { tokens, withApi } from '../api/with-api.ts';
import { openSheet } from '../appliance/ready-world.ts';
import { smallLayout } from '../appliance/small-sheet.ts';
import { tempFolder } from '../ledger/world.ts';
import { heardConsole } from './heard-console.ts';

const plates = [{ id: 'main', name: 'main', xMm: 70, yMm: 20, widthMm: 40, heightMm: 40 }];
const layout = { ...smallLayout, paper: { ...smallLayout.paper, widthMm: 180 }, plates };

type Line = (...words: string[]) => Promise<{ readonly code: number; readonly said: string }>;

/** A service with a plate that answers on a port, and what `livepen draw …` says of it. */
async function withService(t: TestContext, work: (line: Line, folder: string) => Promise<void>): Promise<void> {
  const folder = tempFolder(t);
  const drawings = openDrawingReader({ clock: systemClock() });
  await withApi(
    async (_, world, api) => {
      world.appliance.start();
      await openSheet(world);
      const server = await listen(api.app, '127.0.0.1', 0);
      assert.ok(server.ok);
      const line: Line = async (...words) => {
        const console = heardConsole();
        const withToken = { ...console, env: { ...console.env, LIVEPEN_TOKEN: tokens.owner } };
        const code = await runLine(['draw', ...words, '--url', server.url], [drawCommand], withToken);
        return { code, said: console.said.join('\n') };
      };
      await work(line, folder);
      await server.close();
      await world.until('ready');
    },
    { drawings, tokens },
    { layout },
  );
  drawings.close();
}

test('`draw FILE` asks for it, signed, and says plate, time, ink and what is skipped', (t) =>
  withService(t, async (line, folder) => {
    const file = join(folder, 'rose.svg');
    const text = '<text>hi</text><path d="M0 0L20 10" stroke="black"/>';
    writeFileSync(
      file,
      `<svg xmlns="http://www.w3.org/2000/svg" width="20mm" height="10mm" viewBox="0 0 20 10">${text}</svg>`,
    );
    const tried = await line(file, '--try', '--mm');
    assert.equal(tried.code, exit.ok, tried.said);
    assert.match(
      tried.said,
      /^It would lie on plate main of sheet 1: 1 path, 0\.0 m of ink, about \d+ s\.\nNot drawn: text \(1\)\.$/,
    );
    const asked = await line(file, '--id', 'mine');
    assert.match(asked.said, /^Drawing 1 on plate main of sheet 1: 1 path, 0\.0 m of ink/);
    assert.match(
      (await line(file, '--id', 'mine')).said,
      /^Nothing new is drawn: it was asked for before under this id\.\n1 {2}rose\.svg: to be drawn, plate main of sheet 1/,
    );
    assert.match((await line('--list')).said, /^1 {2}rose\.svg/);
    assert.match((await line('--void', '1', '--why', 'a slip')).said, /^Drawing 1 taken back: a slip\./);
  }));

test('what cannot be drawn is said in words: no file, a folder, another thing than an SVG, a plate that is not there', (t) =>
  withService(t, async (line, folder) => {
    const other = join(folder, 'notes.svg');
    writeFileSync(other, 'these are notes');
    assert.deepEqual((await line()).code, exit.usage);
    assert.match((await line(join(folder, 'gone.svg'))).said, /gone\.svg cannot be read: /);
    for (const thing of [folder, '/dev/zero']) assert.match((await line(thing)).said, /is no file/);
    const refused = await line(other);
    assert.equal(refused.code, exit.refused, refused.said);
    assert.match((await line(other, '--plate', 'side')).said, /There is no plate "side"\.\nThe plates are main\./);
    assert.equal((await line('--void', 'x')).code, exit.usage);
    for (const hatch of ['0', '0.001', 'fine']) {
      const { code, said } = await line(other, '--hatch', hatch);
      assert.equal(code, exit.usage);
      assert.match(said, new RegExp(`^--hatch "${hatch}": it must be from 0\\.1 to 20 mm`));
    }
    assert.equal((await line('--list')).said, 'No drawing was asked for yet.');
  }));
