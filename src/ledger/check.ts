import Database from 'better-sqlite3';
import { causeInWords } from '../domain/cause.ts';
import { counted } from '../domain/plain-text.ts';
import type { LedgerConnection } from './connection.ts';
import { isDamage } from './faults.ts';
import { goalRules } from './goals-check.ts';
import { journalAbout, journaledFacts, journalPlaces } from './journal.ts';
import { countNow } from './money.ts';
import { pointsRules } from './points-check.ts';
import { strokesOfEvent, worthOfEvent } from './reports.ts';
import { migrations } from './schema.ts';

interface Rule {
  readonly rule: string;
  /** Yields one line for everything that breaks the rule. */
  readonly sql: string;
}

const byOrigin = ['live', 'test', 'hand', 'replay'] as const;
const creditsOfRow = 'BETWEEN r.id * 4294967296 AND r.id * 4294967296 + 4294967295';

/** Sums for each row, each table read once, in the order in which it lies: nothing is sorted. */
const sums: readonly Rule[] = [
  {
    rule: "a row's balances equal the sums of its entries",
    sql: `
      WITH credits AS MATERIALIZED (
        SELECT r.id AS row, (SELECT sum(strokes) FROM credit WHERE seq ${creditsOfRow}) AS strokes,
          (SELECT seq FROM credit WHERE seq ${creditsOfRow} ORDER BY seq DESC LIMIT 1) AS newest
        FROM word r WHERE r.kind = 'row'
      ),
      inks AS MATERIALIZED (
        SELECT row, sum(strokes) AS strokes FROM (
          SELECT row, sum(last_n - first_n + 1) AS strokes FROM ink GROUP BY sheet, row
        ) GROUP BY row
      ),
      spoils AS MATERIALIZED (SELECT row, sum(last_n - first_n + 1) AS strokes FROM spoil GROUP BY row),
      voids AS MATERIALIZED (
        SELECT c.row, sum(v.strokes) AS strokes FROM void v CROSS JOIN credit c WHERE c.seq = v.credit GROUP BY c.row
      ),
      balances AS MATERIALIZED (
        SELECT row, sum(drawn) AS drawn, sum(spoiled) AS spoiled, sum(voided) AS voided FROM balance GROUP BY row
      ),
      total AS (
        SELECT r.text AS name, coalesce(c.strokes, 0) - coalesce(t.live + t.test + t.hand + t.replay, 0) AS credited,
          coalesce(i.strokes, 0) - coalesce(b.drawn, 0) AS drawn, coalesce(s.strokes, 0) - coalesce(b.spoiled, 0) AS spoiled,
          coalesce(v.strokes, 0) - coalesce(b.voided, 0) AS voided
        FROM word r LEFT JOIN credits c ON c.row = r.id LEFT JOIN credit t ON t.seq = c.newest LEFT JOIN inks i ON i.row = r.id
        LEFT JOIN spoils s ON s.row = r.id LEFT JOIN voids v ON v.row = r.id LEFT JOIN balances b ON b.row = r.id
        WHERE r.kind = 'row'
      )
      SELECT 'row ' || name || ': off by ' || credited || ' credited, ' || drawn || ' drawn, '
        || spoiled || ' spoiled, ' || voided || ' voided' AS line
      FROM total WHERE credited <> 0 OR drawn <> 0 OR spoiled <> 0 OR voided <> 0`,
  },
  {
    rule: 'credited = (drawn - spoiled) + pending + voided, for each row',
    sql: `
      WITH owed AS (
        SELECT r.id AS row, r.text AS name,
          (SELECT coalesce(sum(open), 0) FROM debt WHERE credit ${creditsOfRow})
          + (SELECT coalesce(sum(strokes), 0) FROM credit WHERE seq
              BETWEEN coalesce((SELECT credit FROM frontier WHERE row = r.id), r.id * 4294967296) AND r.id * 4294967296 + 4294967295)
          + (SELECT count(*) FROM redraw WHERE redraw.row = r.id) AS pending,
          coalesce((SELECT live + test + hand + replay FROM credit WHERE seq
              ${creditsOfRow} ORDER BY seq DESC LIMIT 1), 0) AS credited,
          (SELECT coalesce(sum(drawn - spoiled + voided), 0) FROM balance WHERE row = r.id) AS settled
        FROM word r WHERE r.kind = 'row'
      )
      SELECT 'row ' || name || ': ' || credited || ' credited, ' || settled || ' settled, ' || pending || ' pending' AS line
      FROM owed WHERE credited <> settled + pending`,
  },
];

