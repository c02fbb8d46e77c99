import fc from 'fast-check';
import { letteringOf, type StrokeRef, type StrokeStyle } from '../../src/domain/sheet.ts';
import { type LayoutSettings, layOut } from '../../src/drawing/layout.ts';
import { shippedSettings } from './settings.ts';

export const styles: readonly StrokeStyle[] = ['line', 'tally', 'wave', 'dot', 'hatch'];

const millimetres = (min: number, max: number) =>
  fc.integer({ min: Math.round(min * 100), max: Math.round(max * 100) }).map((hundredths) => hundredths / 100);

/** Settings as people might write them; many are not valid. */
const anySettings: fc.Arbitrary<LayoutSettings> = fc.record({
  bed: fc.record({
    xMinMm: millimetres(-50, 0),
    xMaxMm: millimetres(150, 400),
    yMinMm: millimetres(-50, 0),
    yMaxMm: millimetres(150, 400),
  }),
  paper: fc.record({
    widthMm: millimetres(90, 300),
    heightMm: millimetres(90, 300),
    marginMm: millimetres(0, 30),
    offsetXMm: millimetres(-20, 60),
    offsetYMm: millimetres(-20, 60),
  }),
  stroke: fc.record({
    lengthMm: millimetres(1, 15),
    spacingMm: millimetres(0.3, 6),
    feedMmPerMin: fc.constantFrom(600, 9000),
    jitterMm: fc.constantFrom(0, 0.02, 0.07),
  }),
  pen: fc.record({
    downMm: millimetres(-0.5, 0.2),
    hopMm: millimetres(0.3, 2),
    upMm: millimetres(2, 8),
    downFeedMmPerMin: fc.constant(300),
    upFeedMmPerMin: fc.constant(900),
    travelFeedMmPerMin: fc.constant(9000),
    slantHopMm: fc.constantFrom(null, 0.7),
  }),
  park: fc.constantFrom(null, { xMm: 10, yMm: 10 }),
  lettering: fc.constantFrom(
    null,
    { label: '{row}', labelMm: 2, heading: '', headingMm: 4, marginMm: 3 },
    { label: '', labelMm: 2, heading: '{user} {sheet}', headingMm: 4, marginMm: 3 },
  ),
  rows: fc
    .array(fc.record({ style: fc.constantFrom(...styles), gapMm: millimetres(0, 20), maxStrokes: fc.nat(30) }), {
      minLength: 1,
      maxLength: 6,
    })
    .map((rows) => {
      let yMm = 20;
      return rows.map(({ style, gapMm, maxStrokes }, index) => {
        yMm += gapMm + (index === 0 ? 0 : 15);
        return { id: `r${index}`, name: `Row ${index}`, yMm, style, ...(maxStrokes > 0 ? { maxStrokes } : {}) };
      });
    }),
});

/** Valid settings with their layout. */
export const laidOut = anySettings
  .map((settings) => ({ settings, result: layOut(settings, { sheet: 1, date: '', user: 'zoë' }) }))
  .filter(({ result }) => result.ok)
  .map(({ settings, result }) => ({ settings, layout: result.ok ? result.layout : neverValid() }));

function neverValid(): never {
  throw new Error('filtered out above');
}

/** A layout with some of its strokes and letters, in any order, again and again. */
export const drawings = laidOut.chain(({ layout, settings }) => {
  const { id: lettering, count: letters } = letteringOf(layout);
  const places = [
    ...layout.rows.map(({ id, capacity }) => ({ row: id, last: capacity })),
    ...(letters > 0 ? [{ row: lettering, last: letters }] : []),
  ];
  const stroke = fc
    .constantFrom(...places)
    .chain(({ row, last }) => fc.integer({ min: 1, max: last }).map((n): StrokeRef => ({ sheet: 1, row, n })));
  const run = fc
    .constantFrom(...places)
    .chain(({ row, last }) =>
      fc
        .integer({ min: 1, max: last })
        .map((from) =>
          Array.from(
            { length: Math.min(6, last - from + 1) },
            (_, index): StrokeRef => ({ sheet: 1, row, n: from + index }),
          ),
        ),
    );
  return fc
    .array(
      fc.oneof(
        stroke.map((one) => [one]),
        run,
      ),
      { minLength: 1, maxLength: 8 },
    )
    .map((parts) => ({ layout, settings, strokes: parts.flat() }));
});

/** As shipped, with all rows in one style. */
export function inStyle(style: StrokeStyle, change: Partial<LayoutSettings> = {}): LayoutSettings {
  return { ...shippedSettings, ...change, stroke: { ...shippedSettings.stroke, ...change.stroke, style } };
}
