/** Switches a machine on again that a test left behind, runs a line of shell in it: node look.ts FOLDER 'LINE'. */
import { join, resolve } from 'node:path';
import { boot, outputOf } from './lab.ts';

const [folder = '.', script = ''] = process.argv.slice(2);
const share = resolve(folder, 'share');
const code = await boot({ disk: join(resolve(folder), 'disk.img'), share, script, limitMs: 600_000 }).off;
process.stdout.write(outputOf(share));
process.exitCode = code ?? 1;
