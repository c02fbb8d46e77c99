/** The example of a plugin, in a real worker, beside a real service that listens to a live in software. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runLivepen, startService } from '../service/service.ts';
import { gatewayOf } from './gateway.ts';
import { writePlugin, yardOf } from './plugin-yard.ts';
import { freePort, untilSo } from './tools.ts';

const root = join(import.meta.dirname, '../..');
const livepen = join(root, 'src/main.ts');

/** What the example counts; null while it does not say. */
async function countAt(page: string): Promise<unknown> {
  const answer = await fetch(`${page}/count`);
  if (!answer.ok) return null;
  const { count } = (await answer.json()) as { readonly count: unknown };
  return count;
}

test('the example is switched on while the worker runs, hears the live, shows an alert and its page, and dies alone', async (context) => {
  const { home, folder } = yardOf(context);
  const { gateway, live, env, signIn } = await gatewayOf(context);
  const [apiPort, port] = [await freePort(), await freePort()];
  writeFileSync(
    join(home, 'livepen.toml'),
    `${live}[plotter]\nport = "${join(home, 'no-plotter')}"\n[api]\nport = ${apiPort}\n[[rows]]\nid = "1"\nyMm = 100\n`,
  );
  writeFileSync(join(home, 'gifts.json'), JSON.stringify({ version: 1, gifts: [{ name: 'Rose', row: '1' }] }));
  writeFileSync(join(home, 'worker.toml'), `[plugins]\nport = ${port}\n`);
  signIn(home);
  cpSync(join(root, 'config/plugins/gift-counter'), join(folder, 'gift-counter'), { recursive: true });
  const chats = `module.exports = { init(api) {
    api.registerLiveEvent('chat', ({ viewer, text }) => api.log(viewer + ' said ' + text));
    api.registerLiveEvent('tip', ({ viewer }) => api.log('tip of ' + viewer));
  } };`;
  writePlugin(folder, 'chats', chats);

  const service = await startService(home, { STATE_DIRECTORY: home, ...env });
  context.after(() => service.end('SIGKILL'));
  const config = join(home, 'worker.toml');
  const words = [
    'worker',
    '--config',
    config,
    '--url',
    `http://127.0.0.1:${apiPort}`,
    '--token-file',
    join(home, 'worker-token'),
  ];
  const worker = spawn(process.execPath, [livepen, ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, OBS_PASSWORD: 'hush' },
  });
  let said = '';
  worker.stderr.on('data', (piece) => {
    said += piece;
  });
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  context.after(() => worker.kill('SIGKILL'));
  const hears = (what: string, times = 1) =>
    untilSo(what, () => said.split(what).length > times).catch((error) =>
      assert.fail(`${error}\n${said}\n${service.log()}`),
    );
  const plugins = async (...order: string[]) => (await runLivepen(['plugins', ...order, '--config', config])).output;
  await hears('Plugin chats 1.0.0 runs.');
  assert.match(await plugins(), /^chats {2}runs, Plugin chats 1\.0\.0\ngift-counter {2}off, Gift counter 1\.0\.0\n$/);
  assert.match(await plugins('enable', 'gift-counter'), /is on/);
  await hears('Plugin gift-counter 1.0.0 runs.');

  // What is said on the live reaches a plugin, is kept nowhere, and costs the ledger nothing.
  await untilSo('the live is heard', async () => (await service.status()).live.heard).catch((error) =>
    assert.fail(`${error}\n${service.log()}`),
  );
  let n = 0;
  await untilSo('the chat is heard', () => {
    n += 1;
    gateway.say('new_message', { text: `hello ${n}`, author: { username: 'Rosa' } });
    return said.includes('Rosa said hello');
  });
  gateway.say('tipped', { who: 'Rosa', what: 'Tipped', how_much: 25, tip_menu_item: null });
  await hears('tip of Rosa');

  // Gifts: the page counts them, and each tenth is an alert on the board.
  const board = await fetch(`${service.url}/events`);
  const frames: string[] = [];
  void (async () => {
    for await (const piece of board.body ?? []) frames.push(Buffer.from(piece).toString());
  })().catch(() => {});
  for (let each = 0; each < 10; each++) await service.post('/simulate/gift', { gift: 'Rose' });
  const page = `http://127.0.0.1:${port}/plugins/gift-counter`;
  await untilSo('ten are counted', async () => (await countAt(page)) === 10);
  assert.match(await (await fetch(`${page}/`)).text(), /Gift counter/);
  await untilSo('the alert', () => frames.join('').includes('Gift number 10'));

  // One that dies is started again; the other one, the worker and the pen's process do not notice.
  const children = () =>
    readdirSync('/proc').filter((pid) => {
      try {
        return (
          /^\d+$/.test(pid) &&
          readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === String(worker.pid)
        );
      } catch {
        return false;
      }
    });
  assert.equal(children().length, 2);
  for (const pid of children()) process.kill(Number(pid), 'SIGKILL');
  await hears('Plugin gift-counter 1.0.0 runs.', 2);
  await untilSo('the count is still there', async () => {
    return (await countAt(page)) === 10;
  });
  assert.equal((await fetch(`${page}/reset`, { method: 'POST' })).status, 200);
  assert.match(await plugins('reload', 'gift-counter'), /is started anew/);
  await hears('Plugin gift-counter 1.0.0 runs.', 3);
  assert.equal(await countAt(page), 0);
  assert.match(await plugins('disable', 'gift-counter'), /is off/);
  await hears('Plugin gift-counter is off.', 2);
  assert.equal((await fetch(`${page}/`)).status, 404);

  assert.match(await plugins('enable', 'nobody'), /There is no plugin "nobody"/);
  assert.match(await plugins('enable'), /Run `livepen plugins`/);
  mkdirSync(join(folder, 'empty'));
  assert.match(await plugins('enable', 'empty'), /cannot be started as it is/);
  worker.kill('SIGTERM');
  assert.equal(await ended, 0);
  assert.deepEqual(children(), []);
  assert.match(await plugins(), /chats {2}on, and no worker runs it/);
  assert.equal((await service.status()).state.name, 'no-plotter');
});
