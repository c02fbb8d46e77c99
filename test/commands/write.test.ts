import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exit } from '../../src/commands/command.ts';
import { writeCommand } from '../../src/commands/write.ts';
import { withApi } from '../api/with-api.ts';
import { openSheet } from '../appliance/ready-world.ts';
import { smallLayout } from '../appliance/small-sheet.ts';
import { typing, unfolded } from './typing.ts';

const plates = [{ id: 'left', name: 'left', xMm: 70, yMm: 20, widthMm: 100, heightMm: 20 }];
const layout = { ...smallLayout, paper: { ...smallLayout.paper, widthMm: 180 }, plates };
/** Texts need no reader of files. */
const drawings = { read: () => Promise.reject(new Error('nobody reads a file')), close: () => {} };

test('`write` puts a text on a plate and says where, how long it takes, and what is left out', () =>
  withApi(
    async (call, world) => {
      world.appliance.start();
      await openSheet(world);
      await typing(call, [writeCommand], async (type) => {
        const say = async (code: number, ...words: string[]) => unfolded(await type(code, 'write', ...words));
        const tried = await say(exit.ok, 'Дякую', 'Zoë', '☃', '--try');
        assert.match(
          tried,
          /^It would lie on plate left of sheet 1: \d+ paths, [\d.]+ m of ink, about .*\. Not drawn: "☃" \(1\)\.$/,
        );
        assert.match(await say(exit.ok, 'Дякую Zoë', '--mm', '6'), /^Drawing 1 on plate left of sheet 1: /);
        for (const mm of ['tall', '0', '500'])
          assert.match(await say(exit.usage, 'x', '--mm', mm), /^--mm "\w+": it must be a height from 1 to 200 mm/);
        assert.match(await say(exit.refused, 'שלום'), /right to left/);
      });
      await world.clock.runUntil(() => world.ledger.questions.drawing(1)?.state === 'drawn', 300_000, 'it is written');
    },
    { drawings },
    { layout },
  ));
