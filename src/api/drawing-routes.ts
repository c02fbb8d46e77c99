import * as v from 'valibot';
import type { CommandRefused } from '../appliance/command-result.ts';
import type { Appliance } from '../appliance/contract.ts';
import type { DrawingPlace, DrawingWish } from '../appliance/drawing-book.ts';
import { type DrawingReader, drawingRange, type Skipped } from '../domain/drawing-reader.ts';
import type { Fault } from '../domain/fault.ts';
import { giftIdPrefix } from '../domain/ink-text.ts';
import { plainText } from '../domain/plain-text.ts';
import { capitalRange, planText } from '../drawing/plan-text.ts';
import { count, drawingForm, reason, saidForm, wholeText } from './forms.ts';
import { Refusal, type Route, route } from './route.ts';

/** The longest file, in bytes; in base64 it is a third longer. */
export const drawingFileBytesMax = 5_000_000;
/** The path to which files of drawings are sent. */
export const drawingsPath = '/drawings';

const { hatchMinMm, hatchMaxMm } = drawingRange;
const hatchRule = `must be ${hatchMinMm} to ${hatchMaxMm} mm, such as 0.6`;
const yesNo = v.optional(v.picklist(['yes', 'no'], 'must be yes or no'), 'no');
const shortText = v.pipe(v.string(), v.maxLength(100, 'must have at most 100 letters'), v.transform(plainText));

/** A caller's own id of a drawing; ids that begin as those of gifts do are refused. */
const ownId = v.pipe(
  shortText,
  v.check((id) => !id.startsWith(giftIdPrefix), `must not begin with "${giftIdPrefix}", as what gifts pay for does`),
);

const wishQuery = v.object({
  name: v.pipe(v.optional(shortText, ''), v.description('What people read, such as the name of the file.')),
  id: v.pipe(v.optional(ownId), v.description('Your own: sent again under it, nothing is drawn twice.')),
  plate: v.pipe(v.optional(shortText), v.description('The one plate that it is for; else the first that is free.')),
  size: v.pipe(
    v.optional(v.picklist(['fit', 'mm'], 'must be fit or mm'), 'fit'),
    v.description('As large as the plate allows, or as many millimetres as the file says.'),
  ),
  keepOrder: v.pipe(yesNo, v.description('Whether lines stay in the order of the file.')),
  hatch: v.pipe(
    v.optional(
      v.pipe(
        v.string(),
        v.transform(Number),
        v.number(hatchRule),
        v.minValue(hatchMinMm, hatchRule),
        v.maxValue(hatchMaxMm, hatchRule),
      ),
    ),
    v.description('Hatch filled areas with lines so many mm apart; else they are outlined.'),
  ),
  encoding: v.pipe(
    v.optional(v.picklist(['none', 'base64'], 'must be none or base64'), 'none'),
    v.description('How the body is encoded.'),
  ),
  try: v.pipe(yesNo, v.description('Say what it would come to, with a picture, and ask for nothing.')),
});

const answerForm = v.object({
  drawing: v.pipe(v.nullable(drawingForm), v.description('Null where it was only tried.')),
  isNew: v.pipe(v.boolean(), v.description('False where it was asked for before under this id.')),
  plan: v.nullable(
    v.object({
      sheet: v.pipe(v.nullable(count()), v.description('Null: the next one with a free plate.')),
      plate: v.string(),
      paths: count(),
      minutes: v.number(),
      inkMm: v.number(),
    }),
  ),
  skipped: v.pipe(
    v.array(v.object({ what: v.string(), count: count() })),
    v.description('What of the file is not drawn, or not as a browser shows it.'),
  ),
  picture: v.pipe(v.nullable(v.string()), v.description('The drawing on its sheet as SVG, where it was only tried.')),
});

const params = v.object({ id: wholeText(1, 999_999_999) });
const noDrawing: Fault = {
  code: 'unknown-drawing',
  what: 'There is no drawing of this number.',
  remedy: 'See GET /drawings.',
};

