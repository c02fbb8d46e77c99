import * as v from 'valibot';
import { originalOf } from '../domain/cause.ts';
import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import { letteringOf, type SheetLayout } from '../domain/sheet.ts';
import { distanceMm, inkPath } from '../drawing/place.ts';
import { diskFault } from '../ledger/faults.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type CommandResult, notNow, onDisk, said } from './command-result.ts';

/** The pen that the config names. */
export interface PenSettings {
  /** What is printed on it; '' where the config does not say. */
  readonly name: string;
  /** How far it draws before it runs dry, in metres; null where nobody knows. */
  readonly metres: number | null;
}

/** How far the pen has drawn since it was changed. */
export interface PenStatus {
  readonly name: string;
  /** Ink on paper since then, in metres; what was drawn twice in its place counts once. */
  readonly drawnMetres: number;
  readonly metres: number | null;
  readonly sinceMs: number;
  /** It is about to run dry. */
  readonly isLow: boolean;
}

/** Counts the length of ink that one pen draws. */
export interface PenUse {
  status(): PenStatus;
  /** Warns once when the pen is about to run dry. */
  look(): void;
  /** A person put in a fresh pen. */
  changed(): CommandResult;
}

/** A pen that has drawn this share of its length is low: it still lasts for the rest of a sheet. */
const lowShare = 0.9;
const markName = 'pen';
/** How often the length is computed where nobody asks for it, ms. */
const lookEveryMs = 10_000;

/** What the ledger keeps of the pen that is in the holder. */
const recordForm = v.object({
  atMs: v.number(),
  /** Ink that lay on the open sheet when the pen was put in, mm. */
  beforeMm: v.number(),
  /** Ink on sheets that were closed since, mm, and up to which sheet they are counted. */
  closedMm: v.number(),
  countedUpTo: v.number(),
});

type PenRecord = v.InferOutput<typeof recordForm>;

interface PenUseDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly pen: PenSettings;
  /** Whether a stroke is under way. */
  readonly isDrawing: () => boolean;
  readonly changed: () => void;
}

/** The use of the pen of one appliance; it goes on through restarts. */
export function openPenUse(deps: PenUseDeps): PenUse {
  return new LedgerPenUse(deps);
}

