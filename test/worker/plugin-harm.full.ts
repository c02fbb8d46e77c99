/** Plugins that do harm, in their real processes: each is stopped, and nothing beside it notices. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { echo, pluginOf, pluginsIn, writePlugin, yardOf } from './plugin-yard.ts';
import { untilSo } from './tools.ts';

const harmful: readonly (readonly [what: string, main: string, why: RegExp])[] = [
  ['hangs in init', pluginOf('for (;;);'), /its init has not ended within/],
  ['never ends its init', 'module.exports = { init: () => new Promise(() => {}) };', /its init has not ended within/],
  ['hangs in an event', pluginOf("api.registerLiveEvent('chat', () => { for (;;); });"), /has not answered for/],
  ['throws in a timer', pluginOf("setTimeout(() => { throw new TypeError('oh no'); }, 50);"), /oh no/],
  ['throws in init', pluginOf("throw new RangeError('not today');"), /RangeError: not today/],
  ['loses a promise', pluginOf("Promise.reject(new Error('nobody waits'));"), /nobody waits/],
  ['is no JavaScript', 'module.exports = {', /main\.js: /],
  ['is a module of the other kind', 'export function init() {}', /written with require and module\.exports/],
  ['exports nothing', '', /exports no function init/],
  ['floods with lines', pluginOf("for (let n = 0; n < 2000; n++) api.log('x');"), /sent more than it may/],
  [
    'floods with cues',
    pluginOf("setInterval(() => { for (let n = 0; n < 50; n++) api.showAlert({ text: 'x' }).catch(() => {}); }, 10);"),
    /sent more than it may/,
  ],
  [
    'floods with settings',
    pluginOf("setInterval(() => { for (let n = 0; n < 9; n++) api.setConfig('x', 'y'.repeat(15000)); }, 10);"),
    /sent more than it may/,
  ],
  [
    'eats memory',
    pluginOf('const all = []; setInterval(() => { for (let n = 0; n < 1e6; n++) all.push({ n }); }, 1);'),
    /more memory than it may/,
  ],
  [
    'eats memory with texts',
    pluginOf('let all = []; for (let n = 0; ; n++) all.push(String(n).repeat(1000) + n);'),
    /more memory than it may/,
  ],
];
for (const [what, main, why] of harmful)
  test(`one that ${what} is stopped, and the one beside it goes on`, async (context) => {
    const yard = yardOf(context);
    writePlugin(yard.folder, 'echo', echo);
    writePlugin(yard.folder, 'harmful', main);
    const isHanging = /hang|never/.test(what);
    const patience = isHanging ? { startMs: 4_000, pingEveryMs: 100, answerMs: 1_500 } : {};
    const { hears, chat, state } = pluginsIn(context, yard, { patience });
    await hears('says: here');
    if (what.includes('event')) {
      await hears('Plugin harmful 1.0.0 runs.');
      chat('now');
    }
    await hears(new RegExp(`Plugin harmful: .*${why.source}.*It is started again in 1 s`));
    await untilSo('it is shown', () => state('harmful')?.state !== 'running');
    chat('still');
    await hears('echo still');
  });

test('one that fails again and again is started less and less often, and then not any more, until it is changed', async (context) => {
  const yard = yardOf(context);
  writePlugin(yard.folder, 'broken', pluginOf("throw new Error('as ever');"));
  const { hears, said, state, children } = pluginsIn(context, yard, { factor: 20, patience: { startMs: 1_000_000 } });
  await hears('It is not started again until it is changed, or until `livepen plugins reload broken`.');
  assert.deepEqual(
    [...said().matchAll(/started again in (\d+) s/g)].map(([, s]) => Number(s)),
    [1, 4, 15, 60],
  );
  await untilSo('it is shown as given up', () => state('broken')?.state === 'given-up');
  assert.match(state('broken')?.why ?? '', /as ever/);
  assert.equal(children.length, 5);
  writePlugin(yard.folder, 'broken', echo);
  await hears('Plugin broken 1.0.0 runs.');
});
