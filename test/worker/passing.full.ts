/** Real processes, real kills: what was said on a live in software arrives, once it is on the disk of either of the two. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import { seededRandom } from '../../src/system/random.ts';
import { startService } from '../service/service.ts';
import { gatewayOf } from './gateway.ts';
import { hookSecret, receiverOf } from './house.ts';
import { yardOf } from './plugin-yard.ts';
import { freePort, untilSo } from './tools.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;

async function houseOf(context: TestContext) {
  const { home } = yardOf(context);
  const { gateway, live, env, signIn } = await gatewayOf(context);
  const receiver = await receiverOf(context);
  const apiPort = await freePort();
  writeFileSync(
    join(home, 'livepen.toml'),
    `${live}[plotter]\nport = "${join(home, 'no-plotter')}"\n[api]\nport = ${apiPort}\n[[rows]]\nid = "1"\nyMm = 100\n`,
  );
  writeFileSync(join(home, 'gifts.json'), JSON.stringify({ version: 1, gifts: [] }));
  writeFileSync(join(home, 'worker-secrets.env'), `FRIENDS_SECRET=${hookSecret}\n`);
  const nameKinds = (kinds: string) =>
    writeFileSync(
      join(home, 'worker.toml'),
      `[[webhook]]\nname = "friends"\naddress = "http://127.0.0.1:${receiver.port}/"\nsecret = "FRIENDS_SECRET"\nlocal = true\nkinds = ${kinds}\n`,
    );
  nameKinds('["chat"]');
  signIn(home);

  const environment = { STATE_DIRECTORY: home, ...env };
  let service = await startService(home, environment);
  context.after(() => service.end('SIGKILL'));
  const ring = join(home, 'livepen.db-passing');
  let said = '';
  const startWorker = () => {
    const words = ['worker', '--config', join(home, 'worker.toml'), '--url', `http://127.0.0.1:${apiPort}`];
    const child = spawn(process.execPath, [main, ...words, '--token-file', join(home, 'worker-token')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.on('data', (piece) => {
      said += piece;
    });
    return child;
  };
  let worker = startWorker();
  context.after(() => worker.kill('SIGKILL'));
  /** The number of the newest one that is on the disk of the appliance, also where it was fetched since. */
  const newest = (): number => {
    if (!existsSync(ring)) return -1;
    const db = new Database(ring, { readonly: true });
    try {
      // It is there for a moment before its tables are.
      if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'heard'").get() === undefined) return -1;
      const found = db.prepare<[], { seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'heard'").get();
      return found?.seq ?? 0;
    } finally {
      db.close();
    }
  };
  const written: string[] = [];
  const endWorker = async () => {
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.kill('SIGKILL');
    await ended;
  };
  return {
    receiver,
    written,
    ring,
    newest,
    nameKinds,
    endWorker,
    log: () => `${said}\n${service.log()}`,
    startWorker() {
      worker = startWorker();
    },
    heard: () => untilSo('the live is heard', async () => (await service.status()).live.heard),
    async say() {
      const before = newest();
      const text = `message ${written.length}`;
      gateway.say('new_message', { text, author: { username: 'Rosa' } });
      await untilSo('it is on the disk', () => newest() > before);
      written.push(text);
    },
    async killService() {
      await service.end('SIGKILL');
      service = await startService(home, environment);
      await untilSo('the live is heard', async () => (await service.status()).live.heard);
    },
    texts: () =>
      receiver.got
        .filter(({ status }) => status === 204)
        .map(({ id, body }) => ({ id, ...(JSON.parse(body) as { type: string; data: { text?: string } }) })),
  };
}

for (const seed of [1, 2])
  test(`what was said arrives at least once and in order, through kills of either process (seed ${seed})`, async (context) => {
    const house = await houseOf(context);
    const random = seededRandom(seed);
    await house.heard();
    await untilSo('the worker asked', () => house.newest() === 0);
    for (let step = 0; step < 30; step++) {
      const dice = random();
      if (dice < 0.7) await house.say();
      else if (dice < 0.8) await house.killService();
      else if (dice < 0.92) {
        await house.endWorker();
        house.startWorker();
      } else house.receiver.answers(random() < 0.5 ? 503 : 204);
    }
    // Nobody fetches while both are gone and one is there again: it is known what is to be kept.
    await house.endWorker();
    await house.killService();
    await house.say();
    house.startWorker();
    house.receiver.answers(204);
    await untilSo(
      'all arrive',
      () => new Set(house.texts().map(({ data }) => data.text)).size >= house.written.length,
    ).catch((error) => assert.fail(`${error}\n${house.log()}`));
    const once = new Map(house.texts().map(({ id, type, data }) => [id, `${type} ${data.text}`]));
    assert.deepEqual(
      [...once.values()],
      house.written.map((text) => `live.chat ${text}`),
    );
    assert.equal(once.size, house.written.length);

    // A worker whose config names nothing any more has it end.
    await house.endWorker();
    house.nameKinds('[]');
    house.startWorker();
    await untilSo('nothing is kept any more', () => !existsSync(house.ring));
  });
