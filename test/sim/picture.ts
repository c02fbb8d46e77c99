import { inkPath } from '../../src/drawing/place.ts';
import type { Ink } from '../../src/simulators/plotter/paper.ts';
import type { PaperSheet, Papers } from './papers.ts';

const gapMm = 10;

/** All sheets of a world side by side as SVG: places in grey, what the plotter really drew in black, strays in red. */
export function pictureOf({ sheets }: Papers): string {
  let leftMm = 0;
  let heightMm = 0;
  const parts = sheets.map((sheet) => {
    const { widthMm, heightMm: tallMm } = sheet.layout.paper;
    const part = `<g transform="translate(${leftMm} ${tallMm}) scale(1 -1)">${sheetOf(sheet)}</g>`;
    leftMm += widthMm + gapMm;
    heightMm = Math.max(heightMm, tallMm);
    return part;
  });
  const box = `width="${leftMm}mm" height="${heightMm}mm" viewBox="0 0 ${leftMm} ${heightMm}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${box} fill="none" stroke-width="0.3">${parts.join('\n')}</svg>\n`;
}

function sheetOf({ layout, ink, strays }: PaperSheet): string {
  const { widthMm, heightMm } = layout.paper;
  const places = layout.rows.flatMap(({ id, capacity }) =>
    Array.from({ length: capacity }, (_, index) =>
      inkPath(layout, { row: id, n: index + 1 }).map(({ xMm, yMm }) => `${xMm},${yMm}`),
    ),
  );
  return [
    `<rect width="${widthMm}" height="${heightMm}" stroke="#888"/>`,
    ...places.map((points) => `<polyline points="${points.join(' ')}" stroke="#ccc" stroke-width="0.8"/>`),
    ...ink.map((piece) => lineOf(piece, 'black')),
    ...strays.map(({ ink: piece }) => lineOf(piece, 'red')),
  ].join('\n');
}

function lineOf({ fromX, fromY, toX, toY }: Ink, colour: string): string {
  return `<line x1="${fromX}" y1="${fromY}" x2="${toX}" y2="${toY}" stroke="${colour}"/>`;
}
