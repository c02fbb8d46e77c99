/** Plugins in their real processes: what they may do, and that nothing which they do harms anything beside them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rightsOfPlugins } from '../../src/commands/plugin-program.ts';
import { echo, pluginOf, pluginsIn, scriptAs, writePlugin, yardOf } from './plugin-yard.ts';
import { untilSo } from './tools.ts';

test('a plugin hears the kinds that it names, as they happen and not later, shows alerts, and keeps its settings', async (context) => {
  const yard = yardOf(context);
  writePlugin(
    yard.folder,
    'counter',
    `const words = require('./lib/words.js');
     module.exports = class {
       constructor(api) { this.api = api; }
       async init() {
         this.api.registerLiveEvent('gift', async ({ gift, seq }) => {
           this.api.setConfig('count', (this.api.getConfig('count') ?? 0) + 1);
           this.api.log(words.said + gift + this.api.getConfig('count'));
           this.api.log(await this.api.showAlert({ text: 'Gift \\u202e' + seq, seconds: 3, picture: 'x' }));
         });
       }
       destroy() { console.log('cleaned up', { at: 'the end' }); }
     };`,
    { files: {} },
  );
  const { mkdirSync } = await import('node:fs');
  mkdirSync(join(yard.folder, 'counter/lib'));
  writeFileSync(join(yard.folder, 'counter/lib/words.js'), "exports.said = require('../words.json').said;");
  writeFileSync(join(yard.folder, 'counter/words.json'), '{"said":"thanks for "}');
  const first = pluginsIn(context, yard);
  await first.hears('Plugin counter 1.0.0 runs.');
  first.chat('not for it');
  first.gift('Rose', 7);
  await first.hears('says: thanks for Rose1');
  await first.hears('says: shown');
  assert.deepEqual(first.cues, [{ alert: { text: 'Gift 7', seconds: 3, animation: 'fade' } }]);
  await first.close();
  assert.match(first.said(), /says: cleaned up \{"at":"the end"\}/);

  const second = pluginsIn(context, yard);
  await second.hears('Plugin counter 1.0.0 runs.');
  second.gift('Corgi', 8);
  await second.hears('thanks for Corgi2');
  assert.doesNotMatch(second.said(), /not for it/);
});

test('what comes late by the feed is no live event, and neither is what is none', async (context) => {
  const yard = yardOf(context);
  writePlugin(
    yard.folder,
    'echo',
    echo.replace("api.log('here')", "api.registerLiveEvent('raw', () => api.log('raw!'))"),
  );
  const { hears, chat, plugins, said } = pluginsIn(context, yard);
  await hears('Plugin echo 1.0.0 runs.');
  chat('late', 10_001);
  plugins.passOn([{ id: null, event: 'raw', data: '{}' }], () => 0);
  chat('now');
  await hears('echo now');
  assert.doesNotMatch(said(), /echo late|raw!/);
  assert.match(said(), /there is no live event "raw"; known are gift, /);
});

test('lines beyond the few of a second are left out and counted', async (context) => {
  const yard = yardOf(context);
  writePlugin(
    yard.folder,
    'chatty',
    pluginOf(
      "for (let n = 0; n < 100; n++) api.log('\\u001b[31mline\\n' + n); setTimeout(() => api.log('later'), 1500);",
    ),
  );
  const { hears, said } = pluginsIn(context, yard);
  await hears(/says: later \(\d+ lines of it were left out before\)/);
  const lines = said().match(/says: /g) ?? [];
  assert.ok(lines.length < 40, said());
  assert.ok(!said().includes('\u001b'));
});

test('in its context there is nothing that leads out: no process, modules, network, code from texts, bytes', async (context) => {
  const yard = yardOf(context);
  const names =
    'process global fetch WebSocket EventSource Buffer ArrayBuffer SharedArrayBuffer Uint8Array WebAssembly Worker performance queueMicrotask';
  writePlugin(
    yard.folder,
    'prisoner',
    `module.exports = { async init(api) {
      const found = [];
      for (const name of '${names}'.split(' ')) if (typeof globalThis[name] !== 'undefined') found.push(name);
      const ways = {
        eval: () => eval('1'),
        'function': () => Function('return process')(),
        'its constructor': () => api.log.constructor.constructor('return process')(),
        'this': () => this.constructor.constructor('return process')(),
        async: () => (async () => {}).constructor('return process')(),
        fs: () => require('fs'), 'node:net': () => require('node:net'),
        '/etc/passwd': () => require('/etc/passwd'), 'up': () => require('../../../../../etc/passwd'),
        'secrets': () => require('../../worker-secrets.env'),
        'own secrets': () => { const text = api.readFile('../../worker-secrets.env'); if (text === null) throw 1; return text; },
        'import': () => import('node:net'),
        'error of the import': async () => { try { await import('node:net'); } catch (error) { return error.constructor.constructor('return process')(); } },
        'frozen below': async () => { let made; try { await import('node:net'); } catch (error) { 'use strict'; made = error; } (function () { 'use strict'; Object.getPrototypeOf(Object.getPrototypeOf(made)).x = 1; })(); },
        'stack': () => { Error.prepareStackTrace = (_, sites) => sites; const sites = new Error('x').stack; for (const site of sites) { const leak = site.getThis?.() ?? site.getFunction?.(); if (leak !== undefined && leak !== globalThis && Object.getPrototypeOf(leak) !== Object.getPrototypeOf(ways.eval) && leak.constructor?.constructor !== Function) return leak; } throw 1; },
      };
      for (const [name, way] of Object.entries(ways)) { try { await way(); found.push(name); } catch {} }
      api.log('found: [' + found + ']');
    } };`,
  );
  writeFileSync(join(yard.home, 'worker-secrets.env'), 'OBS_PASSWORD=hush\n');
  const { hears, said } = pluginsIn(context, yard);
  await hears('found: [');
  assert.match(said(), /found: \[\]/);
});

test('below the context Node itself refuses files, processes, threads, compiled code and the rest: also to one that broke out', (context) => {
  const yard = yardOf(context);
  const script = join(yard.home, 'out.mjs');
  writeFileSync(
    script,
    `import { createRequire } from 'node:module';
     import fs from 'node:fs'; import child from 'node:child_process'; import threads from 'node:worker_threads';
     const ways = {
       passwd: () => fs.readFileSync('/etc/passwd'), secrets: () => fs.readFileSync(${JSON.stringify(join(yard.home, 'worker-secrets.env'))}),
       list: () => fs.readdirSync('/tmp'), proc: () => fs.readFileSync('/proc/self/environ'), write: () => fs.writeFileSync('/tmp/livepen-out', 'x'),
       link: () => fs.symlinkSync('/etc/passwd', '/tmp/livepen-link'), shell: () => { const { error } = child.spawnSync('ls'); if (error) throw error; },
       fork: () => child.fork('x.js'), thread: () => new threads.Worker('1', { eval: true }), binding: () => process.binding('fs'),
       addon: () => createRequire('/')(${JSON.stringify(join(yard.home, 'addon.node'))}), eval: () => Function('return 1')(), dlopen: () => process.dlopen({ exports: {} }, '/lib/x86_64-linux-gnu/libc.so.6'),
     };
     const found = []; for (const [name, way] of Object.entries(ways)) { try { way(); found.push(name); } catch {} }
     console.log(JSON.stringify({ found, env: Object.keys(process.env) }));`,
  );
  writeFileSync(join(yard.home, 'worker-secrets.env'), 'OBS_PASSWORD=hush\n');
  writeFileSync(join(yard.home, 'addon.node'), 'x');
  const { stdout, stderr } = spawnSync(process.execPath, [...rightsOfPlugins(script), script], {
    env: {},
    encoding: 'utf8',
  });
  assert.deepEqual(stdout === '' ? stderr : JSON.parse(stdout), { found: [], env: [] });
});

test('its process inherits no environment, no open files and no folder', async (context) => {
  const yard = yardOf(context);
  writePlugin(yard.folder, 'echo', echo);
  const { hears, children } = pluginsIn(context, yard);
  await hears('says: here');
  const { readFileSync, readdirSync, readlinkSync } = await import('node:fs');
  const pid = children[0]?.pid;
  const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
    .split('\0')
    .filter((each) => each !== '');
  assert.deepEqual(environment, ['MALLOC_ARENA_MAX=1']);
  assert.equal(readlinkSync(`/proc/${pid}/cwd`), '/');
  const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  assert.deepEqual(
    open.filter((target) => target.startsWith(yard.home)),
    [],
  );
});

const outbreaks: readonly (readonly [what: string, script: string, why: RegExp])[] = [
  ['writes no JSON', "console.log('hello')", /no message of a plugin/],
  ['writes another message', `console.log('{"say":"token"}')`, /no message of a plugin/],
  ['adds to a message', `console.log('{"say":"ready","__proto__":{"isStopping":true}}')`, /no message of a plugin/],
  ['names a prototype', `console.log('{"say":"__proto__"}')`, /no message of a plugin/],
  ['names a constructor', `console.log('{"say":"constructor","n":1}')`, /no message of a plugin/],
  [
    'sends settings of a megabyte',
    `console.log(JSON.stringify({say:'settings',text:'x'.repeat(1e6)}))`,
    /no message of a plugin|more than it may|without an end/,
  ],
  [
    'sends a line without an end',
    "const go = () => { process.stdout.write('x'.repeat(65536), go); }; go();",
    /without an end|more than it may/,
  ],
  ['ends at once', '', /ended by itself \(exit code 0\)/],
  ['reads nothing', 'setInterval(() => {}, 1000)', /its init has not ended within/],
];
for (const [what, script, why] of outbreaks)
  test(`one that broke out of its program and ${what} is stopped`, async (context) => {
    const yard = yardOf(context);
    writePlugin(yard.folder, 'out', echo);
    const patience = what === 'reads nothing' ? { startMs: 2_000 } : {};
    const keeps = what === 'ends at once' ? script : `${script};setInterval(() => {}, 1000)`;
    const { hears } = pluginsIn(context, yard, { start: scriptAs(keeps), patience });
    await hears(new RegExp(`Plugin out: .*${why.source}`));
  });

test('prototypes in settings and alerts stay texts, and change nothing in the worker', async (context) => {
  const yard = yardOf(context);
  writePlugin(
    yard.folder,
    'sly',
    pluginOf(`
    api.setConfig('__proto__', { polluted: 1 }); api.setConfig('constructor', { prototype: { polluted: 1 } });
    api.showAlert(JSON.parse('{"__proto__":{"text":"x","polluted":1}}')).catch((error) => api.log('refused: ' + error.message));
    api.showAlert(JSON.parse('{"text":"fine","__proto__":{"polluted":1},"sound":{"media":"x"}}')).then(api.log);`),
  );
  const { hears, cues } = pluginsIn(context, yard);
  await hears('refused: an alert has a text');
  await hears('says: shown');
  assert.equal((Object.prototype as { polluted?: number }).polluted, undefined);
  assert.deepEqual(cues, [{ alert: { text: 'fine', seconds: 6, animation: 'fade' } }]);
});

test('a reload in the middle of an event ends the old one and begins the new one, and settings go along', async (context) => {
  const yard = yardOf(context);
  const version = (n: number) => `module.exports = { init(api) {
    api.registerLiveEvent('chat', async ({ text }) => { api.setConfig('last', text); api.log('begun${n} ' + text); await new Promise((r) => setTimeout(r, 600000)); api.log('never'); });
    api.log('version${n} knows ' + api.getConfig('last')); } };`;
  writePlugin(yard.folder, 'changing', version(1));
  const { hears, chat, said, children } = pluginsIn(context, yard);
  await hears('version1 knows undefined');
  chat('hello');
  await hears('begun1 hello');
  writePlugin(yard.folder, 'changing', version(2), { manifest: { version: '2.0.0' } });
  await hears('version2 knows hello');
  await hears('Plugin changing 2.0.0 runs.');
  assert.equal(children.length, 2);
  assert.notEqual(children[0]?.signalCode ?? children[0]?.exitCode, null);
  writePlugin(yard.folder, 'changing', version(2), { manifest: { enabled: false } });
  await untilSo('it is off', () => (said().match(/Plugin changing is off\./g) ?? []).length === 2);
});

test('folders whose names look the same are told apart, and stop no plugin', async (context) => {
  const yard = yardOf(context);
  writePlugin(yard.folder, 'shown', echo);
  const alike = [
    '\u0001shown',
    'shown\u200b',
    '"shown"',
    'a\u0007',
    'a\\u0007',
    `${'x'.repeat(90)}1`,
    `${'x'.repeat(90)}2`,
  ];
  for (const name of alike) mkdirSync(join(yard.folder, name));
  // Neither is UTF-8: both are read as one name.
  for (const byte of [0xfe, 0xff]) mkdirSync(Buffer.concat([Buffer.from(`${yard.folder}/b`), Buffer.from([byte])]));
  const { hears, state, store, said, chat } = pluginsIn(context, yard);
  await hears('Plugin shown 1.0.0 runs.');
  assert.equal(state('shown')?.state, 'running');
  assert.equal(store.shownPlugins().length, alike.length + 2, said());
  assert.ok(store.shownPlugins().some(({ id }) => id === '"shown\\u200b"'));
  await hears('Plugin "\\u0001shown": the name of its folder');
  assert.ok(!said().includes('is off'), said());
  chat('still here');
  await hears('echo still here');
});

test('the plugin of the guide runs as it stands there, and what a viewer is called is no script on its page', async (context) => {
  const guide = readFileSync(new URL('../../docs/worker.md', import.meta.url), 'utf8');
  const [, manifest = '', main = ''] = /```json\n(\{ "id": "hello".*?)```\s+```js\n(.*?)```/s.exec(guide) ?? [];
  const yard = yardOf(context);
  writePlugin(yard.folder, 'hello', main, { manifest: JSON.parse(manifest) });
  const { hears, chat, gift, cues, plugins } = pluginsIn(context, yard);
  await hears('Plugin hello 1.0.0 runs.');
  assert.equal(cues.length, 1);
  chat('hi');
  await hears('mila: hi');
  gift('<script>x</script>', 1);
  const asked = () => plugins.find('hello')?.ask('GET', '/', { method: 'GET', path: '/', query: {}, body: '' });
  await untilSo('the gift is on its page', async () => (await asked())?.body.includes('from mila') === true);
  const answer = await asked();
  assert.ok(answer?.type !== 'html' || !answer.body.includes('<script'), JSON.stringify(answer));
});

test('why a plugin ended is one sentence, also where its own error ends with a full stop', async (context) => {
  const yard = yardOf(context);
  writePlugin(yard.folder, 'broken', pluginOf("throw new Error('There is no network.');"));
  const { hears } = pluginsIn(context, yard);
  await hears(/Plugin broken: .*There is no network\. It is started again in 1 s\./);
});

test('an alert that is not shown ends no plugin: the appliance is away, or more than one a second', async (context) => {
  const yard = yardOf(context);
  writePlugin(
    yard.folder,
    'early',
    `module.exports = { init: (api) => api.showAlert({ text: 'Hello!' }).then(api.log) };`,
  );
  writePlugin(
    yard.folder,
    'many',
    pluginOf(
      `for (let n = 0; n < 20; n++) api.showAlert({ text: 'x' }); api.registerLiveEvent('chat', ({ text }) => setTimeout(() => api.log('heard ' + text), 2000));`,
    ),
  );
  const fault = { code: 'away', what: 'No Livepen answers.', remedy: 'Is it on?' };
  const { hears, chat, said } = pluginsIn(context, yard, { askBoard: async () => ({ kind: 'failed', fault }) });
  await hears('Plugin early says: an alert is not shown: No Livepen answers');
  await hears('Plugin early says: not shown');
  await hears('Plugin early 1.0.0 runs.');
  await hears('Plugin many says: an alert is not shown: at most one a second, five at once');
  await hears('Plugin many 1.0.0 runs.');
  chat('hi');
  await hears('Plugin many says: heard hi');
  assert.ok(!said().includes('started again'), said());
});
