import { journalAbout, journalPlaces, journalTriggers, pastFacts } from './journal.ts';
import { goalTables, pointsTables, ruleTables } from './rule-tables.ts';

/**
 * The ledger's tables, as steps from one version to the next. Entries are only ever added (triggers see to it): event,
 * growth, remap, credit, ink, spoil, void, sheet, sheet_close, stray_mark, points, request, placement; each stands in the
 * journal, too, for whoever reads along. Balances stand beside them and can be computed from them: balance, frontier,
 * debt, place, redraw, the newest points of an account, and the sums within each credit. A lone gift dirties few pages: what repeats is a word, keys are
 * indexed many at a time, and what is owed in full is not written at all.
 */
const version1 = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE plotter (id INTEGER PRIMARY KEY CHECK (id = 1), record TEXT NOT NULL) STRICT;

-- Wide things that repeat, named by a number: the names of rows, rooms and sessions; gifts and worths as JSON lists.
CREATE TABLE word (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('row', 'room', 'session', 'gift', 'worth')),
  text TEXT NOT NULL,
  UNIQUE (kind, text)
) STRICT;
CREATE VIEW gift (id, platform_id, name, coins) AS
  SELECT id, text ->> 0, text ->> 1, text ->> 2 FROM word WHERE kind = 'gift';
CREATE VIEW worth (id, rows, strokes, per) AS
  SELECT id, text -> 0, text ->> 1, text ->> 2 FROM word WHERE kind = 'worth';

-- The only table with names of people. The key is an HMAC of the platform's id with this ledger's secret.
-- seen_at_ms is NULL while the clock could not be trusted.
CREATE TABLE viewer (
  id INTEGER PRIMARY KEY, key BLOB NOT NULL, name TEXT NOT NULL, seen_at_ms INTEGER, pseudonym INTEGER NOT NULL DEFAULT 0
) STRICT;

