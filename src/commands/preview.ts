import { existsSync } from 'node:fs';
import { type PreviewFigures, type PreviewKind, type PreviewPlan, planSheet } from '../appliance/preview.ts';
import { allot } from '../gifts/gift-map.ts';
import { readLedger } from '../ledger/ledger.ts';
import { systemClock } from '../system/clock.ts';
import { stderrLog } from '../system/log.ts';
import { type Command, type Console, duration, exit, logOriginal } from './command.ts';
import { readerHelp, readerOptions } from './ledger-reader.ts';
import { pngFile, svgFile, writeOut } from './preview/picture-file.ts';
import { configPath, readPictures } from './run.ts';
import { applianceSettings, readSettings, type Settings } from './settings.ts';

const minuteMs = 60_000;
const mmPerMetre = 1000;

export const preview: Command = {
  name: 'preview',
  summary: 'a sheet before it is drawn: what it takes, and a picture',
  usage: 'preview [--full] [--svg FILE] [--png FILE]',
  details: [
    'Shows what will be drawn next, from the config and what is owed, with an estimate of',
    'its time, ink and ways. Needs no service; without a ledger nothing is owed.',
    '',
    '  --full          instead, a fresh sheet with every place taken',
    '  --svg FILE      writes the picture as SVG',
    '  --png FILE      writes the picture as PNG',
    readerHelp,
  ].join('\n'),
  options: { ...readerOptions, full: { type: 'boolean' }, svg: { type: 'string' }, png: { type: 'string' } },
  async run({ options }, console) {
    const log = stderrLog(systemClock().wallMs, 'text');
    const read = readSettings(configPath(options), log, console.env.STATE_DIRECTORY);
    if (!read.ok) {
      console.err(read.problems);
      return exit.config;
    }
    await readPictures(read.settings, systemClock(), log);
    const kind = options.full === true ? 'full' : 'owed';
    const file = typeof options.file === 'string' ? options.file : null;
    const plan = planOf(read.settings, file, kind, console);
    if (plan === null) return exit.failed;
    console.out(figuresInWords(plan.figures, kind));
    const { svg, png } = options;
    const files = [
      ...(typeof svg === 'string' ? [{ name: svg, content: () => svgFile(plan) }] : []),
      ...(typeof png === 'string' ? [{ name: png, content: () => pngFile(plan) }] : []),
    ];
    for (const { name, content } of files) {
      if (!writeOut(name, content(), console)) return exit.failed;
      console.out(`  picture  ${name}`);
    }
    return exit.ok;
  },
};

/** The plan; null when the ledger cannot be read, which has been said. A ledger that nobody named need not be there. */
function planOf(settings: Settings, named: string | null, kind: PreviewKind, console: Console): PreviewPlan | null {
  const { config, layoutOf } = settings;
  const { limits } = applianceSettings(config);
  const file = named ?? config.ledger.file;
  if (named === null && !existsSync(file)) return planSheet(null, layoutOf, kind, limits);
  const opened = readLedger({
    file,
    allot,
    wallMs: systemClock().wallMs,
    logOriginal: (_, error) => logOriginal(error, console),
  });
  if (!opened.ok) {
    console.err(`${opened.fault.what}\n${opened.fault.remedy}`);
    return null;
  }
  try {
    return planSheet(opened.ledger, layoutOf, kind, limits);
  } finally {
    opened.ledger.close();
  }
}

function figuresInWords({ sheet, strokes, minutes, inkMm, travelMm }: PreviewFigures, kind: PreviewKind): string {
  if (strokes === 0 && kind === 'full')
    return `Sheet ${sheet}: no row has a stroke; plates are filled as drawings come.`;
  if (strokes === 0) return `Sheet ${sheet}: nothing is owed. \`livepen preview --full\` shows a full sheet.`;
  const metres = (mm: number) => `${(mm / mmPerMetre).toFixed(1)} m`;
  return [
    `Sheet ${sheet}, ${kind === 'full' ? 'every place taken' : 'what will be drawn next'}: ${strokes} strokes`,
    `  time     about ${duration(minutes * minuteMs)}`,
    `  ink      ${metres(inkMm)}`,
    `  travel   ${metres(travelMm)} without ink`,
    kind === 'full'
      ? 'An estimate by the model of the plotter, row after row.'
      : 'An estimate by the model of the plotter; `livepen status` goes by the pace that it measured.',
  ].join('\n');
}
