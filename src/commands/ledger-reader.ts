import { readFileSync } from 'node:fs';
import { formatProblems, loadConfig } from '../config/load.ts';
import { type MotionLimits, motionLimits, mpcncLimits } from '../domain/motion.ts';
import { allot } from '../gifts/gift-map.ts';
import { type LedgerReader, readLedger } from '../ledger/ledger.ts';
import { systemClock } from '../system/clock.ts';
import { type Arguments, type Console, exit, logOriginal } from './command.ts';
import { configPath } from './run.ts';
import { defaultConfig } from './settings.ts';

/** The options by which every command that reads the ledger's file learns where it is. */
export const readerOptions = { config: { type: 'string' }, file: { type: 'string' } } as const;

export const readerHelp = [
  '  --file FILE     the ledger (default: the one of the config)',
  `  --config FILE   the config (default ${defaultConfig})`,
].join('\n');

/** Opens the ledger's file for reading, beside a running service or without one, and closes it again. */
export async function withLedger(
  args: Arguments,
  console: Console,
  work: (reader: LedgerReader, limits: MotionLimits) => number | Promise<number>,
): Promise<number> {
  const named = ledgerFile(args, console);
  if (named === null) return exit.config;
  const { file, limits } = named;
  const opened = readLedger({
    file,
    allot,
    wallMs: systemClock().wallMs,
    logOriginal: (_, error) => logOriginal(error, console),
  });
  if (!opened.ok) {
    console.err(`${opened.fault.what}\n${opened.fault.remedy}`);
    return exit.failed;
  }
  try {
    return await work(opened.ledger, limits);
  } finally {
    opened.ledger.close();
  }
}

interface LedgerFile {
  readonly file: string;
  /** How the plotter moves, by the config. */
  readonly limits: MotionLimits;
}

function ledgerFile({ options }: Arguments, console: Console): LedgerFile | null {
  if (typeof options.file === 'string') return { file: options.file, limits: mpcncLimits };
  // Neither the gift map nor where rows lie is asked: what was written down can be read whatever they are.
  const loaded = loadConfig(configPath(options), {
    readFile: (path) => readFileSync(path),
    stateDirectory: console.env.STATE_DIRECTORY,
  });
  if (loaded.ok) {
    const { ledger, plotter } = loaded.config;
    return { file: ledger.file, limits: motionLimits(plotter.acceleration, plotter.junctionDeviation) };
  }
  console.err(formatProblems(loaded.problems));
  return null;
}
