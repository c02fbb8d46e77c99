#!/usr/bin/env node
import { credit, dry, redraw, voidDebt } from './commands/book-commands.ts';
import { bootFiles } from './commands/boot-files.ts';
import { type Console, exit } from './commands/command.ts';
import { configTxt } from './commands/config-txt.ts';
import { demo } from './commands/demo.ts';
import { doctor } from './commands/doctor.ts';
import { forget } from './commands/forget.ts';
import { gallery } from './commands/gallery.ts';
import { gifts } from './commands/gifts.ts';
import { ledger } from './commands/ledger.ts';
import { lightOff } from './commands/light-off.ts';
import { runLine } from './commands/line.ts';
import { logs } from './commands/logs.ts';
import { preview } from './commands/preview.ts';
import { record } from './commands/record.ts';
import { replay } from './commands/replay.ts';
import { night, report } from './commands/report.ts';
import { run } from './commands/run.ts';
import {
  gift,
  liftCommand,
  origin,
  paper,
  parkCommand,
  pause,
  resume,
  retry,
  right,
  stop,
} from './commands/service-commands.ts';
import { sessions } from './commands/sessions.ts';
import { status } from './commands/status.ts';
import { upgrade, waitIdle } from './commands/upgrade.ts';
import { who } from './commands/who.ts';
import { originalOf } from './domain/cause.ts';
import { plainLines } from './domain/plain-text.ts';

const terminal: Console = {
  out: (text) => process.stdout.write(`${plainLines(text)}\n`),
  err: (text) => process.stderr.write(`${plainLines(text)}\n`),
  drive: (text) => process.stdout.write(`${text}\n`),
  isTerminal: process.stdout.isTTY === true,
  get columns() {
    return process.stdout.columns || 80;
  },
  env: process.env,
};

// A reader that went away (`livepen demo | head`) is no reason to die halfway; the command ends by itself.
process.stdout.on('error', () => {});

const commands = [
  run,
  demo,
  status,
  paper,
  pause,
  resume,
  gift,
  origin,
  right,
  stop,
  parkCommand,
  liftCommand,
  retry,
  gifts,
  who,
  report,
  night,
  sessions,
  preview,
  gallery,
  voidDebt,
  redraw,
  dry,
  credit,
  forget,
  ledger,
  record,
  replay,
  doctor,
  logs,
  configTxt,
  upgrade,
  waitIdle,
  bootFiles,
  lightOff,
];

/** A mistake of the program cannot be had again: where it was made goes with the report, whatever the level. */
function reportMistake(error: unknown): number {
  terminal.err('Livepen made a mistake. Please report it with these lines:');
  terminal.err(error instanceof Error ? (error.stack ?? originalOf(error)) : originalOf(error));
  return exit.failed;
}

/** Whatever was begun by then, such as the light's child, must not keep a program that failed from its end. */
const endWith = (error: unknown): never => process.exit(reportMistake(error));

process.once('uncaughtException', endWith);
process.exitCode = await runLine(process.argv.slice(2), commands, terminal).catch(endWith);
