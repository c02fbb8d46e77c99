import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGateway } from '../../src/simulators/gateway/gateway.ts';
import { startVirtualLive } from '../../src/simulators/live/virtual-live.ts';
import { VirtualDonations } from '../../src/simulators/platform/donations.ts';
import { servePlatform } from '../../src/simulators/platform/server.ts';
import { tokenFile } from '../../src/sources/connection/token-file.ts';
import { systemClock } from '../../src/system/clock.ts';
import { figure, shown } from './budgets.ts';

/** Prints how much more memory the service takes that listens to three platforms than the one that listens to TikTok alone. */
const rounds = 3;
/** Everything is connected, and what was loaded for it is collected. */
const settleMs = 12_000;
const clientId = 'ink-box';
const root = join(import.meta.dirname, '../..');

const clock = systemClock();
const live = await startVirtualLive({ clock });
const gateway = createGateway({ clock });
const donations = new VirtualDonations(clock);
const [tips, list] = [await servePlatform(gateway), await servePlatform(donations)];

function prepare(folder: string, isAll: boolean): string {
  cpSync(join(root, 'config/gifts.json'), join(folder, 'gifts.json'));
  const others = `[[live]]
platform = "joystick"
clientId = "${clientId}"
[[live]]
platform = "donationalerts"
clientId = "${donations.application.clientId}"
`;
  const first = `user = "${live.user}"\nsignUrl = "${live.url}"\nroom = "${live.room.id}"`;
  const config = readFileSync(join(root, 'config/livepen.toml'), 'utf8')
    .replace('[live]', '[[live]]')
    .replace('user = ""', first)
    .replace('\n[plotter]', `\n${isAll ? others : ''}\n[plotter]`)
    .replace('port = 8420', 'port = 0');
  const path = join(folder, 'livepen.toml');
  writeFileSync(path, config);
  const { access, refresh } = gateway.installations.install(clientId, []);
  const sign = { accessToken: access, refreshToken: refresh, endsAtMs: null, since: 1 };
  tokenFile(join(folder, 'joystick-sign-in.json')).write(sign);
  tokenFile(join(folder, 'donationalerts-sign-in.json')).write({ ...donations.grant(), since: 1 });
  return path;
}

/** Resident memory of a service that is connected, MB. */
async function memoryOf(isAll: boolean): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-bench-'));
  const words = [join(root, 'src/main.ts'), 'run', '--config', prepare(folder, isAll)];
  const places = {
    STATE_DIRECTORY: folder,
    LIVEPEN_TIKTOK_HOST: live.pagesHost,
    LIVEPEN_JOYSTICK_HOST: tips.url,
    LIVEPEN_DONATIONALERTS_HOST: list.url,
    LIVEPEN_DONATIONALERTS_SECRET: donations.application.secret,
  };
  const before = donations.counts.sockets;
  const child = spawn(process.execPath, words, { env: { ...process.env, ...places }, stdio: 'ignore' });
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const connected = [live.counts().openConnections, gateway.counts().subscribed, donations.counts.sockets - before];
  const wanted = isAll ? [1, 1, 1] : [1, 0, 0];
  if (String(connected) !== String(wanted)) throw new Error(`connected are ${connected}, and not ${wanted}`);
  const [, kB = ''] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
  child.kill('SIGTERM');
  await once(child, 'exit');
  rmSync(folder, { recursive: true });
  return Number(kB) / 1_000;
}

const middle = (all: readonly number[]) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
const alone: number[] = [];
const together: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  alone.push(await memoryOf(false));
  together.push(await memoryOf(true));
}
figure('memoryLives', middle(together) - middle(alone), `${shown(middle(alone))} MB with TikTok alone, as TypeScript`);
process.exit();
