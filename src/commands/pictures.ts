import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { causeInWords, originalOf } from '../domain/cause.ts';
import { type Clock, sleep } from '../domain/clock.ts';
import type { DrawingPlan, DrawingReader } from '../domain/drawing-reader.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import { counted } from '../domain/plain-text.ts';
import type { PicturePieces } from '../domain/sheet.ts';
import { hasPicture, type PicturesOfRows, pictureOptions } from '../drawing/picture-rows.ts';
import type { RowSettings, StrokeSettings } from '../drawing/settings.ts';
import { picturePieces } from '../ledger/pictures.ts';

/** As much of a file as a drawing may be; one byte more shows that it is longer, which whoever reads it says. */
const fileBytesMax = 5_000_001;
const remedy = 'Put the file there, or name another one in the config.';
/** When other drawings wait to be read, this one tries again. */
const busyMs = 5_000;

interface PicturesDeps {
  readonly rows: readonly RowSettings[];
  readonly stroke: StrokeSettings;
  readonly reader: DrawingReader;
  readonly clock: Clock;
  readonly log: Log;
  /** What was read, or what is wrong, is another. */
  readonly changed: (pictures: PicturesOfRows) => void;
}

/** The pictures of a config's rows: read when they are loaded, and kept until they are loaded anew. */
export class RowPictures {
  readonly #deps: PicturesDeps;
  readonly #read = new Map<string, PicturePieces>();
  readonly #sources = new Map<string, string>();
  readonly #faults = new Map<string, Fault>();
  #loading: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(deps: PicturesDeps) {
    this.#deps = deps;
  }

  /** The files that pictures are read from. */
  get files(): readonly string[] {
    return this.#deps.rows.flatMap(({ picture }) => picture ?? []);
  }

  /**
   * Why rows have no picture. Where one was read before, it stays in force: nothing is broken yet, and whoever sees the
   * light on fault reaches under a pen that moves. That is only logged.
   */
  faults(): readonly Fault[] {
    return [...this.#faults].filter(([id]) => !this.#read.has(id)).map(([, fault]) => fault);
  }

  /** Why no sheet can open now; null when the pictures of all rows are there. */
  missing(): Fault | null {
    const row = this.#deps.rows.find((each) => hasPicture(each) && !this.#read.has(each.id));
    if (row === undefined) return null;
    const what = `The picture of row "${row.id}" is being read.`;
    return this.#faults.get(row.id) ?? { code: 'picture-unread', what, remedy: 'Wait a moment, then try again.' };
  }

  /** Reads every picture whose file is another than the last time. Never rejects. */
  load(): Promise<void> {
    this.#loading = this.#loading.then(() => this.#loadNow());
    return this.#loading;
  }

  close(): void {
    this.#isClosed = true;
  }

  async #loadNow(): Promise<void> {
    for (const [index, row] of this.#deps.rows.entries()) {
      if (!this.#isClosed && hasPicture(row)) await this.#loadOne(row, index);
    }
  }

  async #loadOne(row: RowSettings, index: number): Promise<void> {
    const { log, changed } = this.#deps;
    const { id, picture, generator } = row;
    const place = `rows[${index}].${picture === undefined ? 'generator' : 'picture'}`;
    const fail = ({ what, remedy }: Omit<Fault, 'code'>): void => {
      const said = `The picture of row "${id}" cannot be drawn, ${place} = "${picture ?? generator}": ${what}`;
      const kept = this.#read.has(id) ? ' What was read of it before stays in force.' : '';
      if (this.#faults.get(id)?.what !== said) log.error(`${said}${kept} ${remedy}`);
      this.#faults.set(id, { code: 'picture-unreadable', what: said, remedy });
      changed(this.#read);
    };
    const file = picture === undefined ? Buffer.alloc(0) : await this.#fileOf(picture);
    if (!Buffer.isBuffer(file)) return fail(file);
    const source = createHash('sha256').update(file).digest('hex');
    if (this.#sources.get(id) === source) {
      if (this.#faults.delete(id)) changed(this.#read);
      return;
    }
    const plan = await this.#planOf(file, row);
    if (this.#isClosed) return;
    if (!plan.ok) return fail(plan.fault);
    const pieces = picturePieces(plan.paths);
    if (pieces === null) return fail({ what: 'Its pieces take more than 1 MB.', remedy: 'Simplify the picture.' });
    this.#read.set(id, pieces);
    this.#sources.set(id, source);
    this.#faults.delete(id);
    const skipped = plan.skipped.map(({ what, count }) => `${what} (${count})`).join(', ');
    const left = skipped === '' ? '' : ` Not drawn of it: ${skipped}.`;
    log.info(`The picture of row "${id}" has ${counted(pieces.count, 'piece')}, from the next sheet on.${left}`);
    changed(this.#read);
  }

  /** The bytes of a file as far as one may be long, or why there are none. */
  async #fileOf(name: string): Promise<Buffer | Omit<Fault, 'code'>> {
    try {
      // Whoever opens a pipe waits for what may never come.
      const found = await stat(name);
      if (!found.isFile()) return { what: 'it is no file.', remedy };
      await using file = await open(name);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(found.size, fileBytesMax)));
      return buffer.subarray(0, bytesRead);
    } catch (error) {
      this.#deps.log.debug(`${name} was not read: ${originalOf(error)}`);
      return { what: `${causeInWords(error)}.`, remedy };
    }
  }

  async #planOf(file: Buffer, row: RowSettings): Promise<DrawingPlan> {
    const { reader, stroke, clock } = this.#deps;
    while (true) {
      const plan = await reader.read(file, pictureOptions(row, stroke));
      if (plan.ok || plan.fault.code !== 'drawing-busy' || this.#isClosed) return plan;
      await sleep(clock, busyMs);
    }
  }
}