const details: readonly Rule[] = [
  {
    rule: "a row's balances equal the sums of its entries, for each origin of credits",
    sql: `
      WITH entry (row, origin, drawn, spoiled, voided) AS (
        SELECT c.row, c.origin, i.last_n - i.first_n + 1, 0, 0 FROM ink i CROSS JOIN credit c WHERE c.seq = i.credit
        UNION ALL SELECT c.row, c.origin, 0, s.last_n - s.first_n + 1, 0 FROM spoil s CROSS JOIN credit c WHERE c.seq = s.credit
        UNION ALL SELECT c.row, c.origin, 0, 0, v.strokes FROM void v CROSS JOIN credit c WHERE c.seq = v.credit
        UNION ALL SELECT row, origin, -drawn, -spoiled, -voided FROM balance
      )
      SELECT 'row ' || (SELECT text FROM word WHERE id = row) || ' (' || origin || '): off by ' || sum(drawn) || ' drawn, '
        || sum(spoiled) || ' spoiled, ' || sum(voided) || ' voided' AS line
      FROM entry GROUP BY row, origin HAVING sum(drawn) <> 0 OR sum(spoiled) <> 0 OR sum(voided) <> 0`,
  },
  {
    rule: 'what is open of a credit equals its strokes less what was drawn and voided, and what was spoiled again',
    sql: `
      WITH net (credit, open) AS (
        SELECT c.seq, CASE WHEN c.seq < coalesce(f.credit, 0) THEN c.strokes ELSE 0 END FROM credit c LEFT JOIN frontier f ON f.row = c.row
        UNION ALL SELECT credit, -(last_n - first_n + 1) FROM ink
        UNION ALL SELECT credit, last_n - first_n + 1 FROM spoil
        UNION ALL SELECT credit, -strokes FROM void
        UNION ALL SELECT credit, -open FROM debt
        UNION ALL SELECT credit, -1 FROM redraw
      )
      SELECT 'credit ' || credit || ': off by ' || sum(open) || ' strokes' AS line FROM net GROUP BY credit HAVING sum(open) <> 0`,
  },
  {
    rule: 'an event is found by its key, and by no other',
    sql: `
      SELECT 'event ' || seq AS line FROM event e LEFT JOIN event_key k ON k.key = e.key
      WHERE seq <= coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'event keys up to'), 0) AND k.id IS NOT e.seq
      UNION ALL SELECT 'event ' || min(seq) || ' and event ' || max(seq) FROM event GROUP BY key HAVING count(*) > 1
      UNION ALL SELECT 'event ' || id FROM event_key WHERE id NOT IN (SELECT seq FROM event)`,
  },
  {
    rule: 'the sums within a credit are those of the credit before it and its own strokes',
    sql: `
      SELECT 'credit ' || seq AS line FROM (
        SELECT *, ${byOrigin.map((kind) => `lag(${kind}, 1, 0) OVER one AS ${kind}_before`).join(', ')}
        FROM credit WINDOW one AS (PARTITION BY row ORDER BY seq)
      ) WHERE ${byOrigin.map((kind) => `${kind} <> ${kind}_before + CASE origin WHEN '${kind}' THEN strokes ELSE 0 END`).join(' OR ')}`,
  },
  {
    rule: 'every credit names an event of its kind',
    sql: `
      SELECT 'credit ' || c.seq || ' of event ' || c.event AS line FROM credit c LEFT JOIN event e ON e.seq = c.event
      WHERE e.seq IS NULL OR e.origin <> c.origin`,
  },
  {
    rule: 'an event is credited exactly what its growth is worth',
    sql: `
      SELECT 'event ' || e.seq || ': ' || coalesce(c.strokes, 0) || ' credited, worth ' || e.strokes AS line
      FROM (
        SELECT e.seq, ${strokesOfEvent} AS strokes FROM event e ${worthOfEvent}
      ) e
      LEFT JOIN (SELECT event, sum(strokes) AS strokes FROM credit GROUP BY event) c ON c.event = e.seq
      WHERE coalesce(c.strokes, 0) <> e.strokes`,
  },
  {
    rule: 'a row of a sheet is certain from its first stroke to its last, without gaps, and no stroke lies there twice',
    sql: `
      WITH run AS (
        SELECT sheet, row, first_n, last_n, coalesce(max(last_n) OVER (
          PARTITION BY sheet, row ORDER BY first_n, turn ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before FROM ink
      ),
      reach AS (
        SELECT sheet, row, max(last_n) AS reach, sum(first_n > before + 1) AS gaps, sum(last_n - first_n + 1) AS inked FROM run GROUP BY sheet, row
      ),
      again AS (SELECT sheet, row, sum(last_n - first_n + 1) AS spoiled FROM spoil GROUP BY sheet, row)
      SELECT 'sheet ' || p.sheet || ', row ' || r.text || ': certain up to ' || p.certain || ', inked up to ' || coalesce(i.reach, 0)
        || CASE WHEN i.gaps > 0 THEN ' with gaps' ELSE '' END
        || CASE WHEN i.inked - coalesce(a.spoiled, 0) > p.certain THEN ' with strokes drawn twice' ELSE '' END AS line
      FROM place p JOIN word r ON r.id = p.row
      LEFT JOIN reach i ON i.sheet = p.sheet AND i.row = p.row
      LEFT JOIN again a ON a.sheet = p.sheet AND a.row = p.row
      WHERE p.certain <> coalesce(i.reach, 0) OR i.gaps > 0 OR i.inked - coalesce(a.spoiled, 0) > p.certain`,
  },
  {
    rule: 'a place to be drawn again was drawn and spoiled, and lies on the open sheet',
    sql: `
      SELECT 'sheet ' || w.sheet || ', row ' || r.text || ', stroke ' || w.n AS line FROM redraw w JOIN word r ON r.id = w.row
      WHERE w.sheet IN (SELECT sheet FROM sheet_close)
         OR (SELECT count(*) FROM ink i WHERE i.sheet = w.sheet AND i.row = w.row AND w.n BETWEEN i.first_n AND i.last_n)
         <> (SELECT count(*) FROM spoil s WHERE s.sheet = w.sheet AND s.row = w.row AND w.n BETWEEN s.first_n AND s.last_n)`,
  },
];

