/** Real processes, real kills: nothing durable is lost or reordered, whichever of the two dies, and whenever. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../../src/system/random.ts';
import { does } from '../rules/rule-events.ts';
import { startService } from '../service/service.ts';
import { freePort, untilSo } from './tools.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;
const rules = [{ name: 'hook', on: 'gift', [does]: [{ webhook: { to: 'friends', data: { text: '{giftCount}' } } }] }];

/** A receiver that can be away. */
class Receiver {
  readonly ids: string[] = [];
  #server: Server | null = null;
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  async turn(isThere: boolean): Promise<void> {
    if (isThere === (this.#server !== null)) return;
    const server = this.#server;
    this.#server = null;
    server?.closeAllConnections();
    if (server !== null) await new Promise((closed) => server.close(closed));
    if (!isThere) return;
    const made = createServer((incoming, outgoing) => {
      incoming.resume().on('end', () => {
        this.ids.push(String(incoming.headers['webhook-id']));
        outgoing.writeHead(204).end();
      });
    });
    await new Promise<void>((listening) => made.listen(this.#port, '127.0.0.1', listening));
    this.#server = made;
  }
}

async function houseOf(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-killed-'));
  context.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  const [apiPort, hookPort] = [await freePort(), await freePort()];
  const config = `[live]\nuser = ""\n[plotter]\nport = "${join(folder, 'no-plotter')}"\n[api]\nport = ${apiPort}\n[rules]\nfile = "rules.json"\n[[rows]]\nid = "1"\nyMm = 100\n`;
  writeFileSync(join(folder, 'livepen.toml'), config);
  writeFileSync(join(folder, 'gifts.json'), JSON.stringify({ version: 1, gifts: [{ name: 'Rose', row: '1' }] }));
  writeFileSync(join(folder, 'rules.json'), JSON.stringify({ rules }));
  const hook = `[[webhook]]\nname = "friends"\naddress = "http://127.0.0.1:${hookPort}/"\nsecret = "FRIENDS_SECRET"\nlocal = true\n`;
  writeFileSync(join(folder, 'worker.toml'), hook);
  const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
  writeFileSync(join(folder, 'worker-secrets.env'), `FRIENDS_SECRET=${secret}\n`);
  const receiver = new Receiver(hookPort);
  await receiver.turn(true);
  context.after(() => receiver.turn(false));

  let service = await startService(folder);
  context.after(() => service.end('SIGKILL'));
  let said = '';
  const startWorker = () => {
    const words = ['worker', '--config', join(folder, 'worker.toml'), '--url', `http://127.0.0.1:${apiPort}`];
    const child = spawn(process.execPath, [main, ...words, '--token-file', join(folder, 'worker-token')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stderr.on('data', (piece) => {
      said += piece;
    });
    return child;
  };
  let worker = startWorker();
  context.after(() => worker.kill('SIGKILL'));
  const given: number[] = [];
  return {
    folder,
    receiver,
    secret,
    said: () => said,
    async give() {
      const answer = await service.post('/simulate/gift', { gift: 'Rose', count: given.length + 1 });
      assert.equal(answer.status, 200, await answer.text());
      given.push(given.length + 1);
    },
    /** How many rules fired, by the ledger. */
    async fired(): Promise<number> {
      const log = (await (await service.get('/rules/log?limit=500')).json()) as { readonly fired: readonly unknown[] };
      return log.fired.length;
    },
    async killService() {
      await service.end('SIGKILL');
      service = await startService(folder);
    },
    async killWorker() {
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      worker.kill('SIGKILL');
      await ended;
      worker = startWorker();
    },
  };
}

for (const seed of [1, 2, 3])
  test(`through kills of either process and a receiver that comes and goes all arrives, in order (seed ${seed})`, async (context) => {
    const house = await houseOf(context);
    const random = seededRandom(seed);
    await untilSo('the worker', () => house.said().includes('begins with what comes from now on'));
    let isThere = true;
    for (let step = 0; step < 40; step++) {
      const dice = random();
      if (dice < 0.7) await house.give();
      else if (dice < 0.78) await house.killService();
      else if (dice < 0.88) await house.killWorker();
      else {
        isThere = !isThere;
        await house.receiver.turn(isThere);
      }
      await delay(random() * 60);
    }
    await house.receiver.turn(true);
    const fired = await house.fired();
    assert.ok(fired > 10, String(fired));
    await untilSo(`all ${fired}`, () => new Set(house.receiver.ids).size === fired).catch((error) =>
      assert.fail(`${error}: ${house.receiver.ids.join(' ')}\n${house.said()}`),
    );
    const seqs = [...new Set(house.receiver.ids)].map((id) => Number(id.split(':')[1]));
    assert.deepEqual(
      seqs,
      seqs.toSorted((a, b) => a - b),
    );
    assert.ok(!house.said().includes(house.secret.slice(6)));
    assert.ok(!readFileSync(join(house.folder, 'worker.db')).includes(house.secret.slice(6)));
  });