/** Routes about drawings. */
export function drawingRoutes(appliance: Appliance, reader: DrawingReader): readonly Route[] {
  const { operator, views } = appliance;
  return [
    route({
      method: 'get',
      path: drawingsPath,
      summary: 'The drawings that were asked for, the newest first; 200 at most',
      admits: 'owner',
      answer: v.object({ drawings: v.array(drawingForm) }),
      handle: () => ({ drawings: views.drawings() }),
    }),
    route({
      method: 'get',
      path: `${drawingsPath}/{id}`,
      summary: 'A drawing, and how far it is',
      admits: 'owner',
      params,
      answer: drawingForm,
      refuses: { 404: 'There is no such drawing.' },
      handle: ({ params: { id } }) => views.drawing(id) ?? new Refusal(404, noDrawing),
    }),
    askRoute(appliance, reader),
    textRoute(appliance),
    ...(['void', 'redraw'] as const).map((what) =>
      route({
        method: 'post',
        path: `${drawingsPath}/{id}/${what}`,
        summary:
          what === 'void'
            ? 'Take back what is left of a drawing'
            : 'The ink of a drawing is missing: it is owed again, in its place while its sheet lies there',
        admits: 'owner',
        params,
        body: v.strictObject({ why: reason }),
        example: { why: what === 'void' ? 'a slip' : 'the pen was dry' },
        answer: saidForm,
        refuses: { 409: 'It is drawn or taken back, or not drawn; the reason.', 404: 'There is no such drawing.' },
        handle({ params: { id }, body: { why } }) {
          const result = what === 'void' ? operator.voidDrawing(id, why) : operator.redrawDrawing(id, why);
          return result.ok ? { said: result.said, state: appliance.state().name } : refusalOf(result);
        },
      }),
    ),
  ];
}

function askRoute(appliance: Appliance, reader: DrawingReader): Route {
  const { operator, views } = appliance;
  return route({
    method: 'post',
    path: drawingsPath,
    summary: 'Ask for a drawing: the body is an SVG of at most 5 MB',
    admits: 'owner',
    query: wishQuery,
    file: 'image/svg+xml',
    answer: answerForm,
    refuses: {
      409: 'Too many drawings wait, or others are being read.',
      413: 'The file has more than 5 MB.',
      422: 'The file or the wish cannot be drawn; what is wrong with it.',
    },
    async handle({ query }, context) {
      const { name, id, plate = null, size, hatch } = query;
      const before = id === undefined || query.try === 'yes' ? null : views.drawingOfAsker(id);
      if (before !== null) return { drawing: before, isNew: false, plan: null, skipped: [], picture: null };
      const meant = operator.plateFor(plate);
      if (!meant.ok) return refusalOf(meant);
      const file = bytesOf(await context.req.arrayBuffer(), query.encoding === 'base64');
      if (file.length > drawingFileBytesMax) return new Refusal(413, tooLarge);
      const read = await reader.read(file, {
        boxWidthMm: meant.plate.widthMm,
        boxHeightMm: meant.plate.heightMm,
        mode: size,
        mayTurn: meant.plate.turn === true,
        keepOrder: query.keepOrder === 'yes',
        hatchMm: hatch ?? null,
      });
      if (!read.ok) return new Refusal(isBusy(read.fault) ? 409 : 422, read.fault);
      const wish = { ownId: id ?? null, name, plate, scales: size === 'fit', paths: read.paths };
      return answerTo(appliance, wish, read.skipped, query.try === 'yes');
    },
  });
}

/** Asks for a drawing, or only says what would come of it. */
function answerTo({ operator, views }: Appliance, wish: DrawingWish, skipped: readonly Skipped[], isTried: boolean) {
  if (isTried) {
    const tried = operator.tryDrawing(wish);
    if (!tried.ok) return refusalOf(tried);
    const picture = views.pictureWith(tried.plan);
    return { drawing: null, isNew: false, plan: shortPlan(tried.plan), skipped: [...skipped], picture };
  }
  const asked = operator.askForDrawing(wish);
  if (!asked.ok) return refusalOf(asked);
  const { drawing, isNew, plan } = asked;
  return { drawing, isNew, plan: plan === null ? null : shortPlan(plan), skipped: [...skipped], picture: null };
}