/** The journal, and what stands beside the debts. */
const journalRules: readonly Rule[] = [
  {
    rule: 'what was written stands in the journal, once for each entry',
    sql: `
      SELECT kind || ' ' || ref || CASE WHEN sum(n) > 0 THEN ' is missing' ELSE ' is there too often' END AS line
      FROM (SELECT kind, ref, 1 AS n FROM (${journaledFacts}) UNION ALL SELECT kind, ref, -1 FROM journal)
      GROUP BY kind, ref HAVING sum(n) <> 0`,
  },
  {
    rule: 'the journal has the order in which entries were written',
    sql: `
      SELECT kind || ' ' || ref || ' comes after ' || before AS line FROM (
        SELECT kind, ref, lag(ref) OVER (PARTITION BY CASE kind WHEN 'credit' THEN 'event' ELSE kind END ORDER BY seq) AS before
        FROM journal WHERE kind IN ('event', 'credit', 'ink', 'sheet', 'spoil', 'void', 'stray-mark', 'points', 'placement', 'rule')
      ) WHERE before >= ref
      UNION ALL SELECT kind || ' ' || ref || ' comes after ' || before FROM (
        SELECT kind, ref, lag(ref) OVER (PARTITION BY kind ORDER BY seq) AS before FROM (
          SELECT kind, ref, min(seq) AS seq FROM journal WHERE kind IN ('gap', 'request') GROUP BY kind, ref
        )
      ) WHERE before >= ref`,
  },
  {
    rule: 'an entry stands in the journal behind what it is about',
    sql: `
      WITH places AS MATERIALIZED (${journalPlaces})
      SELECT a.kind || ' ' || a.ref || ' stands before ' || p.kind || ' ' || p.ref AS line
      FROM (${journalAbout}) a CROSS JOIN places p WHERE p.kind = a.on_kind AND p.ref = a.on_ref AND p.seq > a.seq`,
  },
  {
    rule: 'a gap ends once, and not before it begins',
    sql: `
      SELECT 'gap ' || seq || CASE WHEN over = 0 THEN ' goes on and has an end' ELSE ' ends before it begins' END AS line
      FROM gap WHERE to_ms < from_ms OR over = 0 AND to_ms IS NOT NULL`,
  },
  {
    rule: 'of all sheets only the newest may be open',
    sql: `
      SELECT 'sheet ' || id || ' is not closed' AS line FROM sheet
      WHERE id < (SELECT max(id) FROM sheet) AND id NOT IN (SELECT sheet FROM sheet_close)`,
  },
  {
    rule: 'no more is doubtful on a sheet than was perhaps drawn on it',
    sql: `
      SELECT 'sheet ' || c.sheet || ': ' || c.doubtful || ' doubtful' AS line FROM sheet_close c WHERE c.doubtful >
        (SELECT coalesce(sum(handed - certain), 0) FROM place p WHERE p.sheet = c.sheet)
        + (SELECT coalesce(sum(last_n - first_n + 1), 0) FROM spoil s WHERE s.sheet = c.sheet)`,
  },
];

