import { join } from 'node:path';
import { pastSheet, pictureOfSheet } from '../appliance/sheet-picture.ts';
import { localTime } from '../domain/plain-text.ts';
import { escapeText } from '../drawing/picture.ts';
import { makeFolder } from '../ledger/connection.ts';
import type { LedgerReader } from '../ledger/ledger.ts';
import type { SheetSummary } from '../ledger/questions.ts';
import { type Command, type Console, exit, whyOf } from './command.ts';
import { readerHelp, readerOptions, withLedger } from './ledger-reader.ts';
import { pngFile, writeOut } from './preview/picture-file.ts';

/** Looks at itself in light and dark, wide and narrow, and needs nothing but the pictures beside it. */
const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 80rem; padding: 2rem 1rem; }
h1 { font-weight: 400; }
ul { display: grid; gap: 2rem; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); list-style: none; padding: 0; }
img { display: block; height: auto; width: 100%; }
figure { margin: 0; }
figcaption { padding: 0 6%; }
`;

/** The page over the pictures of closed sheets, the newest first. */
function galleryPage(sheets: readonly SheetSummary[], withPng: boolean): string {
  const total = sheets.reduce((sum, { drawn }) => sum + drawn, 0);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Drawn sheets</title>
<style>${style}</style>
</head>
<body>
<h1>${sheets.length} drawn ${sheets.length === 1 ? 'sheet' : 'sheets'}, ${total} strokes</h1>
<ul>
${sheets
  .toReversed()
  .map((sheet) => item(sheet, withPng))
  .join('\n')}
</ul>
</body>
</html>
`;
}

function item({ sheet, drawn, openedAtMs, closedAtMs, pen }: SheetSummary, withPng: boolean): string {
  const until = closedAtMs === null ? '' : ` to ${localTime(closedAtMs)}`;
  const inked = pen === '' ? '' : `, drawn with ${escapeText(pen)}`;
  const png = withPng ? `, <a href="sheet-${sheet}.png">PNG</a>` : '';
  return (
    `<li><figure><a href="sheet-${sheet}.svg"><img src="sheet-${sheet}.svg" alt="Sheet ${sheet}, ${drawn} strokes" ` +
    `loading="lazy"></a><figcaption>Sheet ${sheet}: ${drawn} strokes, ${localTime(openedAtMs)}${until}${inked}${png}</figcaption>` +
    '</figure></li>'
  );
}

export const gallery: Command = {
  name: 'gallery',
  summary: 'pictures of all past sheets, with a page to look at them',
  usage: 'gallery FOLDER [--png] [--names]',
  details: [
    'Writes one picture for each closed sheet and an index.html beside them.',
    '',
    '  --png           each sheet as PNG too',
    '  --names         pointing at a stroke shows who paid for it (SVG only)',
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
