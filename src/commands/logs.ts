import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Command, exit } from './command.ts';

/** Where this folder is, systemd runs the machine (sd_booted(3)). */
const systemdFolder = '/run/systemd/system';
const noJournal =
  'Systemd does not run this machine, so there is no journal to show.\n' +
  'The log is what `livepen run` prints: to keep it, start it with `2>> livepen.log`.';

const times = '"1 hour ago", "today", "2026-01-31 20:00"';

export const logs: Command = {
  name: 'logs',
  summary: "the service's log, from the journal",
  usage: 'logs [--follow] [--since TIME] [--json]',
  details: [
    'Shows what the service and its helpers wrote since the last start of the',
    'machine.',
    '',
    '  --follow       stay, and show new lines as they come',
    `  --since TIME   from then on: ${times}`,
    '  --json         a JSON object a line, as journalctl has it',
  ].join('\n'),
  options: { follow: { type: 'boolean', short: 'f' }, since: { type: 'string' }, json: { type: 'boolean' } },
  run({ options }, console) {
    if (!existsSync(systemdFolder)) {
      console.err(noJournal);
      return Promise.resolve(exit.failed);
    }
    const words = journalWords(options);
    return new Promise((resolve) => {
      const child = spawn('journalctl', words, { stdio: 'inherit' });
      // One that follows ends with us, whoever ends us.
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => child.kill(signal));
      child.once('error', () => {
        console.err('The program journalctl, which shows the journal, is not installed here.');
        resolve(exit.failed);
      });
      child.once('close', (code) => {
        if (code === 0 || code === null) return resolve(exit.ok);
        if (typeof options.since === 'string') console.err(`A time is written as ${times}.`);
        if (process.getuid?.() !== 0) console.err('Others than root may not see all of it: sudo livepen logs');
        resolve(exit.failed);
      });
    });
  },
};

/** What journalctl is asked for. */
export function journalWords(options: Readonly<Record<string, string | boolean | undefined>>): string[] {
  const since = typeof options.since === 'string' ? ['--since', options.since] : ['--boot'];
  const units = ['livepen', 'livepen-boot', 'livepen-install'].flatMap((unit) => ['--unit', unit]);
  return [
    ...units,
    ...since,
    '--no-hostname',
    ...(options.json === true ? ['--output', 'json'] : ['--output', 'short-iso']),
    ...(options.follow === true ? ['--follow'] : ['--no-pager']),
  ];
}