/** What accounts have, and what was asked for. */
const accountRules: readonly Rule[] = [
  {
    rule: 'the balance of an account is the one before it and the change, and never below nothing',
    sql: `
      SELECT 'entry ' || seq || ' of viewer ' || viewer AS line FROM (
        SELECT seq, viewer, kind, balance, sum(CASE kind WHEN 'points' THEN change ELSE 0 END) OVER one AS points,
          sum(CASE kind WHEN 'xp' THEN change ELSE coalesce(xp, 0) END) OVER one AS xp
        FROM points WINDOW one AS (PARTITION BY viewer ORDER BY seq)
      ) WHERE balance <> CASE kind WHEN 'points' THEN points ELSE xp END OR balance < 0`,
  },
  {
    rule: 'a request has one end at most, and nothing after it',
    sql: `
      SELECT 'request ' || request AS line FROM request_step s
      WHERE EXISTS (SELECT 1 FROM request_step e WHERE e.request = s.request AND e.is_last = 1 AND e.seq < s.seq)
      GROUP BY request`,
  },
  {
    rule: 'a drawing lies on its sheet as it was placed, certain from its first path on',
    sql: `
      SELECT 'placement ' || id AS line FROM placement p WHERE digest <> sha256(blob) AND NOT (blob = x'00'
        AND EXISTS (SELECT 1 FROM drawing WHERE request = p.request AND blob = x'00'))
      UNION ALL SELECT 'placement ' || p.id FROM placement p JOIN placement_ink i ON i.placement = p.id WHERE i.last_n > p.paths`,
  },
];

/** Of pictures in rows, and of a drawing as one debt. */
const drawingRules: readonly Rule[] = [
  {
    rule: 'a sheet has the pictures of its rows whole, one place for each piece',
    sql: `
      SELECT 'sheet ' || s.id || ', row ' || (r.value ->> '$.id') AS line FROM sheet s, json_each(s.layout, '$.rows') r
      LEFT JOIN picture p ON lower(hex(p.digest)) = r.value ->> '$.picture.digest'
      WHERE r.value ->> '$.picture.digest' IS NOT NULL
        AND (p.digest IS NULL OR p.pieces <> r.value ->> '$.capacity' OR p.digest <> sha256(p.blob))`,
  },
  {
    rule: 'a drawing is paid when its last path is certain, on one sheet alone, and not otherwise',
    sql: `
      WITH whole AS (
        SELECT p.request, count(*) AS times FROM placement p JOIN placement_ink i ON i.placement = p.id AND i.last_n = p.paths
        GROUP BY p.request
      ),
      ended AS (SELECT request, state FROM request_step WHERE is_last = 1)
      SELECT 'request ' || d.request || ': drawn whole ' || coalesce(w.times, 0) || ' times, and ' || coalesce(e.state, 'owed') AS line
      FROM drawing d LEFT JOIN whole w ON w.request = d.request LEFT JOIN ended e ON e.request = d.request
      WHERE CASE coalesce(e.state, '') WHEN 'drawn' THEN coalesce(w.times, 0) <> 1
        WHEN 'void' THEN coalesce(w.times, 0) > 1 ELSE coalesce(w.times, 0) > 0 END`,
  },
  {
    rule: 'one drawing alone lies on a plate of a sheet',
    sql: `
      SELECT 'sheet ' || sheet || ', plate ' || plate AS line FROM placement p
      WHERE EXISTS (SELECT 1 FROM drawing_handed WHERE placement = p.id)
      GROUP BY sheet, plate HAVING count(DISTINCT digest) > 1`,
  },
  {
    rule: 'a drawing is kept as it was asked for',
    sql: `SELECT 'drawing ' || request AS line FROM drawing WHERE digest <> sha256(blob)`,
  },
  {
    rule: 'a drawing is owed until its last step',
    sql: `
      SELECT 'drawing ' || request || CASE WHEN sum(n) > 0 THEN ' is not owed' ELSE ' is owed after its end' END AS line FROM (
        SELECT request, 1 AS n FROM drawing d
          WHERE NOT EXISTS (SELECT 1 FROM request_step WHERE request = d.request AND is_last = 1)
        UNION ALL SELECT request, -1 FROM drawing_owed
      ) GROUP BY request HAVING sum(n) <> 0`,
  },
  {
    rule: 'no path of a drawing is certain that was never handed over',
    sql: `
      SELECT 'placement ' || i.placement || ', path ' || max(i.last_n) AS line FROM placement_ink i
      LEFT JOIN drawing_handed h ON h.placement = i.placement GROUP BY i.placement HAVING max(i.last_n) > coalesce(h.handed, 0)`,
  },
];

