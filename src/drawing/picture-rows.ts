import { type DrawingOptions, drawingRange, pieceRange } from '../domain/drawing-reader.ts';
import type { PicturePieces, RowLayout } from '../domain/sheet.ts';
import { isPositive } from './checks.ts';
import { wrongOfGenerator } from './generator-options.ts';
import { checkArea, sideMinMm } from './plates.ts';
import type { LayoutSettings, ProblemList, RowSettings, StrokeSettings } from './settings.ts';
import { micrometres } from './shapes.ts';

/** The pictures of rows by the rows' ids; of a row that is not in it the picture is not read yet. */
export type PicturesOfRows = ReadonlyMap<string, PicturePieces>;

/** No picture is read. */
export const noPictures: PicturesOfRows = new Map();

/** Each takes memory beside the pen. */
const pictureRowsMax = 8;

/** Whether the strokes of a row are the pieces of a picture. */
export function hasPicture({ picture, generator }: RowSettings): boolean {
  return picture !== undefined || generator !== undefined;
}

/** Notes that there are more rows with pictures than a sheet can have. */
export function checkPictureCount(rows: readonly RowSettings[], { check }: ProblemList): void {
  const count = rows.filter(hasPicture).length;
  check(count <= pictureRowsMax, 'rows', count, `at most ${pictureRowsMax} of them can have a picture`);
}

const ofPictures = ['widthMm', 'heightMm', 'order', 'seed', 'hatchMm'] as const;
const ofStrokes = ['xMaxMm', 'maxStrokes', 'style'] as const;

/** Notes keys of pictures in a row that has none; returns whether there are none. */
export function checkNoPictureKeys(row: RowSettings, place: string, { check }: ProblemList): boolean {
  return ofPictures
    .map((key) =>
      check(row[key] === undefined, `${place}.${key}`, row[key], 'is for a row with a picture or a generator'),
    )
    .every(Boolean);
}

/** Checks what a row with a picture says about itself; returns whether it can be measured. */
export function checkPictureItself(
  row: RowSettings,
  place: string,
  stroke: StrokeSettings,
  { check }: ProblemList,
): boolean {
  const { minMm, maxMm } = pieceRange;
  const strokeMm = row.strokeMm ?? stroke.lengthMm;
  const isGenerated = row.generator !== undefined;
  const spare = [...ofStrokes, ...(isGenerated ? (['hatchMm'] as const) : (['spacingMm'] as const))];
  const side = (key: 'widthMm' | 'heightMm') => {
    const mm = row[key];
    if (!check(mm !== undefined, `${place}.${key}`, '', 'is missing: a picture has a box')) return false;
    const isSound = isPositive(mm ?? 0) && (mm ?? 0) >= sideMinMm && (mm ?? 0) <= drawingRange.boxMaxMm;
    return check(isSound, `${place}.${key}`, mm, `must be from ${sideMinMm} to ${drawingRange.boxMaxMm}`);
  };
  const sound = [
    check(
      row.picture === undefined || !isGenerated,
      `${place}.generator`,
      row.generator,
      'stands beside picture; a row has one of the two',
    ),
    check(Number.isFinite(row.yMm), `${place}.yMm`, row.yMm, 'must be a number'),
    check(row.xMm === undefined || Number.isFinite(row.xMm), `${place}.xMm`, row.xMm, 'must be a number'),
    side('widthMm'),
    side('heightMm'),
    check(strokeMm >= minMm && strokeMm <= maxMm, `${place}.strokeMm`, strokeMm, `must be from ${minMm} to ${maxMm}`),
    ...spare.map((key) =>
      check(
        row[key] === undefined,
        `${place}.${key}`,
        row[key],
        `is not for a row with a ${isGenerated ? 'generator' : 'picture'}`,
      ),
    ),
  ].every(Boolean);
  if (!sound || row.generator === undefined) return sound;
  const { widthMm, heightMm } = boxOfPicture(row);
  const spacingMm = row.spacingMm ?? stroke.spacingMm;
  const wrong = wrongOfGenerator({ widthMm, heightMm, spacingMm });
  return check(wrong === null, `${place}.spacingMm`, spacingMm, `makes no picture: ${wrong}`);
}

function boxOfPicture({ widthMm = 0, heightMm = 0 }: RowSettings) {
  return { widthMm, heightMm };
}

/** A row whose strokes are the pieces of a picture; it has none before that is read. */
export function placePictureRow(
  row: RowSettings,
  { paper }: LayoutSettings,
  read: PicturePieces | undefined,
): RowLayout {
  const { widthMm, heightMm } = boxOfPicture(row);
  const [widthUm, heightUm] = [widthMm, heightMm].map((mm) => Math.floor(mm * 1000));
  const unread = {
    digest: '',
    count: 0,
    pieces: () => ({ widthUm: widthUm ?? 1, heightUm: heightUm ?? 1, paths: [] }),
  };
  const { digest, count, pieces } = read ?? unread;
  return {
    id: row.id,
    name: row.name,
    xMm: micrometres(paper.offsetXMm + (row.xMm ?? paper.marginMm)),
    yMm: micrometres(paper.offsetYMm + row.yMm),
    spacingMm: 0,
    strokeMm: heightMm,
    capacity: count,
    picture: { widthMm, digest, pieces },
  };
}

/** The box of a picture must lie on the bed and within the paper's margin; returns whether it does. */
export function checkPicturePlace(
  row: RowLayout,
  written: RowSettings,
  place: string,
  settings: LayoutSettings,
  problems: ProblemList,
): boolean {
  const box = { ...row, ...boxOfPicture(written) };
  const at = { xMm: written.xMm ?? settings.paper.marginMm, yMm: written.yMm };
  return checkArea({ box, written: at, what: 'picture' }, place, settings, problems);
}

/** What has to be read, or generated, for a row with a picture: its pieces as they lie in its box. */
export function pictureOptions(row: RowSettings, stroke: StrokeSettings): DrawingOptions {
  const { widthMm, heightMm } = boxOfPicture(row);
  const { generator, order = 'file', seed = row.id } = row;
  return {
    boxWidthMm: widthMm,
    boxHeightMm: heightMm,
    mode: 'fit',
    mayTurn: false,
    keepOrder: order === 'file',
    hatchMm: row.hatchMm ?? null,
    pieces: { strokeMm: row.strokeMm ?? stroke.lengthMm, order, seed },
    ...(generator === undefined
      ? {}
      : { generator: { name: generator, spacingMm: row.spacingMm ?? stroke.spacingMm, seed } }),
  };
}
