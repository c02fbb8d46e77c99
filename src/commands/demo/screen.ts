import type { Status } from '../../appliance/status.ts';
import { plainLines, plainText } from '../../domain/plain-text.ts';
import { type Console, cutTo, padTo } from '../command.ts';

/** Shows the demo as it goes: lines that scroll, and below them, on a terminal, a picture of the rows. */
export interface Screen {
  line(text: string): void;
  /** Redraws the picture; in a pipe nothing. */
  picture(status: Status): void;
  /** Leaves the last picture standing; what is printed afterwards comes below it. */
  end(): void;
}

const controlSequence = '\u001b[';
const styles = { dim: '2', bold: '1', green: '32', amber: '33', blue: '34', violet: '35', red: '31' } as const;

/** The colours of the light, by state. */
const stateStyles: Readonly<Record<Status['state']['name'], keyof typeof styles>> = {
  starting: 'dim',
  fault: 'red',
  'no-plotter': 'amber',
  'origin-unknown': 'violet',
  'needs-sheet': 'amber',
  paused: 'amber',
  drawing: 'green',
  'off-air': 'blue',
  ready: 'green',
};

/** A screen on this console; colours and redrawing only where a person looks at a terminal. */
export function openScreen(console: Console): Screen {
  const redraws = console.isTerminal && console.env.TERM !== 'dumb';
  const styled = redraws && console.env.NO_COLOR === undefined;
  const style = (name: keyof typeof styles, text: string) =>
    styled ? `${controlSequence}${styles[name]}m${text}${controlSequence}0m` : text;
  let shown: string[] = [];

  function clear(): string {
    return shown.length === 0 ? '' : `${controlSequence}${shown.length}A${controlSequence}0J`;
  }

  return {
    line(text) {
      if (!redraws) {
        console.out(text);
        return;
      }
      console.drive(`${clear()}${[plainLines(text), ...shown].join('\n')}`);
    },
    picture(status) {
      if (!redraws) return;
      const next = pictureLines(status, console.columns, style);
      if (next.join() === shown.join()) return;
      const before = clear();
      shown = next;
      console.drive(`${before}${shown.join('\n')}`);
    },
    end() {
      shown = [];
    },
  };

  function pictureLines(status: Status, columns: number, paint: typeof style): string[] {
    const { state, sheet, strokes } = status;
    const dot = state.heard ? paint('green', '●') : paint('blue', '○');
    const head = sheet === null ? 'No sheet' : `Sheet ${sheet.number}`;
    const owed = strokes.pending === 0 ? 'nothing owed' : `${strokes.pending} owed`;
    const room = Math.max(0, columns - `  ● ${head}  ${state.name}  `.length);
    const sums = `${strokes.drawn} drawn in all, ${owed}`.slice(0, room);
    return [
      '',
      `  ${dot} ${paint('bold', head)}  ${paint(stateStyles[state.name], state.name)}  ${paint('dim', sums)}`,
      ...status.rows.map((row) => `  ${rowLine(row, columns, paint)}`),
      '',
    ];
  }
}

type Paint = (name: keyof typeof styles, text: string) => string;

/** No line is wider than the terminal: one that wraps would be a line more than is taken back. */
function rowLine({ name, pending, onSheet }: Status['rows'][number], columns: number, paint: Paint): string {
  const labelWidth = Math.max(4, Math.min(20, columns - 24));
  const label = padTo(cutTo(plainText(name), labelWidth), labelWidth);
  const capacity = onSheet?.capacity ?? 0;
  const width = Math.max(4, Math.min(Math.max(10, capacity), columns - labelWidth - 16));
  const cells = (strokes: number) =>
    capacity === 0 ? 0 : Math.round((Math.min(strokes, capacity) / capacity) * width);
  const inked = cells(onSheet?.certain ?? 0);
  const owed = cells((onSheet?.certain ?? 0) + pending) - inked;
  const bar = `${'|'.repeat(inked)}${paint('dim', `${':'.repeat(owed)}${'·'.repeat(width - inked - owed)}`)}`;
  return `${label} ${bar} ${String(onSheet?.certain ?? 0).padStart(3)}/${capacity}`;
}
