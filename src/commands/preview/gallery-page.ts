import type { SheetSummary } from '../../ledger/questions.ts';
import { localTime } from '../local-time.ts';

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
export function galleryPage(sheets: readonly SheetSummary[], withPng: boolean): string {
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

function item({ sheet, drawn, openedAtMs, closedAtMs }: SheetSummary, withPng: boolean): string {
  const until = closedAtMs === null ? '' : ` to ${localTime(closedAtMs)}`;
  const png = withPng ? `, <a href="sheet-${sheet}.png">PNG</a>` : '';
  return (
    `<li><figure><a href="sheet-${sheet}.svg"><img src="sheet-${sheet}.svg" alt="Sheet ${sheet}, ${drawn} strokes" ` +
    `loading="lazy"></a><figcaption>Sheet ${sheet}: ${drawn} strokes, ${localTime(openedAtMs)}${until}${png}</figcaption>` +
    '</figure></li>'
  );
}
