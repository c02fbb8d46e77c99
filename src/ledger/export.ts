import { escapeUnprintable, plainText } from '../domain/plain-text.ts';
import type { LedgerConnection } from './connection.ts';

export type ExportFormat = 'csv' | 'jsonl';

type Cell = string | number | null;

/** So many entries are read at a time: memory stays flat, and the ledger can be written in between. */
const pageSize = 500;

/** A table of entries: what of it goes into which column, and the columns that order it. */
interface Table {
  readonly entry: string;
  readonly columns: Readonly<Record<string, string>>;
  readonly from: string;
  readonly order: readonly string[];
}

const tables: readonly Table[] = [
  {
    entry: 'event',
    columns: {
      event: 'e.seq',
      at: 'e.arrived_at_ms',
      said_at: 'e.at_ms',
      origin: 'e.origin',
      kind: 'e.kind',
      platform: 'l.platform',
      channel: 'l.channel',
      room: 'm.text',
      session: 's.text',
      gift_id: 'g.platform_id',
      gift: 'g.name',
      coins: 'g.coins',
      viewer: 'v.name',
      base: 'e.base',
      count: 'e.count',
      worth: 'w.text',
      payload: 'e.payload',
    },
    from: `event e JOIN word m ON m.id = e.room LEFT JOIN room l ON l.id = e.room
      JOIN word s ON s.id = e.session LEFT JOIN gift g ON g.id = e.gift
      LEFT JOIN viewer v ON v.id = e.viewer LEFT JOIN word w ON w.id = e.worth`,
    order: ['e.seq'],
  },
  {
    entry: 'growth',
    columns: { event: 'event', at: 'arrived_at_ms', base: 'base', count: 'count' },
    from: 'growth',
    order: ['event', 'base', 'count'],
  },
  {
    entry: 'remap',
    columns: { event: 'r.event', at: 'r.at_ms', worth: 'w.text' },
    from: 'remap r JOIN word w ON w.id = r.worth',
    order: ['r.event'],
  },
  {
    entry: 'credit',
    columns: { event: 'c.event', credit: 'c.seq', origin: 'c.origin', row: 'r.text', strokes: 'c.strokes' },
    from: 'credit c JOIN word r ON r.id = c.row',
    order: ['c.seq'],
  },
  {
    entry: 'void',
    columns: { at: 'v.at_ms', credit: 'v.credit', row: 'r.text', strokes: 'v.strokes', why: 'v.why' },
    from: 'void v JOIN credit c ON c.seq = v.credit JOIN word r ON r.id = c.row',
    order: ['v.seq'],
  },
  { entry: 'sheet', columns: { at: 'opened_at_ms', sheet: 'id' }, from: 'sheet', order: ['id'] },
  {
    entry: 'ink',
    columns: {
      at: 'i.at_ms',
      credit: 'i.credit',
      sheet: 'i.sheet',
      row: 'r.text',
      first: 'i.first_n',
      last: 'i.last_n',
      strokes: 'i.last_n - i.first_n + 1',
    },
    from: 'ink i JOIN word r ON r.id = i.row',
    order: ['i.sheet', 'i.row', 'i.first_n', 'i.turn'],
  },
  {
    entry: 'spoil',
    columns: {
      at: 's.at_ms',
      credit: 's.credit',
      sheet: 's.sheet',
      row: 'r.text',
      first: 's.first_n',
      last: 's.last_n',
      strokes: 's.last_n - s.first_n + 1',
      why: 's.why',
    },
    from: 'spoil s JOIN word r ON r.id = s.row',
    order: ['s.seq'],
  },
  {
    entry: 'stray-mark',
    columns: { at: 'b.at_ms', sheet: 'b.sheet', row: 'r.text', first: 'b.n', last: 'b.n', why: 'b.why' },
    from: 'stray_mark b JOIN word r ON r.id = b.row',
    order: ['b.seq'],
  },
  {
    entry: 'close',
    columns: { at: 'at_ms', sheet: 'sheet', uncertain: 'doubtful' },
    from: 'sheet_close',
    order: ['sheet'],
  },
  {
    entry: 'points',
    columns: {
      event: 'p.event',
      at: 'p.at_ms',
      kind: 'p.kind',
      viewer: 'v.name',
      change: 'p.change',
      balance: 'p.balance',
      payload: `CASE WHEN p.source IS NOT NULL THEN
        json_object('source', p.source, 'xp', p.xp, 'firing', p.firing, 'refunds', p.refunds) END`,
      why: 'p.why',
    },
    from: 'points p JOIN viewer v ON v.id = p.viewer',
    order: ['p.seq'],
  },
  {
    entry: 'rule',
    columns: { event: 'f.cause', at: 'f.at_ms', kind: 'r.name', viewer: 'v.name', payload: 'f.said', why: 'f.prize' },
    from: 'firing f JOIN rule r ON r.id = f.rule LEFT JOIN viewer v ON v.id = f.viewer',
    order: ['f.seq'],
  },
  {
    entry: 'goal',
    columns: { at: 'r.at_ms', kind: 'g.text ->> 1', room: 'm.text', count: 'r.target', why: 'g.text ->> 0' },
    from: 'goal_reached r JOIN goal g ON g.id = r.goal LEFT JOIN word m ON m.id = r.room',
    order: ['r.seq'],
  },
  {
    entry: 'request',
    columns: { event: 'q.event', at: 'q.at_ms', request: 'q.id', kind: 'q.kind', viewer: 'v.name', words: 'q.words' },
    from: 'request q LEFT JOIN viewer v ON v.id = q.viewer',
    order: ['q.id'],
  },
  {
    entry: 'request-step',
    columns: { at: 'at_ms', request: 'request', state: 'state', why: 'why' },
    from: 'request_step',
    order: ['seq'],
  },
  {
    entry: 'drawing',
    columns: { request: 'request', own_id: 'own_id', plate: 'plate', again_of: 'again_of' },
    from: 'drawing',
    order: ['request'],
  },
  {
    entry: 'placement',
    columns: { at: 'at_ms', request: 'request', sheet: 'sheet', plate: 'plate', first: '1', last: 'paths' },
    from: 'placement',
    order: ['id'],
  },
  {
    entry: 'placement-ink',
    columns: { at: 'i.at_ms', request: 'p.request', sheet: 'p.sheet', plate: 'p.plate', last: 'i.last_n' },
    from: 'placement_ink i JOIN placement p ON p.id = i.placement',
    order: ['i.placement', 'i.last_n'],
  },
  {
    entry: 'gap',
    columns: {
      at: 'g.from_ms',
      until: 'g.to_ms',
      platform: 'l.platform',
      channel: 'l.channel',
      room: 'm.text',
      why: 'g.why',
    },
    from: 'gap g JOIN word m ON m.id = g.room LEFT JOIN room l ON l.id = g.room',
    order: ['g.seq'],
  },
];

