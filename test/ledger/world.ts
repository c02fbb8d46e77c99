import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GiftEvent, LiveEvent, Origin } from '../../src/domain/live-event.ts';
import type { SheetLayout } from '../../src/domain/sheet.ts';
import type { Worth } from '../../src/domain/worth.ts';
import { allot } from '../../src/gifts/gift-map.ts';
import { type Ledger, type LedgerOptions, openLedger } from '../../src/ledger/ledger.ts';
import type { StrokesInFlight } from '../../src/ledger/queue.ts';
import type { Recordable } from '../../src/ledger/record.ts';

/** Where syncs cost nothing, on systems that have such a place: what these tests show does not hang on the disk. */
const quickDisk = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** A folder of the test's own, gone afterwards. */
export function tempFolder(t: { after(task: () => void): void }): string {
  const folder = mkdtempSync(join(quickDisk, 'livepen-ledger-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** 2026-01-01, 12:00. */
export const noonMs = Date.UTC(2026, 0, 1, 12);

export function optionsFor(file: string, wallMs: () => number = () => noonMs): LedgerOptions {
  return { file, allot, wallMs };
}

/** Opens a ledger that must open. */
export function openOk(file: string, wallMs?: () => number): Ledger {
  const opened = openLedger(optionsFor(file, wallMs));
  if (!opened.ok) throw new Error(`${opened.fault.code}: ${opened.fault.what}`);
  return opened.ledger;
}

/** A sheet with these rows, the capacity of each. */
export function layoutOf(capacities: Readonly<Record<string, number>>): SheetLayout {
  const rows = Object.entries(capacities).map(([id, capacity], index) => ({
    id,
    name: `row ${id}`,
    xMm: 10,
    yMm: 20 * (index + 1),
    spacingMm: 2,
    strokeMm: 10,
    capacity,
  }));
  return {
    version: 1,
    paper: { corner: { xMm: 0, yMm: 0 }, widthMm: 300, heightMm: 200 },
    rows,
    pen: {
      downMm: 0,
      hopMm: 1.2,
      upMm: 5,
      downFeedMmPerMin: 300,
      upFeedMmPerMin: 900,
      travelFeedMmPerMin: 3_000,
      inkFeedMmPerMin: 1_500,
    },
    park: { xMm: 0, yMm: 0 },
  };
}

/** A gift that pays `strokes` a piece into one row, or into several in turn. */
export function worthOf(rows: string | readonly string[], strokes = 1, per = 1): Worth {
  return { rows: typeof rows === 'string' ? [rows] : rows, strokes, per };
}

interface Told {
  readonly room?: string;
  readonly session?: string;
  readonly platform?: string;
  readonly channel?: string;
  readonly origin?: Origin;
  readonly user?: string | null;
  readonly id?: string;
  readonly arrivedAtMs?: number;
}

let sequence = 0;

function head({
  room = 'room-1',
  session = 'session-1',
  platform = 'tiktok',
  channel = 'name',
  origin = 'live',
  user = 'u1',
  id,
  arrivedAtMs = noonMs,
}: Told) {
  sequence += 1;
  return {
    version: 2,
    id: id ?? `frame-${sequence}`,
    platform,
    channel,
    origin,
    room,
    session,
    sequence,
    atMs: null,
    arrivedAtMs,
    user: user === null ? null : { id: user, name: `name of ${user}` },
  } as const;
}

/** A gift frame; in a streak when a group is named. */
export function gift(
  told: Told & {
    readonly gift?: string;
    readonly count?: number;
    readonly group?: string;
    readonly coins?: number;
  } = {},
): GiftEvent {
  const { gift: name = 'rose', count = 1, group, coins = 1 } = told;
  return {
    ...head(told),
    kind: 'gift',
    payload: {
      gift: { id: `id-${name}`, name, coins },
      count,
      streak: group === undefined ? null : { group, receiver: '', ended: false },
    },
  };
}

export function like(count: number, total: number | null, told: Told = {}): LiveEvent {
  return { ...head(told), kind: 'like', payload: { count, total } };
}

export function connection(kind: 'connected' | 'stream-end', told: Told): LiveEvent {
  return kind === 'connected'
    ? { ...head({ user: null, ...told }), kind, payload: {} }
    : { ...head({ user: null, ...told }), kind, payload: { reason: 'ended' } };
}

/** The platform ends a stream that may go on. */
export function suspended(told: Told): LiveEvent {
  return { ...head({ user: null, ...told }), kind: 'stream-end', payload: { reason: 'suspended' } };
}

export function disconnected(heardUntilMs: number, why: string, told: Told): LiveEvent {
  return { ...head({ user: null, ...told }), kind: 'disconnected', payload: { heardUntilMs, why } };
}

/** Records one event. */
export function recordOne(ledger: Ledger, event: LiveEvent, worth: Worth | null) {
  const [recorded] = ledger.record([{ event, worth } satisfies Recordable]);
  if (recorded === undefined) throw new Error('an event that was recorded is told');
  return recorded;
}

/** Nothing was handed to the plotter. */
export const emptyHand: StrokesInFlight = {
  fresh: () => 0,
  paidBy: () => 0,
  redrawing: () => false,
  perhapsInked: () => 0,
};

/** Draws up to so many owed strokes, one by one, as the plotter would; returns how many there were. */
export function draw(ledger: Ledger, strokes: number): number {
  for (let drawn = 0; drawn < strokes; drawn++) {
    const [next] = ledger.queue.candidates(emptyHand);
    const sheet = ledger.sheet();
    if (next === undefined || sheet === null) return drawn;
    const { row, n, credit, again } = next;
    ledger.write((ink) => {
      if (again) ink.reserveRedraw(row, n, true);
      else ink.reserve(row, n);
      ink.confirm([{ stroke: { sheet: sheet.id, row, n }, credit }]);
    });
  }
  return strokes;
}

/** The account of a row; all nothing when it has none. */
export function accountOf(ledger: Pick<Ledger, 'questions'>, row: string) {
  const found = ledger.questions.accounts().find((account) => account.row === row);
  return found ?? { row, credited: 0, drawn: 0, spoiled: 0, voided: 0, pending: 0, testCredited: 0 };
}