class LedgerPenUse implements PenUse {
  readonly #deps: PenUseDeps;
  readonly #lengths = new InkLengths();
  #record: PenRecord | null = null;
  #warned = false;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(deps: PenUseDeps) {
    this.#deps = deps;
  }

  status(): PenStatus {
    const { name, metres } = this.#deps.pen;
    const record = this.#counted();
    const drawnMetres = Math.max(0, record.closedMm + this.#openMm() - record.beforeMm) / 1_000;
    return {
      name,
      drawnMetres,
      metres,
      sinceMs: record.atMs,
      isLow: metres !== null && drawnMetres >= lowShare * metres,
    };
  }

  look(): void {
    const { clock, log, pen } = this.#deps;
    if (pen.metres === null || this.#warned || clock.nowMs() - this.#lookedAtMs < lookEveryMs) return;
    this.#lookedAtMs = clock.nowMs();
    const { isLow, drawnMetres } = this.status();
    if (!isLow) return;
    this.#warned = true;
    const named = pen.name === '' ? 'The pen' : `The pen "${pen.name}"`;
    log.warn(
      `${named} has drawn ${drawnMetres.toFixed(0)} of its ${pen.metres} m. Change it with the paper, then run \`livepen pen changed\`.`,
    );
  }

  changed(): CommandResult {
    const { log, pen, isDrawing, changed } = this.#deps;
    if (isDrawing()) return notNow('pen-draws', 'The pen is drawing.', 'Pause it first (or run `livepen pause`).');
    return onDisk(log, () => {
      const before = this.status();
      this.#save(this.#fresh());
      this.#warned = false;
      const sentence = `A fresh pen${pen.name === '' ? '' : ` "${pen.name}"`} is in the holder; the last one drew ${before.drawnMetres.toFixed(1)} m.`;
      log.info(sentence);
      changed();
      return said(sentence);
    });
  }

  /** The record of a pen that is put in now. */
  #fresh(): PenRecord {
    const open = this.#deps.ledger.sheet()?.id ?? null;
    const last = this.#deps.ledger.questions.sheets().at(-1)?.sheet ?? 0;
    return {
      atMs: this.#deps.clock.wallMs(),
      beforeMm: this.#openMm(),
      closedMm: 0,
      countedUpTo: open === null ? last : open - 1,
    };
  }

  /** The record, with the next sheet that was closed since: each is read once. */
  #counted(): PenRecord {
    const { ledger } = this.#deps;
    this.#record ??= this.#load();
    if (this.#record === null) return this.#save(this.#fresh());
    const next = this.#record.countedUpTo + 1;
    const open = ledger.sheet()?.id ?? null;
    const sheet = next === open ? null : ledger.questions.sheetRecord(next);
    if (sheet === null) return this.#record;
    const { layout, lettered, rows, drawings = [] } = sheet;
    const certain = [
      ...rows.map(({ row, certain: upTo, spoiled }) => ({ row, upTo: upTo - spoiled.length })),
      ...drawings.map(({ track, certain: upTo }) => ({ row: track.id, upTo })),
    ];
    const mm = this.#lengths.of(layout, lettered, certain);
    return this.#save({ ...this.#record, closedMm: this.#record.closedMm + mm, countedUpTo: next });
  }

  #load(): PenRecord | null {
    const stored = this.#deps.ledger.mark(markName);
    return stored === null ? null : v.parse(recordForm, JSON.parse(stored));
  }

  /** Saves the record; what the disk does not take is counted again after the next start. */
  #save(record: PenRecord): PenRecord {
    this.#record = record;
    try {
      this.#deps.ledger.setMark(markName, JSON.stringify(record));
    } catch (error) {
      if (diskFault(error) === null) throw error;
      this.#deps.log.debug(`What the pen has drawn was not saved: ${originalOf(error)}`);
    }
    return record;
  }

  #openMm(): number {
    const { ledger } = this.#deps;
    const sheet = ledger.sheet();
    if (sheet === null) return 0;
    const certain = [
      ...ledger.questions.places().map(({ row, certain: upTo }) => ({ row, upTo })),
      ...sheet.drawings.map(({ track, certain: upTo }) => ({ row: track.id, upTo })),
    ];
    return this.#lengths.of(sheet.layout, sheet.lettered, certain);
  }
}

/** The length of ink on a sheet. Lengths are summed up once, stroke by stroke, and read from the table afterwards. */
class InkLengths {
  #layout: SheetLayout | null = null;
  /** By track: the length of its first n paths, mm. */
  readonly #upTo = new Map<string, number[]>();

  of(
    layout: SheetLayout,
    lettered: number,
    certain: readonly { readonly row: string; readonly upTo: number }[],
  ): number {
    if (layout !== this.#layout) this.#upTo.clear();
    this.#layout = layout;
    const tracks = [...certain, { row: letteringOf(layout).id, upTo: lettered }];
    return tracks.reduce((sum, { row, upTo }) => sum + this.#lengthOf(layout, row, upTo), 0);
  }

  #lengthOf(layout: SheetLayout, row: string, upTo: number): number {
    const sums = this.#upTo.get(row) ?? [0];
    this.#upTo.set(row, sums);
    while (sums.length <= upTo) sums.push((sums.at(-1) ?? 0) + lengthOf(layout, row, sums.length));
    return sums[upTo] ?? 0;
  }
}

function lengthOf(layout: SheetLayout, row: string, n: number): number {
  const path = inkPath(layout, { row, n });
  return path.reduce((sum, point, index) => sum + distanceMm(path[Math.max(0, index - 1)] ?? point, point), 0);
}
