import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exit } from '../../src/commands/command.ts';
import { pen } from '../../src/commands/pen.ts';
import { status } from '../../src/commands/status.ts';
import { drawSome, withApi } from '../api/with-api.ts';
import { typing } from './typing.ts';

test('`pen` and the status say how far the pen has drawn, and `pen changed` begins anew', () =>
  withApi(
    (call, world) =>
      typing(call, [pen, status], async (say) => {
        await drawSome(call, world);
        assert.match(
          await say(exit.ok, 'pen'),
          /^The pen "0\.5 black" has drawn 0\.1 m of the 0\.085 m that it has\s+since /,
        );
        const screen = (await say(exit.ok, 'status')).replace(/\s+/g, ' ');
        assert.match(
          screen,
          / pen 0\.5 black, 0\.1 of 0\.085 m drawn\. Change it with the paper, then run `livepen pen changed`/,
        );
        assert.match(
          await say(exit.ok, 'pen', 'changed'),
          /A fresh pen "0\.5 black" is in the holder; the last one drew 0\.1 m\./,
        );
        assert.match(await say(exit.ok, 'pen'), /has drawn 0\.0 m/);
        assert.match(await say(exit.usage, 'pen', 'dry'), /"dry" is nothing that a pen can be/);
      }),
    {},
    { pen: { name: '0.5 black', metres: 0.085 } },
  ));

test('a config that says nothing of the pen has no line for it in the status', () =>
  withApi((call, world) =>
    typing(call, [pen, status], async (say) => {
      await drawSome(call, world);
      assert.doesNotMatch(await say(exit.ok, 'status'), /^pen /m);
      assert.match(await say(exit.ok, 'pen'), /^The pen has drawn 0\.1 m since /);
    }),
  ));
