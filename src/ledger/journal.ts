/**
 * SQL about the journal: which entries stand in it, in which order those of before are put, and what an entry is about.
 */

/** Which points stand in the journal by themselves: what an event earns is said by the event, and the chat is much. */
export const pointsJournaled = "coalesce(source, '') NOT IN ('start', 'earned', 'chat')";

/**
 * Where each entry comes from that stands in the journal, in the order in which entries of one moment are put that were
 * written before there was a journal. `at` is by which time they are put among the others, `order` how they lie in their
 * table.
 */
const journaled: readonly {
  readonly kind: string;
  readonly table: string;
  readonly ref: string;
  readonly at: string;
  readonly order: string;
  readonly only?: string;
  /** The same since a later version. */
  readonly onlySince9?: string;
}[] = [
  { kind: 'sheet', table: 'sheet', ref: 'id', at: 'opened_at_ms', order: 'id' },
  { kind: 'event', table: 'event', ref: 'seq', at: 'arrived_at_ms', order: 'seq', only: "kind <> 'hand'" },
  { kind: 'credit', table: 'event', ref: 'seq', at: 'arrived_at_ms', order: 'seq', only: "kind = 'hand'" },
  { kind: 'growth', table: 'growth', ref: 'event', at: 'arrived_at_ms', order: 'arrived_at_ms, event, base, count' },
  { kind: 'remap', table: 'remap', ref: 'event', at: 'at_ms', order: 'at_ms, event' },
  { kind: 'ink', table: 'ink', ref: 'sheet * 4294967296 + turn', at: 'at_ms', order: 'sheet, turn' },
  { kind: 'spoil', table: 'spoil', ref: 'seq', at: 'at_ms', order: 'seq' },
  { kind: 'void', table: 'void', ref: 'seq', at: 'at_ms', order: 'seq' },
  { kind: 'stray-mark', table: 'stray_mark', ref: 'seq', at: 'at_ms', order: 'seq' },
  { kind: 'gap', table: 'gap', ref: 'seq', at: 'from_ms', order: 'seq' },
  { kind: 'points', table: 'points', ref: 'seq', at: 'at_ms', order: 'seq', onlySince9: pointsJournaled },
  { kind: 'request', table: 'request', ref: 'id', at: 'at_ms', order: 'id' },
  { kind: 'request', table: 'request_step', ref: 'request', at: 'at_ms', order: 'seq' },
  { kind: 'placement', table: 'placement', ref: 'id', at: 'at_ms', order: 'id' },
];

/** All that must stand in the journal, as often as it must. */
export const journaledFacts = [
  ...journaled.map(
    ({ kind, table, ref, only, onlySince9 = only }) =>
      `SELECT '${kind}' AS kind, ${ref} AS ref FROM ${table}${onlySince9 ? ` WHERE ${onlySince9}` : ''}`,
  ),
  "SELECT 'gap', seq FROM gap WHERE over = 1",
  "SELECT 'rule', seq FROM firing",
].join(' UNION ALL ');

/** What was written before there was a journal. A clock that was set back must not turn the order of a table around. */
export const pastFacts = [
  ...journaled.map(({ kind, table, ref, at, order, only = '1' }) => {
    const rank = journaled.findIndex((first) => first.table === table);
    return `SELECT '${kind}' AS kind, ${ref} AS ref, past_ms, ${rank} AS rank, nth FROM (
  SELECT *, max(${at}) OVER past AS past_ms, row_number() OVER past AS nth FROM ${table} WINDOW past AS (ORDER BY ${order})
) WHERE ${only}`;
  }),
  "SELECT 'gap', seq, coalesce(to_ms, from_ms), 99, seq FROM gap WHERE over = 1",
].join('\nUNION ALL ');

/** Puts each entry into the journal as it is written. */
export const journalTriggers = journaled
  .map(
    ({ kind, table, ref, only }) => `
CREATE TRIGGER ${kind.replaceAll('-', '_')}_of_${table}_journaled AFTER INSERT ON ${table}${only ? ` WHEN NEW.${only}` : ''}
BEGIN INSERT INTO journal (kind, ref) VALUES ('${kind}', ${ref.replaceAll(/\b([a-z]+)\b/g, 'NEW.$1')}); END;`,
  )
  .join('');

/** What an entry is about, which stands in the journal before it: by the number of a kind's row in its own table. */
const aboutOf: Readonly<Record<string, readonly { readonly kind: string; readonly ref: string }[]>> = {
  growth: [{ kind: 'event', ref: 'j.ref' }],
  remap: [{ kind: 'event', ref: 'j.ref' }],
  ink: [
    { kind: 'sheet', ref: 'j.ref / 4294967296' },
    { kind: 'event', ref: '(SELECT event FROM credit WHERE seq = e.credit)' },
  ],
  spoil: [
    { kind: 'sheet', ref: 'e.sheet' },
    { kind: 'event', ref: '(SELECT event FROM credit WHERE seq = e.credit)' },
  ],
  void: [{ kind: 'event', ref: '(SELECT event FROM credit WHERE seq = e.credit)' }],
  'stray-mark': [{ kind: 'sheet', ref: 'e.sheet' }],
  points: [{ kind: 'event', ref: 'e.event' }],
  request: [{ kind: 'event', ref: 'e.event' }],
  placement: [
    { kind: 'sheet', ref: 'e.sheet' },
    { kind: 'request', ref: 'e.request' },
  ],
};

/** Where in the journal an entry first stands that others are about. A credit by hand is an event, too. */
export const journalPlaces = `
  SELECT CASE kind WHEN 'credit' THEN 'event' ELSE kind END AS kind, ref, min(seq) AS seq FROM journal
  WHERE kind IN ('event', 'credit', 'sheet', 'request') GROUP BY 1, 2`;

/** Each row of the journal that has to stand behind another one: its own place, and what it is about. */
export const journalAbout = Object.entries(aboutOf)
  .flatMap(([kind, abouts]) => {
    const { table, ref } = journaled.find((each) => each.kind === kind) ?? { table: kind, ref: '' };
    const named = `j.ref = ${ref.replaceAll(/\b([a-z]+)\b/g, 'e.$1')}`;
    // Ink is stored by place, not in the order of writing, so it is looked up from the journal.
    const entries =
      kind === 'growth' || kind === 'remap'
        ? 'journal j'
        : kind === 'ink'
          ? `ink e CROSS JOIN journal j ON ${named}`
          : `journal j CROSS JOIN ${table} e ON ${named}`;
    return abouts.map(
      (about) =>
        `SELECT j.seq, j.kind, j.ref, '${about.kind}' AS on_kind, ${about.ref} AS on_ref FROM ${entries} WHERE j.kind = '${kind}'`,
    );
  })
  .join('\nUNION ALL ');
