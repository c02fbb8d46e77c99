import Database from 'better-sqlite3';
import type { Goal } from '../../src/domain/goals.ts';
import type { PointsTerms } from '../../src/domain/points.ts';
import { type Ledger, openLedger } from '../../src/ledger/ledger.ts';
import { optionsFor } from './world.ts';

/** Two points for every coin, ten to begin with, half a hundred for a follow. */
export const terms: PointsTerms = {
  start: 10,
  rates: {
    gift: { points: 2, per: 1 },
    tip: { points: 1, per: 3 },
    'donation EUR': { points: 1, per: 50 },
    follow: { points: 50, per: 1 },
    share: { points: 5, per: 1 },
    subscribe: { points: 100, per: 1 },
  },
  chat: { points: 1, seconds: 60 },
  xpPerPoint: 3,
  level: { base: 100, exponent: 1.5 },
};

/** Opens a ledger by whose config points are earned; null: by none. */
export function openWith(file: string, points: PointsTerms | null = terms, goals: readonly Goal[] = []): Ledger {
  const opened = openLedger({ ...optionsFor(file), points, goals });
  if (!opened.ok) throw new Error(`${opened.fault.code}: ${opened.fault.what}`);
  return opened.ledger;
}

interface Entry {
  readonly name: string;
  readonly kind: string;
  readonly change: number;
  readonly balance: number;
  readonly xp: number | null;
  readonly source: string;
}

/** All entries of points, as `who kind change balance source`, in their order; experience that came along as one of its own. */
export function entriesOf({ file }: Pick<Ledger, 'file'>): string[] {
  const db = new Database(file, { readonly: true });
  const rows = db
    .prepare<[], Entry>(
      `SELECT replace(v.name, 'name of ', '') AS name, p.kind, p.change, p.balance, p.xp, coalesce(p.source, '') AS source
       FROM points p JOIN viewer v ON v.id = p.viewer ORDER BY p.seq`,
    )
    .all();
  db.close();
  const experience = new Map<string, number>();
  return rows.flatMap(({ name, kind, change, balance, xp, source }) => {
    const has = (experience.get(name) ?? 0) + (kind === 'xp' ? change : (xp ?? 0));
    experience.set(name, has);
    const line = `${name} ${kind} ${change} ${balance} ${source}`;
    return xp === null ? [line] : [line, `${name} xp ${xp} ${has} ${source}`];
  });
}
