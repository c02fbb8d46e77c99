import { join } from 'node:path';
import { pastSheet, pictureOfSheet } from '../appliance/sheet-picture.ts';
import { makeFolder } from '../ledger/folders.ts';
import type { LedgerReader } from '../ledger/ledger.ts';
import type { SheetSummary } from '../ledger/questions.ts';
import { type Command, type Console, exit } from './command.ts';
import { readerHelp, readerOptions, withLedger } from './ledger-reader.ts';
import { galleryPage } from './preview/gallery-page.ts';
import { pngFile, writeOut } from './preview/picture-file.ts';
import { whyOf } from './why.ts';

export const gallery: Command = {
  name: 'gallery',
  summary: 'pictures of all past sheets, with a page to look at them',
  usage: 'gallery FOLDER [--png] [--names]',
  details: [
    'Writes one picture for each closed sheet and an index.html beside them.',
    '',
    '  --png           each sheet as PNG too',
    '  --names         a pointer on a stroke is told who paid for it (SVG only)',
    readerHelp,
  ].join('\n'),
  options: { ...readerOptions, png: { type: 'boolean' }, names: { type: 'boolean' } },
  words: [1, 1],
  async run(args, console) {
    const [folder = ''] = args.words;
    const { png, names } = args.options;
    return withLedger(args, console, (ledger) => {
      const sheets = ledger.questions.sheets().filter(({ closedAtMs }) => closedAtMs !== null);
      if (sheets.length === 0) {
        console.out('No sheet is closed yet: a sheet comes into the gallery when the next one is opened.');
        return exit.ok;
      }
      if (!isFolder(folder, console)) return exit.failed;
      for (const sheet of sheets) {
        if (!writeSheet(ledger, sheet, folder, { png: png === true, names: names === true }, console))
          return exit.failed;
      }
      const page = join(folder, 'index.html');
      if (!writeOut(page, galleryPage(sheets, png === true), console)) return exit.failed;
      console.out(`${sheets.length} ${sheets.length === 1 ? 'sheet' : 'sheets'}: open ${page}`);
      return exit.ok;
    });
  },
};

function isFolder(folder: string, console: Console): boolean {
  try {
    makeFolder(folder, 0o755);
    return true;
  } catch (error) {
    console.err(`${folder} must be a folder that takes files: ${whyOf(error, console)}.`);
    return false;
  }
}

function writeSheet(
  ledger: LedgerReader,
  { sheet }: SheetSummary,
  folder: string,
  { png, names }: { readonly png: boolean; readonly names: boolean },
  console: Console,
): boolean {
  const name = join(folder, `sheet-${sheet}`);
  const svg = pictureOfSheet(ledger, sheet, null, { titles: names, pen: false });
  if (svg !== null && !writeOut(`${name}.svg`, `${svg}\n`, console)) return false;
  const past = png ? pastSheet(ledger, sheet) : null;
  return past === null || writeOut(`${name}.png`, pngFile(past), console);
}