-- One gift, one streak, or another event that pays; named by a key that survives reconnects, replays and providers.
-- The key begins with the room's number, so that the keys of one evening lie close together.
CREATE TABLE event (
  seq INTEGER PRIMARY KEY,
  key BLOB NOT NULL,
  room INTEGER NOT NULL REFERENCES word,
  kind TEXT NOT NULL,
  source TEXT NOT NULL CHECK (source IN ('live', 'test', 'hand', 'replay')),
  session INTEGER NOT NULL REFERENCES word,
  viewer INTEGER REFERENCES viewer,
  gift INTEGER REFERENCES word,
  base INTEGER NOT NULL CHECK (base >= 0),
  count INTEGER NOT NULL CHECK (count >= base),
  worth INTEGER REFERENCES word,
  at_ms INTEGER,
  arrived_at_ms INTEGER NOT NULL,
  payload TEXT
) STRICT;
-- Where a key is found. The newest keys are not in here yet: meta says up to which number they are (late-index.ts).
CREATE TABLE event_key (key BLOB PRIMARY KEY, id INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE viewer_key (key BLOB PRIMARY KEY, id INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX event_unmapped ON event (room, gift) WHERE worth IS NULL AND gift IS NOT NULL;
-- An event grew: its largest count so far, and the least that was there before it.
CREATE TABLE growth (
  event INTEGER NOT NULL REFERENCES event, base INTEGER NOT NULL, count INTEGER NOT NULL, arrived_at_ms INTEGER NOT NULL,
  PRIMARY KEY (event, base, count)
) STRICT, WITHOUT ROWID;
-- An event that was unmapped when it came was credited later, by hand.
CREATE TABLE remap (event INTEGER PRIMARY KEY REFERENCES event, worth INTEGER NOT NULL REFERENCES word, at_ms INTEGER NOT NULL) STRICT;

-- Strokes owed for an event. A credit's number begins with its row (row * 2^32 + 1 and on), so that the credits of a row
-- lie together, the oldest first, without an index. live, test, hand and replay are the balance of what the row was
-- credited from each source, this credit included.
CREATE TABLE credit (
  seq INTEGER PRIMARY KEY,
  row INTEGER NOT NULL REFERENCES word CHECK (seq / 4294967296 = row),
  event INTEGER NOT NULL REFERENCES event,
  source TEXT NOT NULL,
  strokes INTEGER NOT NULL CHECK (strokes > 0),
  live INTEGER NOT NULL, test INTEGER NOT NULL, hand INTEGER NOT NULL, replay INTEGER NOT NULL
) STRICT;
-- What became of a row's credits, by their source.
CREATE TABLE balance (
  row INTEGER NOT NULL REFERENCES word, source TEXT NOT NULL,
  drawn INTEGER NOT NULL DEFAULT 0, spoiled INTEGER NOT NULL DEFAULT 0, voided INTEGER NOT NULL DEFAULT 0,
  CHECK (drawn >= spoiled AND spoiled >= 0 AND voided >= 0),
  PRIMARY KEY (row, source)
) STRICT, WITHOUT ROWID;
-- From this credit on, all credits of a row are owed in full; of those before it, what stands in debt.
CREATE TABLE frontier (row INTEGER PRIMARY KEY REFERENCES word, credit INTEGER NOT NULL) STRICT;
CREATE TABLE debt (credit INTEGER PRIMARY KEY REFERENCES credit, open INTEGER NOT NULL CHECK (open > 0)) STRICT;

CREATE TABLE sheet (id INTEGER PRIMARY KEY, layout TEXT NOT NULL, opened_at_ms INTEGER NOT NULL) STRICT;
CREATE TABLE sheet_close (
  sheet INTEGER PRIMARY KEY REFERENCES sheet, doubtful INTEGER NOT NULL CHECK (doubtful >= 0), at_ms INTEGER NOT NULL
) STRICT;
-- Strokes first_n to last_n of a row became certain, paid for by one credit; turn is their order on the sheet.
CREATE TABLE ink (
  sheet INTEGER NOT NULL REFERENCES sheet,
  row INTEGER NOT NULL REFERENCES word,
  first_n INTEGER NOT NULL CHECK (first_n > 0),
  turn INTEGER NOT NULL CHECK (turn > 0),
  last_n INTEGER NOT NULL CHECK (last_n >= first_n),
  credit INTEGER NOT NULL REFERENCES credit CHECK (credit / 4294967296 = row),
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (sheet, row, first_n, turn)
) STRICT, WITHOUT ROWID;
-- How far a row of a sheet is: certain up to, and perhaps handed to the plotter up to.
CREATE TABLE place (
  sheet INTEGER NOT NULL REFERENCES sheet, row INTEGER NOT NULL REFERENCES word,
  certain INTEGER NOT NULL DEFAULT 0, handed INTEGER NOT NULL DEFAULT 0,
  CHECK (handed >= certain AND certain >= 0),
  PRIMARY KEY (sheet, row)
) STRICT, WITHOUT ROWID;

CREATE TABLE spoil (
  seq INTEGER PRIMARY KEY, sheet INTEGER NOT NULL REFERENCES sheet, row INTEGER NOT NULL REFERENCES word,
  first_n INTEGER NOT NULL CHECK (first_n > 0), last_n INTEGER NOT NULL CHECK (last_n >= first_n),
  credit INTEGER NOT NULL REFERENCES credit CHECK (credit / 4294967296 = row), why TEXT NOT NULL, at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX spoil_by_place ON spoil (sheet, row, first_n);
-- A spoiled place on a sheet that is still there: to be drawn again where it was.
CREATE TABLE wound (
  sheet INTEGER NOT NULL REFERENCES sheet, row INTEGER NOT NULL REFERENCES word, n INTEGER NOT NULL,
  credit INTEGER NOT NULL REFERENCES credit, handed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (sheet, row, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE void (
  seq INTEGER PRIMARY KEY, credit INTEGER NOT NULL REFERENCES credit, strokes INTEGER NOT NULL CHECK (strokes > 0),
  why TEXT NOT NULL, at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE blemish (
  seq INTEGER PRIMARY KEY, sheet INTEGER NOT NULL REFERENCES sheet, row INTEGER NOT NULL REFERENCES word, n INTEGER NOT NULL,
  from_x_mm REAL NOT NULL, from_y_mm REAL NOT NULL, to_x_mm REAL NOT NULL, to_y_mm REAL NOT NULL,
  why TEXT NOT NULL, at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX blemish_by_sheet ON blemish (sheet);

-- A time of listening to one room. ended: the live itself ended in it (1), or was suspended and may go on (2).
CREATE TABLE session (
  id INTEGER PRIMARY KEY REFERENCES word, room INTEGER NOT NULL REFERENCES word, source TEXT NOT NULL,
  opened_at_ms INTEGER NOT NULL, closed_at_ms INTEGER, why TEXT, ended INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX session_open ON session (room) WHERE closed_at_ms IS NULL;
-- A time in which a live was on and could not be heard. Over with to_ms NULL: nobody knows how long the live went on.
CREATE TABLE gap (
  seq INTEGER PRIMARY KEY, room INTEGER NOT NULL REFERENCES word, from_ms INTEGER NOT NULL, to_ms INTEGER,
  over INTEGER NOT NULL DEFAULT 0, why TEXT NOT NULL
) STRICT;
CREATE INDEX gap_open ON gap (room) WHERE over = 0;
-- The words on a sheet, which nobody pays for, are certain up to their last_n-th line.
CREATE TABLE lettering (
  sheet INTEGER NOT NULL REFERENCES sheet, last_n INTEGER NOT NULL CHECK (last_n > 0), at_ms INTEGER NOT NULL,
  PRIMARY KEY (sheet, last_n)
) STRICT, WITHOUT ROWID;
`;

type Entries = readonly [table: string, columns: string];

/** Entries, with the columns that never change: what a person said on a live may be forgotten. */
const entriesOfVersion1: readonly Entries[] = [
  ['event', ' OF seq, room, key, kind, source, session, viewer, gift, base, count, worth, at_ms, arrived_at_ms'],
  ['growth', ''],
  ['remap', ''],
  ['credit', ''],
  ['ink', ''],
  ['spoil', ''],
  ['void', ''],
  ['sheet', ''],
  ['sheet_close', ''],
  ['blemish', ''],
  ['lettering', ''],
];

/** Entries stay as they are. */
function guards(entries: readonly Entries[]): string {
  return entries
    .map(
      ([table, columns]) => `
CREATE TRIGGER ${table}_stays BEFORE UPDATE${columns} ON ${table} BEGIN SELECT raise(ABORT, 'entries do not change'); END;
CREATE TRIGGER ${table}_lasts BEFORE DELETE ON ${table} BEGIN SELECT raise(ABORT, 'entries are never deleted'); END;`,
    )
    .join('');
}

const version2 = `
-- Where an entry comes from: a live that was listened to, a test, a person's hand, or a replay.
ALTER TABLE event RENAME COLUMN source TO origin;
ALTER TABLE credit RENAME COLUMN source TO origin;
ALTER TABLE balance RENAME COLUMN source TO origin;
ALTER TABLE session RENAME COLUMN source TO origin;

-- Whose live a room is: the streamer's place on a platform. Of rooms from before nobody knows it.
CREATE TABLE room (id INTEGER PRIMARY KEY REFERENCES word, platform TEXT NOT NULL, channel TEXT NOT NULL) STRICT;

-- A viewer is an account, which lasts: its number and key never change. How they call themselves and look can be
-- forgotten. roles: a JSON list.
ALTER TABLE viewer ADD COLUMN handle TEXT;
ALTER TABLE viewer ADD COLUMN picture_url TEXT;
ALTER TABLE viewer ADD COLUMN roles TEXT CHECK (roles IS NULL OR json_valid(roles));
CREATE TRIGGER viewer_stays BEFORE UPDATE OF id, key ON viewer BEGIN SELECT raise(ABORT, 'an account does not change'); END;
CREATE TRIGGER viewer_lasts BEFORE DELETE ON viewer BEGIN SELECT raise(ABORT, 'an account is never deleted'); END;

ALTER TABLE wound RENAME TO redraw;
DROP TRIGGER blemish_stays;
DROP TRIGGER blemish_lasts;
DROP INDEX blemish_by_sheet;
ALTER TABLE blemish RENAME TO stray_mark;
CREATE INDEX stray_mark_by_sheet ON stray_mark (sheet);

-- What an account has saved and spent. The balance stands in its newest entry.
CREATE TABLE points (
  seq INTEGER PRIMARY KEY,
  viewer INTEGER NOT NULL REFERENCES viewer,
  kind TEXT NOT NULL CHECK (kind IN ('points', 'xp')),
  change INTEGER NOT NULL CHECK (change <> 0),
  balance INTEGER NOT NULL CHECK (balance >= 0),
  event INTEGER REFERENCES event,
  why TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX points_of_viewer ON points (viewer, kind, seq);
CREATE TRIGGER points_add_up BEFORE INSERT ON points
WHEN NEW.balance <> NEW.change + coalesce((
  SELECT balance FROM points WHERE viewer = NEW.viewer AND kind = NEW.kind ORDER BY seq DESC LIMIT 1), 0)
BEGIN SELECT raise(ABORT, 'a balance is the one before it and the change'); END;

-- Somebody asked for something to be drawn, and what became of that: one debt, paid by its last step.
CREATE TABLE request (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind <> ''), viewer INTEGER REFERENCES viewer,
  event INTEGER REFERENCES event, words TEXT, at_ms INTEGER NOT NULL
) STRICT;
-- What was asked for can be forgotten, and is never another.
CREATE TRIGGER request_words_go BEFORE UPDATE OF words ON request WHEN NEW.words IS NOT NULL
BEGIN SELECT raise(ABORT, 'words are forgotten, and do not change'); END;
CREATE TABLE request_step (
  seq INTEGER PRIMARY KEY, request INTEGER NOT NULL REFERENCES request, state TEXT NOT NULL CHECK (state <> ''),
  is_last INTEGER NOT NULL CHECK (is_last IN (0, 1)), why TEXT, at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX request_step_of_request ON request_step (request, seq);
CREATE TRIGGER request_step_follows BEFORE INSERT ON request_step
WHEN EXISTS (SELECT 1 FROM request_step WHERE request = NEW.request AND is_last = 1)
BEGIN SELECT raise(ABORT, 'what came to its end goes no further'); END;
-- Its paths on a plate of a sheet, frozen: bounded bytes with their SHA-256, and how far they are certain.
CREATE TABLE placement (
  id INTEGER PRIMARY KEY, request INTEGER NOT NULL REFERENCES request, sheet INTEGER NOT NULL REFERENCES sheet,
  plate TEXT NOT NULL, paths INTEGER NOT NULL CHECK (paths > 0), blob BLOB NOT NULL CHECK (length(blob) BETWEEN 1 AND 1048576),
  digest BLOB NOT NULL CHECK (length(digest) = 32), at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX placement_by_sheet ON placement (sheet);
CREATE TABLE placement_ink (
  placement INTEGER NOT NULL REFERENCES placement, last_n INTEGER NOT NULL CHECK (last_n > 0), at_ms INTEGER NOT NULL,
  PRIMARY KEY (placement, last_n)
) STRICT, WITHOUT ROWID;

-- One row for each entry that somebody may want to read along, in the order in which they were written. ref names it
-- in its table; of ink it is the sheet and the turn, of growth and remap the event.
CREATE TABLE journal (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, ref INTEGER NOT NULL) STRICT;
INSERT INTO journal (kind, ref) SELECT kind, ref FROM (
${pastFacts}
) ORDER BY past_ms, rank, nth;
${guards([
  ['journal', ''],
  ['stray_mark', ''],
  ['points', ''],
  ['request', ' OF id, kind, viewer, event, at_ms'],
  ['request_step', ''],
  ['placement', ''],
  ['placement_ink', ''],
])}${journalTriggers}
CREATE TRIGGER gap_over_journaled AFTER UPDATE OF over ON gap WHEN NEW.over = 1 AND OLD.over = 0
BEGIN INSERT INTO journal (kind, ref) VALUES ('gap', NEW.seq); END;

-- A cursor into the journal names this too: a ledger that is not the one it was made from has another.
INSERT INTO meta (key, value) VALUES ('generation', lower(hex(randomblob(4))));
`;

const version3 = `
-- Entries from before there was a journal were put in order by their times: where the clock had been set back, some
-- stood before the sheet or the event that they are about. They are put behind it, and what came later behind them.
CREATE TEMP TABLE first_place (kind TEXT NOT NULL, ref INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (kind, ref)) WITHOUT ROWID;
INSERT INTO first_place ${journalPlaces} ORDER BY 1, 2;
CREATE TEMP TABLE too_early (seq INTEGER PRIMARY KEY, behind INTEGER NOT NULL);
INSERT INTO too_early SELECT a.seq, max(p.seq) FROM (${journalAbout}) a CROSS JOIN first_place p
  WHERE p.kind = a.on_kind AND p.ref = a.on_ref AND p.seq > a.seq GROUP BY a.seq;
CREATE TEMP TABLE journal_anew AS SELECT kind, ref FROM (
  SELECT j.kind, j.ref, j.seq, max(coalesce(t.behind, j.seq)) OVER (PARTITION BY kind ORDER BY j.seq) AS place
  FROM journal j LEFT JOIN too_early t ON t.seq = j.seq WHERE EXISTS (SELECT 1 FROM too_early)
) ORDER BY place, place <> seq, seq;
DROP TRIGGER journal_stays;
DROP TRIGGER journal_lasts;
DELETE FROM journal WHERE EXISTS (SELECT 1 FROM journal_anew);
INSERT INTO journal (kind, ref) SELECT kind, ref FROM journal_anew ORDER BY rowid;
UPDATE meta SET value = lower(hex(randomblob(4))) WHERE key = 'generation' AND EXISTS (SELECT 1 FROM journal_anew);
DROP TABLE journal_anew;
DROP TABLE too_early;
DROP TABLE first_place;

-- Why a request came to what it did may quote its words: it is forgotten with them.
DROP TRIGGER request_step_stays;
CREATE TRIGGER request_why_goes BEFORE UPDATE OF why ON request_step WHEN NEW.why IS NOT NULL
BEGIN SELECT raise(ABORT, 'reasons are forgotten, and do not change'); END;
DROP TRIGGER request_step_lasts;
${guards([
  ['journal', ''],
  ['request_step', ' OF seq, request, state, is_last, at_ms'],
  ['room', ''],
  ['gap', ' OF seq, room, from_ms, why'],
])}
CREATE TRIGGER gap_ends_once BEFORE UPDATE OF to_ms, over ON gap WHEN OLD.over = 1 OR NEW.over <> 1
BEGIN SELECT raise(ABORT, 'ends of gaps do not change'); END;

-- The newest entry has the balance: none slips in before it.
${['points', 'request', 'request_step', 'placement']
  .map((table) => {
    const number = table === 'points' || table === 'request_step' ? 'seq' : 'id';
    return `CREATE TRIGGER ${table}_goes_on AFTER INSERT ON ${table} WHEN NEW.${number} < (SELECT max(${number}) FROM ${table})
BEGIN SELECT raise(ABORT, 'an entry comes behind the newest one'); END;`;
  })
  .join('\n')}
-- sha256 is a function of the program: whoever has none places nothing.
CREATE TRIGGER placement_is_whole BEFORE INSERT ON placement WHEN NEW.digest IS NOT sha256(NEW.blob)
BEGIN SELECT raise(ABORT, 'the digest is that of the paths'); END;
CREATE TRIGGER placement_ink_ends BEFORE INSERT ON placement_ink
WHEN NEW.last_n > coalesce((SELECT paths FROM placement WHERE id = NEW.placement), NEW.last_n)
BEGIN SELECT raise(ABORT, 'there is no such path'); END;
CREATE TRIGGER placement_ink_grows BEFORE INSERT ON placement_ink
WHEN NEW.last_n <= (SELECT max(last_n) FROM placement_ink WHERE placement = NEW.placement)
BEGIN SELECT raise(ABORT, 'what is certain only grows'); END;
`;

/** By what an entry of each table is named. */
const namedBy: Readonly<Record<string, readonly string[]>> = {
  event: ['seq'],
  growth: ['event', 'base', 'count'],
  remap: ['event'],
  credit: ['seq'],
  ink: ['sheet', 'row', 'first_n', 'turn'],
  spoil: ['seq'],
  void: ['seq'],
  sheet: ['id'],
  sheet_close: ['sheet'],
  stray_mark: ['seq'],
  lettering: ['sheet', 'last_n'],
  points: ['seq'],
  request: ['id'],
  request_step: ['seq'],
  placement: ['id'],
  placement_ink: ['placement', 'last_n'],
  gap: ['seq'],
  room: ['id'],
  viewer: ['id'],
  journal: ['seq'],
};

// REPLACE deletes an entry, of which the triggers of whoever does not ask for them (recursive_triggers) know nothing.
const version4 = Object.entries(namedBy)
  .map(([table, columns]) => {
    const same = columns.map((column) => `${column} = NEW.${column}`).join(' AND ');
    return `CREATE TRIGGER ${table}_is_new BEFORE INSERT ON ${table} WHEN EXISTS (SELECT 1 FROM ${table} WHERE ${same})
BEGIN SELECT raise(ABORT, 'entries are never replaced'); END;\n`;
  })
  .join('');

const version5 = `
-- A drawing that was asked for, before it has a place: its paths as packed bytes with their SHA-256, in a box of its own;
-- the asker's own name for it, by which a repeat is known; after which event it was asked for; and of which drawing it is
-- a repetition that a person asked for.
CREATE TABLE drawing (
  request INTEGER PRIMARY KEY REFERENCES request, own_id TEXT CHECK (own_id <> ''), plate TEXT,
  scales INTEGER NOT NULL CHECK (scales IN (0, 1)), after_event INTEGER NOT NULL, again_of INTEGER REFERENCES request,
  blob BLOB NOT NULL CHECK (length(blob) BETWEEN 1 AND 1048576), digest BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT;
CREATE UNIQUE INDEX drawing_own_id ON drawing (own_id) WHERE own_id IS NOT NULL;
CREATE INDEX placement_of_request ON placement (request);
-- Up to which path of a placement the plotter may have been told to draw.
CREATE TABLE drawing_handed (
  placement INTEGER PRIMARY KEY REFERENCES placement, handed INTEGER NOT NULL CHECK (handed > 0)
) STRICT;
${guards([['drawing', '']])}
CREATE TRIGGER drawing_is_new BEFORE INSERT ON drawing
WHEN EXISTS (SELECT 1 FROM drawing WHERE request = NEW.request OR own_id = NEW.own_id)
BEGIN SELECT raise(ABORT, 'entries are never replaced'); END;
CREATE TRIGGER drawing_is_whole BEFORE INSERT ON drawing WHEN NEW.digest IS NOT sha256(NEW.blob)
BEGIN SELECT raise(ABORT, 'the digest is that of the paths'); END;
-- A drawing is paid when its last path is certain, and not before.
CREATE TRIGGER drawing_is_paid_whole BEFORE INSERT ON request_step
WHEN NEW.state = 'drawn' AND EXISTS (SELECT 1 FROM drawing WHERE request = NEW.request) AND NOT EXISTS (
  SELECT 1 FROM placement p JOIN placement_ink i ON i.placement = p.id AND i.last_n = p.paths WHERE p.request = NEW.request)
BEGIN SELECT raise(ABORT, 'a drawing is paid when its last path is certain'); END;
`;

/** The table of the pieces of pictures: each kept once, whatever sheets have it. */
const pictureTable = `
-- The pieces of a picture whose strokes are a row's, packed, by the SHA-256 that the layouts of sheets name.
CREATE TABLE picture (
  digest BLOB PRIMARY KEY CHECK (length(digest) = 32), pieces INTEGER NOT NULL CHECK (pieces > 0),
  blob BLOB NOT NULL CHECK (length(blob) BETWEEN 1 AND 1048576)
) STRICT;
CREATE TRIGGER picture_stays BEFORE UPDATE ON picture BEGIN SELECT raise(ABORT, 'entries do not change'); END;
CREATE TRIGGER picture_lasts BEFORE DELETE ON picture BEGIN SELECT raise(ABORT, 'entries are never deleted'); END;
CREATE TRIGGER picture_is_new BEFORE INSERT ON picture WHEN EXISTS (SELECT 1 FROM picture WHERE digest = NEW.digest)
BEGIN SELECT raise(ABORT, 'entries are never replaced'); END;
CREATE TRIGGER picture_is_whole BEFORE INSERT ON picture WHEN NEW.digest IS NOT sha256(NEW.blob)
BEGIN SELECT raise(ABORT, 'the digest is that of the pieces'); END;
`;

/** The step to version 7 of the ledger: what is owed of drawings, and texts that become ink when they get a plate. */
const owedTable = `
-- What is owed of drawings, so that nobody looks for it among all that were ever asked for: it follows from their steps.
-- One of no paths (a single 0) is a text: the words of its request become ink when it gets a plate.
CREATE TABLE drawing_owed (
  request INTEGER PRIMARY KEY REFERENCES request, is_text INTEGER NOT NULL CHECK (is_text IN (0, 1))
) STRICT;
INSERT INTO drawing_owed (request, is_text) SELECT request, 0 FROM drawing
  WHERE NOT EXISTS (SELECT 1 FROM request_step WHERE request = drawing.request AND is_last = 1);
CREATE TRIGGER drawing_is_owed AFTER INSERT ON drawing
BEGIN INSERT INTO drawing_owed (request, is_text) VALUES (NEW.request, NEW.blob = x'00'); END;
CREATE TRIGGER drawing_is_over AFTER INSERT ON request_step WHEN NEW.is_last = 1
BEGIN DELETE FROM drawing_owed WHERE request = NEW.request; END;
-- The ink of a text is the name of a person: how it lay is forgotten with the person.
DROP TRIGGER placement_stays;
CREATE TRIGGER placement_stays BEFORE UPDATE OF id, request, sheet, plate, paths, digest, at_ms ON placement
BEGIN SELECT raise(ABORT, 'entries do not change'); END;
CREATE TRIGGER placement_of_text_goes BEFORE UPDATE OF blob ON placement
WHEN NEW.blob <> x'00' OR (SELECT blob FROM drawing WHERE request = NEW.request) IS NOT x'00'
BEGIN SELECT raise(ABORT, 'only how a text lay is forgotten'); END;
CREATE INDEX request_of_viewer ON request (viewer) WHERE viewer IS NOT NULL;
`;

/** Each step brings a ledger from its index to the next version; steps that have landed never change. */
export const migrations: readonly string[] = [
  `${version1}${guards(entriesOfVersion1)}\n`,
  version2,
  version3,
  version4,
  version5,
  pictureTable,
  owedTable,
  ruleTables,
  pointsTables,
  goalTables,
];

/** "LPEN" in the file's header, so that a stranger's database is never taken for a ledger. */
export const applicationId = 0x4c50454e;
