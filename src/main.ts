#!/usr/bin/env node
import { type Command, type Console, exit } from './commands/command.ts';
import { runLine } from './commands/line.ts';
import { originalOf } from './domain/cause.ts';
import { isolateRightToLeft, plainLines } from './domain/plain-text.ts';
import { sourceStack } from './system/trace.ts';

/** JSON is read by programs: nothing is added to it. */
const shown = (text: string) => (/^[[{]/.test(text) ? plainLines(text) : isolateRightToLeft(plainLines(text)));

const terminal: Console = {
  out: (text) => process.stdout.write(`${shown(text)}\n`),
  err: (text) => process.stderr.write(`${shown(text)}\n`),
  drive: (text) => process.stdout.write(`${text}\n`),
  isTerminal: process.stdout.isTTY === true,
  get columns() {
    return process.stdout.columns || 80;
  },
  env: process.env,
};

// A reader that went away (`livepen demo | head`) is no reason to die halfway; the command ends by itself.
process.stdout.on('error', () => {});

/** Where each command is, in the order of the help: one that runs does not wait for what the others need. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./commands/run.ts')).run,
  demo: async () => (await import('./commands/demo.ts')).demo,
  status: async () => (await import('./commands/status.ts')).status,
  paper: async () => (await import('./commands/service-commands.ts')).paper,
  pen: async () => (await import('./commands/pen.ts')).pen,
  pause: async () => (await import('./commands/service-commands.ts')).pause,
  resume: async () => (await import('./commands/service-commands.ts')).resume,
  gift: async () => (await import('./commands/service-commands.ts')).gift,
  draw: async () => (await import('./commands/draw.ts')).drawCommand,
  rules: async () => (await import('./commands/rules.ts')).rulesCommand,
  goals: async () => (await import('./commands/goals.ts')).goalsCommand,
  points: async () => (await import('./commands/points.ts')).pointsCommand,
  write: async () => (await import('./commands/write.ts')).writeCommand,
  origin: async () => (await import('./commands/service-commands.ts')).origin,
  right: async () => (await import('./commands/service-commands.ts')).right,
  stop: async () => (await import('./commands/service-commands.ts')).stop,
  park: async () => (await import('./commands/service-commands.ts')).parkCommand,
  lift: async () => (await import('./commands/service-commands.ts')).liftCommand,
  retry: async () => (await import('./commands/service-commands.ts')).retry,
  live: async () => (await import('./commands/live.ts')).live,
  connect: async () => (await import('./commands/connect.ts')).connect,
  gifts: async () => (await import('./commands/gifts.ts')).gifts,
  who: async () => (await import('./commands/who.ts')).who,
  report: async () => (await import('./commands/report.ts')).report,
  rates: async () => (await import('./commands/rates.ts')).rates,
  night: async () => (await import('./commands/report.ts')).night,
  sessions: async () => (await import('./commands/sessions.ts')).sessions,
  preview: async () => (await import('./commands/preview.ts')).preview,
  gallery: async () => (await import('./commands/gallery.ts')).gallery,
  void: async () => (await import('./commands/book-commands.ts')).voidDebt,
  redraw: async () => (await import('./commands/book-commands.ts')).redraw,
  dry: async () => (await import('./commands/book-commands.ts')).dry,
  credit: async () => (await import('./commands/book-commands.ts')).credit,
  forget: async () => (await import('./commands/forget.ts')).forget,
  ledger: async () => (await import('./commands/ledger.ts')).ledger,
  record: async () => (await import('./commands/record.ts')).record,
  replay: async () => (await import('./commands/replay.ts')).replay,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  tune: async () => (await import('./commands/tune.ts')).tune,
  worker: async () => (await import('./commands/worker.ts')).workerCommand,
  plugins: async () => (await import('./commands/worker.ts')).pluginsCommand,
  logs: async () => (await import('./commands/logs.ts')).logs,
  'config-txt': async () => (await import('./commands/config-txt.ts')).configTxt,
  upgrade: async () => (await import('./commands/upgrade.ts')).upgrade,
  'wait-idle': async () => (await import('./commands/upgrade.ts')).waitIdle,
  'boot-files': async () => (await import('./commands/boot-files.ts')).bootFiles,
  'light-off': async () => (await import('./commands/light-off.ts')).lightOff,
};

/** A mistake of the program cannot be had again: where it was made goes with the report, whatever the level. */
function reportMistake(error: unknown): number {
  terminal.err('Livepen made a mistake. Please report it with these lines:');
  terminal.err(error instanceof Error ? sourceStack(error) : originalOf(error));
  return exit.failed;
}

/** Whatever was begun by then, such as the light's child, must not keep a program that failed from its end. */
const endWith = (error: unknown): never => process.exit(reportMistake(error));

process.once('uncaughtException', endWith);
const argv = process.argv.slice(2);
const named = Object.hasOwn(commands, argv[0] ?? '') ? commands[argv[0] ?? ''] : undefined;
/** Help and advice speak of all of them. */
const loaded = Promise.all((named === undefined ? Object.values(commands) : [named]).map((load) => load()));
process.exitCode = await loaded.then((known) => runLine(argv, known, terminal)).catch(endWith);
