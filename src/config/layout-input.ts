import * as v from 'valibot';
import { type PlacedProblem, shownValue } from './problem.ts';
import { type Config, configSchema, type LayoutInput, layoutParts, rowKeys, rowSchema, sections } from './schema.ts';

/** What decides what is sent to the plotter beside the drawing. */
export interface PlotterInput extends Pick<Config, 'lines' | 'penLines' | 'servo'> {
  /** Null where it is broken itself. */
  readonly bed: Config['bed'] | null;
}

/** Checks the user's own G-code; given by the caller, since its rules are the plotter's. */
export type CheckPlotter = (input: PlotterInput) => readonly PlacedProblem[];

/** Runs the plotter's check over what of a broken config can still be judged. */
export function checkRemainingPlotter(file: Readonly<Record<string, unknown>>, check: CheckPlotter): PlacedProblem[] {
  const written = v.is(v.record(v.string(), v.unknown()), file.lines) ? file.lines : {};
  const linesOf = (key: keyof typeof sections.lines) => {
    const read = v.safeParse(sections.lines[key], written[key]);
    return read.success ? read.output : [];
  };
  const penLines = v.safeParse(configSchema.entries.penLines, file.penLines);
  const servo = v.safeParse(configSchema.entries.servo, file.servo);
  const bed = v.safeParse(layoutParts.bed, file.bed);
  const problems = check({
    bed: bed.success ? bed.output : null,
    lines: { start: linesOf('start'), sheet: linesOf('sheet'), end: linesOf('end') },
    penLines: penLines.success ? penLines.output : null,
    servo: servo.success ? servo.output : null,
  });
  return [...problems];
}

/** Rows of one id, whatever else is wrong with them or with the rest. */
export function repeatedIds(file: Readonly<Record<string, unknown>>): PlacedProblem[] {
  const rows = Array.isArray(file.rows) ? file.rows : [];
  const first = new Map<string, number>();
  return rows.flatMap((row: unknown, index) => {
    const id = v.safeParse(v.object({ id: rowKeys.id }), row);
    if (!id.success) return [];
    const before = first.get(id.output.id);
    if (before === undefined) first.set(id.output.id, index);
    const rule = `must differ from the id of rows[${before}]`;
    return before === undefined ? [] : [{ place: `rows[${index}].id`, value: shownValue(id.output.id), rule }];
  });
}

/** Checks that the ink would stay where it may; given by the caller, since drawing is another room. */
export type CheckLayout = (input: LayoutInput) => readonly PlacedProblem[];

/**
 * Runs the layout's check over what of a broken config can still be judged, so that a person hears of everything at
 * once: rows that are broken themselves are left out, and a broken pen or park place is replaced by the shipped one.
 */
export function checkRemainingLayout(file: Readonly<Record<string, unknown>>, check: CheckLayout): PlacedProblem[] {
  const bed = v.safeParse(layoutParts.bed, file.bed);
  const paper = v.safeParse(layoutParts.paper, file.paper);
  const stroke = v.safeParse(layoutParts.stroke, file.stroke);
  if (!(bed.success && paper.success && stroke.success && Array.isArray(file.rows))) return [];

  const rows = file.rows.map((row: unknown) => v.safeParse(rowSchema, row));
  const sound = rows.flatMap((row, index) => (row.success ? [{ row: row.output, index }] : []));
  if (sound.length === 0) return [];
  const pen = v.safeParse(layoutParts.pen, file.pen);
  const park = v.safeParse(layoutParts.park, file.park);
  const lettering = v.safeParse(layoutParts.lettering, file.lettering);
  const problems = check({
    bed: bed.output,
    paper: paper.output,
    stroke: stroke.output,
    pen: pen.success ? pen.output : v.parse(layoutParts.pen, {}),
    park: park.success ? park.output : null,
    lettering: lettering.success ? lettering.output : null,
    rows: sound.map(({ row }) => row),
  });
  return problems
    .filter(({ place }) => park.success || !place.startsWith('park'))
    .map((problem) =>
      renumber(
        problem,
        sound.map(({ index }) => index),
      ),
    );
}

/** The check counted the rows that it was given; the person counts those of the file. */
function renumber(problem: PlacedProblem, indexes: readonly number[]): PlacedProblem {
  const inFile = (text: string) =>
    text.replace(/\brows\[(\d+)\]/g, (_, index: string) => `rows[${indexes[Number(index)] ?? index}]`);
  return { ...problem, place: inFile(problem.place), rule: inFile(problem.rule) };
}