const header = ['entry', ...new Set(tables.flatMap(({ columns }) => Object.keys(columns)))];
const times: ReadonlySet<string> = new Set(['at', 'said_at', 'until']);

/**
 * All entries as text, piece by piece, table by table, each in its own order. CSV has one header for all; its cells that a
 * spreadsheet would take for a formula begin with an apostrophe, and its texts are plain. JSON Lines has exactly what is stored. Times are ISO 8601.
 */
export function* exportLedger(db: LedgerConnection, format: ExportFormat): Generator<string, void> {
  if (format === 'csv') yield `${header.join(',')}\n`;
  const write = format === 'csv' ? csvLine : jsonLine;
  for (const table of tables) yield* pagesOf(db, table, write);
}

function* pagesOf(
  db: LedgerConnection,
  table: Table,
  write: (line: Map<string, Cell>) => string,
): Generator<string, void> {
  const names = Object.keys(table.columns);
  const values = [...Object.values(table.columns), ...table.order].join(', ');
  const page = db
    .prepare<number[], Cell[]>(
      `SELECT ${values} FROM ${table.from} WHERE (${table.order.join(', ')}) > (${table.order.map(() => '?').join(', ')})
       ORDER BY ${table.order.join(', ')} LIMIT ${pageSize}`,
    )
    .raw();
  let after: number[] = table.order.map(() => -1);
  for (;;) {
    const rows = page.all(...after);
    const lines = rows.map((row) => write(lineOf(table.entry, names, row)));
    if (lines.length > 0) yield lines.join('');
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageSize) return;
    after = last.slice(names.length).map(Number);
  }
}

function lineOf(entry: string, names: readonly string[], row: readonly Cell[]): Map<string, Cell> {
  const line = new Map<string, Cell>([['entry', entry]]);
  for (const [index, name] of names.entries()) {
    const value = row[index] ?? null;
    line.set(name, times.has(name) && typeof value === 'number' ? new Date(value).toISOString() : value);
  }
  return line;
}

function jsonLine(line: ReadonlyMap<string, Cell>): string {
  return `${escapeUnprintable(JSON.stringify(Object.fromEntries([...line].filter(([, value]) => value !== null))))}\n`;
}

function csvLine(line: ReadonlyMap<string, Cell>): string {
  return `${header.map((name) => csvCell(line.get(name) ?? '')).join(',')}\n`;
}

/** RFC 4180, and harmless for spreadsheets: viewers choose their own names. */
function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const plain = plainText(value);
  const text = /^[=+\-@]/.test(plain) ? `'${plain}` : plain;
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
