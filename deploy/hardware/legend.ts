import { type ApplianceStateName, applianceStates, stateTitles } from '../../src/domain/appliance-state.ts';
import type { LedColour } from '../../src/panel/light/ws281x.ts';
import { type Answers, deadScene, firstFacts, noAnswers, type PanelFacts, scene } from '../../src/panel/scene.ts';
import { drawing, rect, text } from './svg.ts';

/** The strip of the card: the first LED and five for the state. */
const leds = 6;
const spanMs = 16_000;
const stepMs = 50;

interface Film {
  readonly title: string;
  readonly means: string;
  readonly press: string;
  colours(atMs: number): readonly LedColour[];
}

/** What a person reads: what the state means, and what the button does in it. */
const words: Readonly<Record<ApplianceStateName, readonly [means: string, press: string]>> = {
  starting: ['Checking the ledger.', 'Wait.'],
  fault: ['The page and “livepen status” say what to do.', 'Press: try again.'],
  'no-plotter': ['Switch the plotter on, plug its USB cable in.', 'Press: look now.'],
  'origin-unknown': ['Put the tip on the mark (front left), touching the paper.', 'Hold 2 s: here it is.'],
  'needs-sheet': ['The sheet is full, or a change was asked for.', 'Press: it is changed.'],
  paused: ['Paused by hand.', 'Press: go on.'],
  drawing: ['Leave it. Bright so far as the sheet is full.', 'Press: pause. Hold 2 s: change the paper.'],
  'off-air': ['Ready to draw, but not connected to the live.', 'Press: try now; or the paper was changed.'],
  ready: ['Leave it. Connected to the live, nothing is owed.', 'Press: the paper was changed.'],
};

function films(): Film[] {
  const show =
    (facts: Partial<PanelFacts>, answers: (atMs: number) => Answers = () => noAnswers) =>
    (atMs: number) =>
      scene({ ...firstFacts, heard: true, fill: 0.45, ...facts }, answers(atMs), atMs, leds).colours;
  const states = applianceStates.map((state): Film => {
    const [means, press] = words[state];
    return {
      title: stateTitles[state],
      means,
      press,
      colours: show({ state, heard: state !== 'starting' && state !== 'off-air' }),
    };
  });
  const hover: Film = {
    title: 'Check the origin',
    means: 'The pen hovers over the last stroke.',
    press: 'Press: yes. Else set the tip on the mark, hold 2 s.',
    colours: show({ state: 'origin-unknown', hover: true }),
  };
  const at = applianceStates.indexOf('origin-unknown') + 1;
  const paused = { state: 'paused' } as const;
  const answers: Film[] = [
    {
      title: 'Your finger',
      means: 'White grows; all white and flashing: that was 2 s.',
      press: 'It acts when you let go.',
      colours: show(paused, (atMs) =>
        atMs >= 1_000 && atMs < 4_500 ? { ...noAnswers, touchedAtMs: 1_000 } : noAnswers,
      ),
    },
    {
      title: 'No',
      means: 'That does nothing in this state.',
      press: '',
      colours: show(paused, (atMs) => ({ ...noAnswers, noAtMs: atMs >= 1_000 ? 1_000 : null })),
    },
    {
      title: 'Hands off',
      means: 'White runs out, then the pen moves.',
      press: '',
      colours: show({ state: 'drawing' }, (atMs) => ({ ...noAnswers, motionAtMs: atMs >= 1_000 ? 4_000 : null })),
    },
    {
      title: 'A gift',
      means: 'A spark runs along.',
      press: '',
      colours: show({ state: 'ready' }, () => ({ ...noAnswers, giftsAtMs: [1_000, 4_200] })),
    },
    {
      title: 'Gone',
      means: 'The service stopped by mistake; it starts again by itself.',
      press: 'Wait; then look at the log.',
      colours: () => deadScene(leds),
    },
  ];
  return [...states.slice(0, at), hover, ...states.slice(at), ...answers];
}

const width = 1_000;
const rowHeight = 62;
const top = 118;
const filmX = 560;
const filmWidth = 400;
const ledHeight = 7;

/** The card to print and to put beside the plotter: what each picture of the light means, over twelve seconds. */
export function legendCard(): string {
  const rows = films().map((film, index) => filmRow(film, top + index * rowHeight));
  return drawing(width, top + rows.length * rowHeight + 20, 190, 'Livepen: what the light means', [
    text(40, 46, 'What the light means', { 'font-size': 26, 'font-weight': 'bold' }),
    text(
      40,
      72,
      'Green: leave it.   Blue: not connected to the live.   Amber and violet: your hands.   Red: broken.   White: an answer to you.',
    ),
    text(40, 94, 'The first light is for the live alone: steady = connected, slow blink = not connected.', {
      fill: '#555',
    }),
    text(filmX, 108, `the strip over ${spanMs / 1_000} seconds →`, { 'font-size': 12, fill: '#555' }),
    ...rows,
  ]);
}

function filmRow(film: Film, y: number): string {
  return [
    rect(40, y, width - 80, 1, { fill: '#ddd' }),
    text(40, y + 25, film.title, { 'font-weight': 'bold', 'font-size': 16 }),
    text(205, y + 25, film.means, { 'font-size': 12.5 }),
    text(205, y + 45, film.press, { 'font-size': 12.5, 'font-weight': 'bold', fill: '#444' }),
    rect(filmX - 2, y + 6, filmWidth + 4, leds * ledHeight + 8, { fill: '#101010', rx: 3 }),
    ...filmStrip(film, filmX, y + 8),
  ].join('\n');
}

/** The film as few rectangles as it takes: equal colours side by side in time, and neighbours in the strip, are one. */
function filmStrip(film: Film, x: number, y: number): string[] {
  const steps = spanMs / stepMs;
  const stepWidth = filmWidth / steps;
  const columns = Array.from({ length: steps }, (_, index) => film.colours(index * stepMs));
  const parts: string[] = [];
  for (const [led, span] of spansOf(columns)) {
    let from = 0;
    for (let index = 1; index <= steps; index++) {
      const colour = columns[from]?.[led];
      if (colour !== undefined && columns[index]?.[led]?.join() === colour.join()) continue;
      const gap = led > 0 ? 4 : 0;
      const lit = colour ?? [0, 0, 0];
      if (Math.max(...lit) > 0) {
        const height = span * ledHeight - 1.5;
        // A little of it lies under the next one, so that no seam shows between them.
        const overlap = Math.max(...(columns[index]?.[led] ?? [0])) > 0 ? 0.5 : 0;
        parts.push(
          rect(x + from * stepWidth, y + led * ledHeight + gap, (index - from) * stepWidth + overlap, height, {
            fill: hex(lit),
          }),
        );
      }
      from = index;
    }
  }
  return parts;
}

/** Runs of LEDs that show the same all the time: the first one and how many. */
function spansOf(columns: readonly (readonly LedColour[])[]): [led: number, span: number][] {
  const same = (a: number, b: number) => columns.every((column) => column[a]?.join() === column[b]?.join());
  const spans: [number, number][] = [];
  for (let led = 0; led < leds; led++) {
    const last = spans.at(-1);
    if (last !== undefined && last[0] > 0 && same(last[0], led)) last[1] += 1;
    else spans.push([led, 1]);
  }
  return spans;
}

function hex(colour: readonly number[]): string {
  return `#${colour.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}
