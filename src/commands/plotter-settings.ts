import type { Config, PlacedProblem, PlotterInput } from '../config/load.ts';
import { checkUserLines } from '../marlin/plotter.ts';
import { defaultPlotterSettings, type PenKind, type PlotterSettings } from '../marlin/settings.ts';

/** What of the config the plotter needs to know. */
export function plotterSettings({ plotter, bed, home, servo, penLines, lines }: Config): PlotterSettings {
  return {
    ...defaultPlotterSettings,
    port: plotter.port,
    baudRate: plotter.baudRate,
    origin: plotter.origin,
    trustPark: plotter.trustPark,
    certainAfterMoves: plotter.certainAfterMoves,
    stopWith: plotter.stopWith,
    bed,
    zHomesUp: home.zHomesUp,
    homeAt: { xMm: home.xMm, yMm: home.yMm, zMm: home.zMm },
    pen: penOf(servo, penLines),
    startLines: lines.start,
    sheetLines: lines.sheet,
    endLines: lines.end,
  };
}

/** A servo or lines of the user's own move the pen where the config has them; else Z does. */
function penOf(servo: Config['servo'], lines: Config['penLines']): PenKind {
  if (servo !== null) return { kind: 'servo', ...servo };
  return lines === null ? { kind: 'z' } : { kind: 'lines', ...lines };
}

/** What of the user's own G-code may not be sent, and what contradicts itself. */
export function checkPlotter({ bed, lines, penLines, servo }: PlotterInput): PlacedProblem[] {
  const groups: readonly (readonly [string, readonly string[]])[] = [
    ['lines.start', lines.start],
    ['lines.sheet', lines.sheet],
    ['lines.end', lines.end],
    ...(penLines === null
      ? []
      : (['down', 'hop', 'up'] as const).map((key) => [`penLines.${key}`, penLines[key]] as const)),
  ];
  const problems = groups.flatMap(([place, texts]) =>
    checkUserLines(texts, { bed, ofPen: place.startsWith('penLines.') }).map((rule) => ({
      place,
      value: '',
      rule: `cannot be used: ${rule}`,
    })),
  );
  for (const key of ['hopDegrees', 'upDegrees'] as const) {
    if (servo === null || servo[key] !== servo.downDegrees) continue;
    const rule = `must differ from servo.downDegrees (${servo.downDegrees}): else the pen stays on the paper`;
    problems.push({ place: `servo.${key}`, value: String(servo[key]), rule });
  }
  if (servo !== null && penLines !== null) {
    problems.push({
      place: 'penLines',
      value: '',
      rule: 'stands beside [servo]; only one of them can move the pen',
    });
  }
  return problems;
}
