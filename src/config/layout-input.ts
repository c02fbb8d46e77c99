import * as v from 'valibot';
import type { PlacedProblem } from './problem.ts';
import { type LayoutInput, layoutParts, rowSchema } from './schema.ts';

/** Checks that the ink would stay where it may; told by the caller, since drawing is another room. */
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
