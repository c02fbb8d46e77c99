import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { runLivepen, startService } from '../service/service.ts';
import { freePort, untilSo } from './tools.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;

/** A secret of the form that webhooks want. */
export const hookSecret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

/** A receiver of webhooks that answers as told, and keeps what it got. */
export async function receiverOf(context: TestContext) {
  const got: { readonly id: string; readonly body: string; readonly status: number }[] = [];
  let status = 204;
  const server = createServer((incoming, outgoing) => {
    let body = '';
    incoming.on('data', (piece) => {
      body += piece;
    });
    incoming.on('end', () => {
      got.push({ id: String(incoming.headers['webhook-id']), body, status });
      outgoing.writeHead(status).end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  context.after(() => {
    server.closeAllConnections();
    return new Promise((closed) => server.close(closed));
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    got,
    answers(next: number) {
      status = next;
    },
  };
}

interface Rooms {
  readonly rules: readonly unknown[];
  /** The config of the worker. */
  readonly worker: string;
  readonly secrets?: string;
  /** The lives of the appliance's config; none, unless told. */
  readonly live?: string;
  /** Environment of the appliance. */
  readonly env?: Readonly<Record<string, string>>;
  /** Puts more into the folder before anything starts. */
  readonly prepare?: (folder: string) => void;
}

/** A folder with all that an appliance without a plotter and its worker are started from, as people write it. */
export async function folderOf(
  context: TestContext,
  { rules, worker, secrets = '', live = '[live]\nuser = ""', prepare = () => {} }: Rooms,
) {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-house-'));
  context.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  const port = await freePort();
  writeFileSync(
    join(folder, 'livepen.toml'),
    `${live}\n[plotter]\nport = "${join(folder, 'no-plotter')}"\n[api]\nport = ${port}\n[rules]\nfile = "rules.json"\n[[rows]]\nid = "1"\nyMm = 100\n`,
  );
  writeFileSync(join(folder, 'gifts.json'), JSON.stringify({ version: 1, gifts: [{ name: 'Rose', row: '1' }] }));
  writeFileSync(join(folder, 'rules.json'), JSON.stringify({ rules }));
  prepare(folder);
  // Apart, as on a Pi: what the worker may change, and what people wrote.
  mkdirSync(join(folder, 'worker'));
  writeFileSync(join(folder, 'worker.toml'), `file = "worker/worker.db"\n${worker}`);
  writeFileSync(join(folder, 'worker-secrets.env'), secrets);
  return { folder, url: `http://127.0.0.1:${port}` };
}

/** `livepen run` and `livepen worker`, processes of their own, on such a folder. `livepen`: what is run, unless from `src/`. */
export async function houseOf(context: TestContext, rooms: Rooms, livepen = main) {
  const { folder, url } = await folderOf(context, rooms);
  const service = await startService(folder, rooms.env ?? {}, { livepen });
  context.after(() => service.end('SIGKILL'));
  const config = join(folder, 'worker.toml');
  const worker = spawn(
    process.execPath,
    [livepen, 'worker', '--config', config, '--url', url, '--token-file', join(folder, 'worker-token')],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  let said = '';
  let printed = '';
  worker.stderr.on('data', (piece) => {
    said += piece;
  });
  worker.stdout.on('data', (piece) => {
    printed += piece;
  });
  const end = async () => {
    worker.kill('SIGKILL');
    await ended;
  };
  context.after(end);
  await untilSo('the worker follows', () => said.includes('begins with what comes from now on'));
  const { fault } = (await (await service.get('/rules')).json()) as { readonly fault: unknown };
  if (fault !== null) throw new Error(JSON.stringify(fault));
  let given = 0;
  return {
    folder,
    url,
    service,
    worker,
    endWorker: end,
    /** All that the worker logged, and what it wrote to standard output. */
    said: () => said,
    printed: () => printed,
    async give() {
      given += 1;
      const answer = await service.post('/simulate/gift', { gift: 'Rose', count: given });
      if (answer.status !== 200) throw new Error(await answer.text());
    },
    /** A command of the worker as its user types it. */
    run: (...words: string[]) => runLivepen([...words, '--config', config], {}, livepen),
  };
}
