/**
 * A life of the service between two power cuts: power.ts live|finish. Gifts come and are drawn; what the service says is
 * credited is noted on the host, which keeps its power. Runs inside the lab, as root, without systemd.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { post, status, untilDrawn, untilItAnswers, untilStatus } from './box.ts';

const isLast = process.argv[2] === 'finish';
const seenFile = '/share/seen';
const seen = () => (existsSync(seenFile) ? readFileSync(seenFile, 'utf8').trim().split('\n').map(Number) : [0]);
const said = (line: string) => appendFileSync('/share/said', `${line}\n`);

const service = spawn('/usr/bin/livepen', ['run', '--config', '/etc/livepen/livepen.toml'], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
service.once('exit', (code) => said(`the service ended with ${code}`));

const first = await untilItAnswers();
const lost = Math.max(...seen()) - first.strokes.credited;
if (lost > 0) said(`LOST ${lost} strokes that were credited before the cut`);
const back = await untilStatus(
  'a plotter that knows its origin',
  ({ state }) => !['starting', 'no-plotter'].includes(state.name),
);
said(`back: "${back.state.what}" ${back.strokes.credited} credited, ${back.strokes.drawn} drawn`);
while ((await status())?.sheet === null) {
  await post('/paper/changed');
  await delay(200);
}

for (let gift = 0; !isLast; gift++) {
  const { strokes } = (await status()) ?? {};
  if (strokes !== undefined) appendFileSync(seenFile, `${strokes.credited}\n`);
  await post('/simulate/gift', { row: String((gift % 5) + 1), count: 1 + (gift % 2) });
  await delay(900);
}
const done = await untilDrawn();
writeFileSync('/share/final.json', JSON.stringify(done));
service.removeAllListeners('exit');
service.kill('SIGTERM');
await new Promise((resolve) => service.once('exit', resolve));
