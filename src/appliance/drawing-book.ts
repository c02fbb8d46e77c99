import { originalOf } from '../domain/cause.ts';
import type { Clock } from '../domain/clock.ts';
import { type DrawingPaths, packPaths } from '../domain/drawing-paths.ts';
import type { Log } from '../domain/log.ts';
import type { MotionLimits } from '../domain/motion.ts';
import type { PlateLayout, Point, SheetLayout } from '../domain/sheet.ts';
import { cropped, drawingLeft, type Fitting, fitOnPlate } from '../drawing/fit-drawing.ts';
import type { DrawingRecord, WaitingDrawing } from '../ledger/drawings.ts';
import { diskFault } from '../ledger/faults.ts';
import type { TextAsked } from '../ledger/ink-texts.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { freePlates } from '../ledger/placed-drawings.ts';
import { type CommandRefused, type CommandResult, notNow, onDisk, said, wrongInput } from './command-result.ts';
import { LeftOut } from './left-out.ts';
import { pathsOn, pointsOn } from './waiting-drawings.ts';

/** A request for a drawing. */
export interface DrawingWish {
  /**
   * The caller's own id: asked for again under the same id, it is not drawn twice. Null: each request is a new drawing.
   */
  readonly ownId: string | null;
  readonly name: string;
  /** The plate that it must lie on; null: the first free one. */
  readonly plate: string | null;
  /** Whether it is scaled to its plate; otherwise it keeps its own size. */
  readonly scales: boolean;
  readonly paths: DrawingPaths;
}

/** Where a drawing will lie, how long it takes, and how much ink. */
export interface DrawingPlace {
  /** Null: on the next sheet that has a free plate. */
  readonly sheet: number | null;
  readonly plate: string;
  readonly paths: number;
  readonly minutes: number;
  readonly inkMm: number;
  /** The drawing in its place, in the coordinates of the plotter. */
  readonly track: { readonly count: number; pathOf(n: number): readonly Point[] };
}

/** What came of a request. */
type DrawingAsked =
  | { readonly ok: true; readonly isNew: boolean; readonly drawing: DrawingRecord; readonly plan: DrawingPlace | null }
  | CommandRefused;

/** What would come of a request. */
type DrawingTried = { readonly ok: true; readonly plan: DrawingPlace } | CommandRefused;

interface DrawingBookDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  /** The layout of the next sheet. */
  readonly layout: SheetLayout;
  readonly limits: MotionLimits;
  /** Within this time, ms, a new giver's first stroke shall begin, so no single path may take long. */
  readonly newGiverWithinMs: number;
  readonly changed: () => void;
}

/** What people and programs can do with drawings. */
export interface DrawingCommands {
  /** The plate for whose size a drawing is to be planned: the first free one, or one of the next sheet. */
  plateFor(plate: string | null): { readonly ok: true; readonly plate: PlateLayout } | CommandRefused;
  askForDrawing(wish: DrawingWish): DrawingAsked;
  /** Says what would come of a request, and writes nothing. */
  tryDrawing(wish: DrawingWish): DrawingTried;
  /** Voids what is left of a drawing. */
  voidDrawing(id: number, why: string): CommandResult;
  /** The ink of a drawing is missing: it is owed again, in the same place while its sheet is open. */
  redrawDrawing(id: number, why: string): CommandResult;
}

/** The drawings of one appliance: which plate they get, and when a fresh sheet is needed for one. */
export interface DrawingBook extends DrawingCommands {
  /** Gives those that wait the free plates of the open sheet, the oldest first. */
  placeWaiting(): void;
  /** The same, one drawing in each turn of the event loop, so that nothing else waits for long. */
  placeSoon(): void;
  /** Requests that came with events are on disk. */
  asked(texts: readonly (TextAsked | null)[]): void;
  /** Whether a drawing waits for a fresh sheet. */
  waits(): boolean;
  close(): void;
}

/** The drawing book of one ledger. */
export function openDrawingBook(deps: DrawingBookDeps): DrawingBook {
  return new LedgerDrawings(deps);
}

/** So many drawings may be owed at a time: each takes space on the disk and some milliseconds when a sheet opens. */
const owedMax = 200;
const owedBytesMax = 32 * 1024 * 1024;
const ownIdMax = 100;
const nameMax = 100;
const whyMax = 500;
/**
 * A path is cut so that it takes about so long, ms, and no longer than `newGiverShare` of the time within which a new
 * giver gets a stroke.
 */
const pieceMsMax = 8_000;
const newGiverShare = 0.25;
const retryMs = 1_000;

