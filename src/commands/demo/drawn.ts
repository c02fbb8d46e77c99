import { readFileSync } from 'node:fs';
import type { Appliance } from '../../appliance/contract.ts';
import type { Config } from '../../config/load.ts';
import type { DrawingPaths } from '../../domain/drawing-paths.ts';
import type { DrawingReader } from '../../domain/drawing-reader.ts';
import type { Log } from '../../domain/log.ts';
import type { SheetLayout } from '../../domain/sheet.ts';
import { noPictures, type PicturesOfRows } from '../../drawing/picture-rows.ts';
import { planText } from '../../drawing/plan-text.ts';
import { systemClock } from '../../system/clock.ts';
import { shippedFile } from '../command.ts';
import { RowPictures } from '../pictures.ts';
import type { DemoScene } from './scenes.ts';

/** The pictures of the scene's rows, read as the service reads them. Throws when the rose is not there. */
export async function picturesOf(
  { rows: written, stroke }: Config,
  reader: DrawingReader,
  log: Log,
): Promise<PicturesOfRows> {
  const rows = written.map((row) => (row.picture === undefined ? row : { ...row, picture: shippedFile('rose.svg') }));
  let read: PicturesOfRows = noPictures;
  const changed = (found: PicturesOfRows) => {
    read = found;
  };
  const pictures = new RowPictures({ rows, stroke, reader, clock: systemClock(), log, changed });
  await pictures.load();
  const missing = pictures.missing();
  if (missing !== null) throw new Error(`${missing.what} ${missing.remedy}`);
  return read;
}

/** Asks for what the scene draws on plates. Throws when one of them cannot be drawn. */
export async function askForDrawings(
  scene: DemoScene,
  { plates = [] }: SheetLayout,
  appliance: Appliance,
  reader: DrawingReader,
) {
  const ask = (name: string, plate: string, paths: DrawingPaths) => {
    const asked = appliance.operator.askForDrawing({ ownId: name, name, plate, scales: true, paths });
    if (!asked.ok) throw new Error(asked.fault.what);
  };
  const boxOf = (plate: string) => plates.find(({ id }) => id === plate) ?? { widthMm: 0, heightMm: 0 };
  if (scene.text !== undefined) {
    const text = planText(scene.text, boxOf('name'));
    if (!text.ok) throw new Error(text.fault.what);
    ask(scene.text, 'name', text.paths);
  }
  if (scene.drawsRose !== true) return;
  const { widthMm, heightMm } = boxOf('rose');
  const options = { boxWidthMm: widthMm, boxHeightMm: heightMm, mode: 'fit', mayTurn: false, keepOrder: true } as const;
  const rose = await reader.read(readFileSync(shippedFile('rose.svg')), { ...options, hatchMm: null });
  if (!rose.ok) throw new Error(rose.fault.what);
  ask('rose.svg', 'rose', rose.paths);
}