/** Of what rules made due. */
const ruleRules: readonly Rule[] = [
  {
    rule: 'what a rule draws is an event of its own, of the person, the live and the origin of its cause, behind it',
    sql: `
      SELECT 'firing ' || f.seq AS line FROM firing f JOIN event c ON c.seq = f.cause LEFT JOIN event p ON p.seq = f.paid
      WHERE f.paid IS NOT NULL AND (p.kind, p.viewer, p.room, p.origin, p.session)
        IS NOT ('rule', c.viewer, c.room, c.origin, c.session) OR f.paid <= f.cause OR f.viewer IS NOT c.viewer
      UNION ALL SELECT 'event ' || e.seq FROM event e WHERE e.kind = 'rule'
        AND (SELECT count(*) FROM firing f WHERE f.paid = e.seq) <> 1`,
  },
  {
    rule: 'a rule that fired for an event that grows has paid for all of it, and fired where its count is reached',
    sql: `
      SELECT 'event ' || e.seq || ', rule ' || (a.value ->> 0) AS line
      FROM armed r CROSS JOIN json_each(r.rules) a CROSS JOIN event e
      JOIN firing f ON f.cause = e.seq AND f.rule = a.value ->> 0 LEFT JOIN event p ON p.seq = f.paid
      WHERE e.seq = r.event AND (${countNow} < a.value ->> 1 OR p.seq IS NOT NULL AND a.value ->> 2 > 0
        AND ${countNow} * (a.value ->> 2) <> max(p.count, coalesce((SELECT max(count) FROM growth WHERE event = p.seq), 0)))`,
  },
  {
    rule: 'versions of a rule under one name are of one line',
    sql: `SELECT 'rule ' || id AS line FROM rule r WHERE line <> (SELECT min(id) FROM rule WHERE name = r.name)`,
  },
  {
    rule: 'a rule fires in a live no oftener than its limit, and for a person no sooner than its cooldown',
    sql: `
      SELECT 'rule ' || rule AS line FROM firing f JOIN rule r ON r.id = f.rule WHERE r.text ->> '$.limit.perLive' IS NOT NULL
      GROUP BY f.line, f.world, f.room HAVING count(*) > max(r.text ->> '$.limit.perLive')
        AND count(DISTINCT r.text ->> '$.limit.perLive') = 1 AND count(DISTINCT f.rule) = 1
      UNION ALL SELECT 'firing ' || seq FROM (
        SELECT f.seq, f.at_ms - lag(f.at_ms) OVER (PARTITION BY f.rule, f.world, f.viewer ORDER BY f.at_ms) AS sinceMs,
          r.text ->> '$.cooldown.perPersonSeconds' AS seconds FROM firing f JOIN rule r ON r.id = f.rule
      ) WHERE sinceMs < seconds * 1000
      UNION ALL SELECT 'firing ' || seq FROM (
        SELECT f.seq, f.at_ms - lag(f.at_ms) OVER (PARTITION BY f.rule, f.world ORDER BY f.at_ms) AS sinceMs,
          r.text ->> '$.cooldown.perRuleSeconds' AS seconds FROM firing f JOIN rule r ON r.id = f.rule
      ) WHERE sinceMs < seconds * 1000`,
  },
];