class LedgerDrawings implements DrawingBook {
  readonly #deps: DrawingBookDeps;
  readonly #ledger: Ledger;
  #asked: { readonly transactions: number; readonly waits: boolean } | null = null;
  /** By request: whether a text, or a drawing that keeps its size, fits on a plate of the next sheet. */
  readonly #fits = new Map<number, boolean>();
  #retry: (() => void) | null = null;
  /** Cancels the look at waiting drawings that is due in the next turn of the event loop; null when none is due. */
  #soon: (() => void) | null = null;
  /** Requests up to this one were looked at since something changed. */
  #behind = 0;
  #closed = false;
  readonly #left: LeftOut;

  constructor(deps: DrawingBookDeps) {
    this.#deps = deps;
    this.#ledger = deps.ledger;
    this.#left = new LeftOut(deps.clock, deps.log);
  }

  asked(texts: readonly (TextAsked | null)[]): void {
    for (const text of texts) {
      if (text === null) continue;
      if (text.kind === 'too-many') this.#left.add();
      else if (text.kind === 'owed')
        this.#deps.log.info(`Drawing ${text.request} was asked for: a gift pays for a text.`);
      else this.#deps.log.warn(`Drawing ${text.request}, a text that a gift pays for, is not written. ${text.why}`);
      this.placeSoon();
    }
  }

  placeWaiting(): void {
    this.#soon?.();
    this.#soon = null;
    this.#behind = 0;
    this.#tryToPlace(Number.POSITIVE_INFINITY);
  }

  placeSoon(): void {
    this.#behind = 0;
    this.#goOnSoon();
  }