const { minMm: capitalMinMm, maxMm: capitalMaxMm } = capitalRange;
const capitalRule = `must be ${capitalMinMm} to ${capitalMaxMm} mm`;

const textWish = v.strictObject({
  text: v.pipe(v.string(), v.maxLength(500, 'must have at most 500 characters'), v.description('At most 60 letters.')),
  id: v.pipe(v.optional(ownId), v.description('Your own: sent again under it, nothing is written twice.')),
  plate: v.pipe(v.optional(shortText), v.description('The one plate that it is for; else the first that is free.')),
  capitalMm: v.pipe(
    v.optional(
      v.pipe(v.number(capitalRule), v.minValue(capitalMinMm, capitalRule), v.maxValue(capitalMaxMm, capitalRule)),
    ),
    v.description('How tall a capital letter is; else as tall as the plate allows.'),
  ),
  try: v.optional(v.boolean('must be true or false'), false),
});

/** A text is planned in this process, not in the child: it is short, and no file is parsed. */
function textRoute(appliance: Appliance): Route {
  const { operator, views } = appliance;
  return route({
    method: 'post',
    path: `${drawingsPath}/text`,
    summary: 'Ask for a text in ink, in letters of one line: Latin, Greek, Cyrillic',
    admits: 'owner',
    body: textWish,
    example: { text: 'Thank you, Zoë' },
    answer: answerForm,
    refuses: { 409: 'Too many drawings wait.', 422: 'The text cannot be written; what is wrong with it.' },
    handle({ body: { text, id, plate = null, capitalMm, try: isTried } }) {
      const before = id === undefined || isTried ? null : views.drawingOfAsker(id);
      if (before !== null) return { drawing: before, isNew: false, plan: null, skipped: [], picture: null };
      const meant = operator.plateFor(plate);
      if (!meant.ok) return refusalOf(meant);
      const { widthMm, heightMm } = meant.plate;
      const planned = planText(text, capitalMm === undefined ? { widthMm, heightMm } : { capitalMm });
      if (!planned.ok) return new Refusal(422, planned.fault);
      const { paths, changed, left } = planned;
      const wish = {
        ownId: id ?? null,
        name: plainText(text).slice(0, 100),
        plate,
        scales: capitalMm === undefined,
        paths,
      };
      const skipped = [
        ...changed.map(({ from, to }) => ({ what: `"${from}" as it is ("${to}" stands for it)`, count: 1 })),
        ...left.map((letter) => ({ what: `"${letter}"`, count: 1 })),
      ];
      return answerTo(appliance, wish, skipped, isTried);
    },
  });
}

function shortPlan({ sheet, plate, paths, minutes, inkMm }: DrawingPlace) {
  return { sheet, plate, paths, minutes, inkMm };
}

function bytesOf(body: ArrayBuffer, isBase64: boolean): Uint8Array {
  return isBase64 ? Buffer.from(Buffer.from(body).toString('latin1'), 'base64') : new Uint8Array(body);
}

const tooLarge: Fault = {
  code: 'drawing-too-large',
  what: `The file has more than ${drawingFileBytesMax / 1e6} MB.`,
  remedy: 'Simplify the drawing, or leave out pictures that are part of it.',
};

/** Whether a fault passes by itself: the same may be asked for again in a moment. */
function isBusy({ code }: Fault): boolean {
  return code === 'drawing-busy' || code === 'drawing-ended';
}

function refusalOf({ refused, fault }: CommandRefused): Refusal {
  return new Refusal(fault.code === 'unknown-drawing' ? 404 : refused === 'input' ? 422 : 409, fault);
}
