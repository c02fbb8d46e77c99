/** Runs the service as `livepen run` does, and prints how many timers are still set once it has stopped. */
import { run } from '../../src/commands/run.ts';

const [config = ''] = process.argv.slice(2);
const print = (text: string) => process.stdout.write(`${text}\n`);
process.exitCode = await run.run(
  { words: [], options: { config } },
  { out: print, err: print, drive: print, env: process.env, isTerminal: false, columns: 80 },
);
const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');
print(`${timers.length} timers are left`);
