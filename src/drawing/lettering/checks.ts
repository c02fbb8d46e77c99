import type { RowLayout, SheetLayout } from '../../domain/sheet.ts';
import { isPositive } from '../machine-checks.ts';
import { boxOf, isWithin, overlap, paperWithin, type Rectangle } from '../row-places.ts';
import type { LayoutSettings, LetteringSettings, ProblemList } from '../settings.ts';
import { headingZone, labelZone, placeholders } from './compose.ts';

/** It bounds how many lines a sheet's layout can hold. */
const maxLetters = 200;

/** Notes what stands against the lettering. Too long a text is none of it: that is written smaller. */
export function checkLettering(settings: LayoutSettings, rows: readonly RowLayout[], problems: ProblemList): void {
  const { lettering, paper } = settings;
  if (!lettering) return;
  const { check } = problems;
  const sound = [
    checkTemplate(lettering.label, 'lettering.label', problems),
    checkTemplate(lettering.heading, 'lettering.heading', problems),
    check(isPositive(lettering.labelMm), 'lettering.labelMm', lettering.labelMm, 'must be more than 0'),
    check(isPositive(lettering.headingMm), 'lettering.headingMm', lettering.headingMm, 'must be more than 0'),
    check(
      lettering.marginMm >= 0 && 2 * lettering.marginMm < Math.min(paper.widthMm, paper.heightMm),
      'lettering.marginMm',
      lettering.marginMm,
      `must be 0 or more and leave room on a paper of ${paper.widthMm} x ${paper.heightMm} mm`,
    ),
  ].every(Boolean);
  if (!sound || rows.length === 0) return;
  if (lettering.label !== '') checkLabels(settings, lettering, rows, problems);
  if (lettering.heading !== '') checkHeading(settings, lettering, rows, problems);
}

function checkTemplate(template: string, place: string, { check }: ProblemList): boolean {
  const known: readonly string[] = placeholders;
  const unknown = [...template.matchAll(/\{(\w+)\}/g)]
    .map(([, name]) => name ?? '')
    .find((name) => !known.includes(name));
  const list = placeholders.map((name) => `{${name}}`).join(', ');
  const isKnown = check(unknown === undefined, place, template, `has {${unknown}}, which is none of ${list}`);
  return isKnown && check(template.length <= maxLetters, place, template, `must be at most ${maxLetters} letters`);
}

function checkLabels(
  settings: LayoutSettings,
  lettering: LetteringSettings,
  rows: readonly RowLayout[],
  { check }: ProblemList,
): void {
  const { labelMm, marginMm } = lettering;
  const paper = paperOf(settings);
  const cramped = rows.find((row) => {
    const zone = labelZone(row, paper, rows, lettering);
    return (
      zone.xMaxMm - zone.xMinMm < labelMm ||
      !isInside(zone, settings, marginMm) ||
      rows.some((other) => overlap(zone, boxOf(other)))
    );
  });
  check(
    cramped === undefined,
    'lettering.labelMm',
    labelMm,
    `leaves no room for a label over row "${cramped?.id}" within lettering.marginMm (${marginMm}); ` +
      'write smaller, or give the rows more room',
  );
}

function checkHeading(
  settings: LayoutSettings,
  lettering: LetteringSettings,
  rows: readonly RowLayout[],
  { check }: ProblemList,
): void {
  check(
    isInside(headingZone(paperOf(settings), rows, lettering), settings, lettering.marginMm),
    'lettering.headingMm',
    lettering.headingMm,
    `leaves no room over the rows on the bed and within lettering.marginMm (${lettering.marginMm}); write smaller`,
  );
}

function paperOf({ paper }: LayoutSettings): SheetLayout['paper'] {
  const corner = { xMm: paper.offsetXMm, yMm: paper.offsetYMm };
  return { corner, widthMm: paper.widthMm, heightMm: paper.heightMm };
}

function isInside(box: Rectangle, settings: LayoutSettings, marginMm: number): boolean {
  return isWithin(box, settings.bed) && isWithin(box, paperWithin(settings, marginMm));
}