/** What a check found; an empty list of findings means that the balances are borne out by the entries. */
export interface LedgerCheck {
  readonly rules: readonly string[];
  readonly findings: readonly string[];
  /** What SQLite says of the file, word for word: for the log. */
  readonly originals: readonly string[];
}

/**
 * Holds the balances against the entries. The quick check sums rows and takes well under a second for a million events;
 * the full one follows every credit, place and event, and SQLite's own view of the file.
 * A file that cannot be read is a finding of the full check; the quick one throws. `ofDebtsOnly` leaves out the journal
 * and what guards the entries: without them a backup holds all the same what is owed.
 */
export function checkLedger(db: LedgerConnection, depth: 'quick' | 'full', ofDebtsOnly = false): LedgerCheck {
  if (depth === 'quick')
    return { rules: sums.map(({ rule }) => rule), findings: sums.flatMap((rule) => broken(db, rule)), originals: [] };
  const sound = 'SQLite finds the file sound';
  const guarded = 'what guards the entries is as it was made';
  const rules = [
    ...sums,
    ...details,
    ...accountRules,
    ...drawingRules,
    ...(ofDebtsOnly ? [] : [...ruleRules, ...pointsRules, ...goalRules, ...journalRules]),
  ];
  const findings = [
    ...rules.flatMap((rule) => orDamage(() => broken(db, rule), rule.rule)),
    ...orDamage(() => (ofDebtsOnly ? [] : changedSchema(db)).map((line) => `${line} (rule: ${guarded})`), guarded),
  ];
  const originals: string[] = [];
  const damage = orDamage(() => {
    originals.push(...damageOf(db));
    const places = originals.length;
    return places === 0 ? [] : [`the file is damaged in ${counted(places, 'place')} (rule: ${sound})`];
  }, sound);
  return { rules: [...rules.map(({ rule }) => rule), guarded, sound], findings: [...findings, ...damage], originals };
}

/** What of tables, indexes and triggers is not as the program makes it. */
function changedSchema(db: LedgerConnection): string[] {
  const fresh = new Database(':memory:');
  try {
    fresh.exec(migrations.join(''));
    const [made, found] = [fresh, db].map(partsOf);
    const names = new Set([...(made?.keys() ?? []), ...(found?.keys() ?? [])]);
    return [...names]
      .filter((name) => made?.get(name) !== found?.get(name))
      .map((name) => `${name} is not as it was made`);
  } finally {
    fresh.close();
  }
}

function partsOf(db: LedgerConnection): ReadonlyMap<string, string> {
  const parts = db.prepare<[], { name: string; sql: string }>(
    "SELECT name, coalesce(sql, '') AS sql FROM main.sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
  );
  return new Map(parts.all().map(({ name, sql }) => [name, sql]));
}

function broken(db: LedgerConnection, { rule, sql }: Rule): string[] {
  const lines = db.prepare<[], { line: string }>(sql).all();
  return lines.map(({ line }) => `${line} (rule: ${rule})`);
}

function orDamage(find: () => string[], rule: string): string[] {
  try {
    return find();
  } catch (error) {
    if (!isDamage(error)) throw error;
    return [`it cannot be read: ${causeInWords(error)} (rule: ${rule})`];
  }
}

/** What SQLite finds wrong with the file, at most a hundred lines of each kind; nothing when it is sound. */
export function damageOf(db: LedgerConnection): string[] {
  const lines = db.prepare<[], { integrity_check: string }>('PRAGMA integrity_check').all();
  const orphans = db.prepare<[], { table: string; rowid: number | null }>('PRAGMA foreign_key_check').all();
  return [
    ...lines.map(({ integrity_check: line }) => line).filter((line) => line !== 'ok'),
    ...orphans.slice(0, 100).map(({ table, rowid }) => `${table} ${rowid ?? ''} refers to nothing`),
  ];
}