  #goOnSoon(): void {
    if (this.#closed) return;
    this.#soon ??= this.#deps.clock.after(0, () => {
      this.#soon = null;
      this.#tryToPlace(1);
    });
  }

  /** Places drawings, `most` at most; when the disk does not take one, it is tried again later. */
  #tryToPlace(most: number): void {
    this.#retry?.();
    this.#retry = null;
    try {
      if (this.#place(most)) this.#goOnSoon();
    } catch (error) {
      if (diskFault(error) === null) throw error;
      this.#deps.log.debug(`A drawing was not placed: ${originalOf(error)}`);
      this.#retry = this.#deps.clock.after(retryMs, () => this.placeWaiting());
    }
  }

  /** Places drawings; returns whether it stopped because `most` were looked at. */
  #place(most: number): boolean {
    const waiting = this.#ledger.questions.waitingDrawings();
    const waits = new Set(waiting.map(({ request }) => request));
    for (const request of this.#fits.keys()) if (!waits.has(request)) this.#fits.delete(request);
    let looked = 0;
    for (const drawing of waiting.filter(({ request }) => request > this.#behind)) {
      const sheet = this.#ledger.sheet();
      const plates = this.#free(drawing.plate);
      const isPlaced = sheet !== null && plates.length > 0;
      const isKnown = this.#fits.has(drawing.request) || !drawing.isText;
      if (!isPlaced && isKnown) continue;
      if (looked >= most) return true;
      looked += 1;
      this.#behind = drawing.request;
      if (!isKnown && !this.#canBeWritten(drawing.request)) continue;
      if (isPlaced) this.#placeOn(plates, sheet, drawing);
    }
    this.#deps.changed();
    return false;
  }

  /** Whether a text fits on any plate; one that is too long is voided, so that nothing is owed that cannot be drawn. */
  #canBeWritten(request: number): boolean {
    const { plates = [] } = this.#deps.layout;
    // Without plates in the config a text waits, as drawings do.
    if (plates.length === 0 || this.#fitsOn(request, plates)) return true;
    const why = 'it is too long for any plate';
    this.#ledger.draw((drawings) => drawings.voidDrawing(request, why));
    this.#deps.log.warn(`Drawing ${request}, a text that a gift pays for, is not written: ${why}.`);
    return false;
  }

  #placeOn(
    plates: readonly PlateLayout[],
    { id, layout }: { readonly id: number; readonly layout: SheetLayout },
    { request, scales }: WaitingDrawing,
  ): void {
    const ink = this.#ledger.questions.inkOfDrawing(request);
    for (const plate of plates) {
      const paths = pathsOn(plate, ink);
      const placed = paths && fitOnPlate(paths, plate, this.#fitting(layout, scales));
      if (placed === null || packPaths(placed) === null) continue;
      this.#ledger.draw((drawings) => drawings.place(request, plate.id, placed));
      this.#deps.log.info(`Drawing ${request} is placed on plate ${plate.id} of sheet ${id}.`);
      return;
    }
  }

  waits(): boolean {
    // What came just now has not been looked at yet: the answer is the one of before.
    if (this.#soon !== null) return this.#asked?.waits ?? false;
    const transactions = this.#ledger.transactions();
    if (this.#asked?.transactions !== transactions) this.#asked = { transactions, waits: this.#anyWaits() };
    return this.#asked.waits;
  }

  #anyWaits(): boolean {
    const { plates = [] } = this.#deps.layout;
    if (this.#ledger.sheet() === null || plates.length === 0) return false;
    return this.#ledger.questions.waitingDrawings().some(({ request, plate, scales }) => {
      const meant = plates.filter(({ id }) => plate === null || id === plate);
      return meant.length > 0 && (scales || this.#fitsOn(request, meant));
    });
  }

  #fitsOn(request: number, plates: readonly PlateLayout[]): boolean {
    const known = this.#fits.get(request);
    if (known !== undefined) return known;
    const ink = this.#ledger.questions.inkOfDrawing(request);
    const fitting = this.#fitting(this.#deps.layout, false);
    const found = plates.some((plate) => {
      const paths = pathsOn(plate, ink);
      return paths !== null && fitOnPlate(paths, plate, fitting) !== null;
    });
    this.#fits.set(request, found);
    return found;
  }

  askForDrawing(wish: DrawingWish): DrawingAsked {
    const { log } = this.#deps;
    const before = wish.ownId === null ? null : this.#ledger.questions.drawingByOwnId(wish.ownId);
    if (before !== null) return this.#answer(before, false, null);
    const tried = this.tryDrawing(wish);
    if (!tried.ok) return tried;
    const { questions } = this.#ledger;
    const owed = questions.waitingDrawings().length;
    if (owed >= owedMax || questions.bytesOfOwedDrawings() >= owedBytesMax) {
      return notNow(
        'too-many-drawings',
        `${owed} drawings wait already.`,
        'Wait until some are drawn, or take some back.',
      );
    }
    let request = 0;
    const written = onDisk(log, () => {
      const paths = wish.scales ? wish.paths : cropped(wish.paths);
      ({ request } = this.#ledger.draw((drawings) => drawings.ask({ ...wish, paths })));
      return said('');
    });
    if (!written.ok) return written;
    log.info(`Drawing ${request} was asked for: ${wish.name}.`);
    this.placeWaiting();
    return this.#answer(request, true, tried.plan);
  }

  #answer(request: number, isNew: boolean, plan: DrawingPlace | null): DrawingAsked {
    const drawing = this.#ledger.questions.drawing(request);
    if (drawing === null) throw new Error(`there is no drawing ${request}`);
    return { ok: true, isNew, drawing, plan };
  }

  plateFor(plate: string | null): { readonly ok: true; readonly plate: PlateLayout } | CommandRefused {
    const [found] = [...this.#free(plate), ...this.#meant(plate)];
    return found === undefined ? this.#noPlate(plate) : { ok: true, plate: found };
  }

  tryDrawing(asked: DrawingWish): DrawingTried {
    const wrong = this.#wrongWish(asked);
    if (wrong !== null) return wrong;
    const wish = asked.scales ? asked : { ...asked, paths: cropped(asked.paths) };
    const open = this.#ledger.sheet();
    const here = open === null ? null : this.#planOn(wish, open.layout, this.#free(wish.plate), open.id);
    const next = here ?? this.#planOn(wish, this.#deps.layout, this.#meant(wish.plate), null);
    if (next !== null) return { ok: true, plan: next };
    const [plate] = this.#meant(wish.plate);
    const size = `${wish.paths.widthUm / 1000} x ${wish.paths.heightUm / 1000} mm`;
    return wrongInput(
      'drawing-does-not-fit',
      `The drawing of ${size} fits on no plate${plate === undefined ? '' : `, such as "${plate.id}" of ${plate.widthMm} x ${plate.heightMm} mm`}.`,
      'Let it be scaled to fit (`--fit`), draw it smaller, or give the plate more room in the config.',
    );
  }

  #wrongWish({ ownId, name, plate, paths }: DrawingWish): CommandRefused | null {
    if (this.#free(plate).length + this.#meant(plate).length === 0) return this.#noPlate(plate);
    if (ownId !== null && (ownId.trim() === '' || ownId.length > ownIdMax)) {
      return wrongInput('bad-id', `The id of a drawing has 1 to ${ownIdMax} characters.`, 'Give another id, or none.');
    }
    if (name.length > nameMax) {
      return wrongInput('bad-name', `The name of a drawing has at most ${nameMax} characters.`, 'Give a shorter name.');
    }
    if (paths.paths.length === 0)
      return wrongInput('drawing-empty', 'The drawing has no lines.', 'Draw something in it.');
    return null;
  }

  #noPlate(plate: string | null): CommandRefused {
    const ids = (this.#deps.layout.plates ?? []).map(({ id }) => id);
    return ids.length === 0
      ? wrongInput('no-plates', 'The config has no plates to draw on.', 'Add one: [[plates]] in the config.')
      : wrongInput('unknown-plate', `There is no plate "${plate}".`, `The plates are ${ids.join(', ')}.`);
  }

  #planOn(
    { scales, paths }: DrawingWish,
    layout: SheetLayout,
    plates: readonly PlateLayout[],
    sheet: number | null,
  ): DrawingPlace | null {
    for (const plate of plates) {
      const placed = fitOnPlate(paths, plate, this.#fitting(layout, scales));
      if (placed === null || packPaths(placed) === null) continue;
      const track = { count: placed.paths.length, pathOf: (n: number) => pointsOn(plate, placed.paths[n - 1] ?? []) };
      const { ms, inkMm } = drawingLeft(layout, track, 0, this.#deps.limits);
      return { sheet, plate: plate.id, paths: track.count, minutes: ms / 60_000, inkMm, track };
    }
    return null;
  }

  voidDrawing(id: number, why: string): CommandResult {
    const wrong = this.#wrongOrder(id, why);
    if (wrong !== null) return wrong;
    return this.#carryOut(() => {
      if (!this.#ledger.draw((drawings) => drawings.voidDrawing(id, why)))
        return notNow('drawing-over', `Drawing ${id} is drawn or taken back.`, 'Nothing needs to be done.');
      return said(`Drawing ${id} taken back: ${why}.`);
    });
  }

  redrawDrawing(id: number, why: string): CommandResult {
    const wrong = this.#wrongOrder(id, why);
    if (wrong !== null) return wrong;
    return this.#carryOut(() => {
      const before = this.#ledger.questions.drawnAgainAs(id);
      if (before !== null) {
        return notNow(
          'drawn-again-before',
          `Drawing ${id} is owed or drawn again already, as drawing ${before}.`,
          `Where the ink of that one is missing, draw ${before} again.`,
        );
      }
      const again = this.#ledger.draw((drawings) => drawings.redrawDrawing(id, why));
      if (again === null) {
        return notNow(
          'not-drawn',
          `Drawing ${id} is not drawn.`,
          'Take it back and ask for it again, or wait for its end.',
        );
      }
      return said(`Drawing ${id} is owed again, as drawing ${again}: ${why}.`);
    });
  }

  #carryOut(write: () => CommandResult): CommandResult {
    const { log } = this.#deps;
    const result = onDisk(log, write);
    if (!result.ok) return result;
    log.info(result.said);
    this.placeWaiting();
    return result;
  }

  #wrongOrder(id: number, why: string): CommandRefused | null {
    if (why.trim() === '' || why.length > whyMax) {
      return wrongInput(
        'reason-missing',
        `An entry by hand needs a reason of at most ${whyMax} characters.`,
        'Give a reason.',
      );
    }
    if (this.#ledger.questions.drawing(id) !== null) return null;
    return wrongInput('unknown-drawing', `There is no drawing ${id}.`, 'See `livepen draw --list`.');
  }

  /** The free plates of the open sheet: all, or the named one. */
  #free(plate: string | null): readonly PlateLayout[] {
    const sheet = this.#ledger.sheet();
    if (sheet === null) return [];
    const { plates = [] } = sheet.layout;
    const free = new Set(
      freePlates(
        sheet.drawings,
        plates.map(({ id }) => id),
      ),
    );
    return plates.filter(({ id }) => free.has(id) && (plate === null || id === plate));
  }

  #meant(plate: string | null): readonly PlateLayout[] {
    return (this.#deps.layout.plates ?? []).filter(({ id }) => plate === null || id === plate);
  }

  #fitting({ pen }: SheetLayout, scales: boolean): Fitting {
    const pieceMs = Math.min(pieceMsMax, newGiverShare * this.#deps.newGiverWithinMs);
    return { scales, inkFeedMmPerMin: pen.inkFeedMmPerMin, pieceMs };
  }

  close(): void {
    this.#closed = true;
    this.#retry?.();
    this.#soon?.();
    [this.#retry, this.#soon] = [null, null];
    this.#left.report();
  }
}
