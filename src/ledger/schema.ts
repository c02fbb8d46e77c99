/**
 * The ledger's tables. Entries are only ever added (triggers see to it): event, growth, remap, credit, ink, spoil, void,
 * sheet, sheet_close, blemish. Balances stand beside them and can be computed from them: balance, frontier, debt, place,
 * wound, and the sums within each credit. A lone gift dirties few pages: what repeats is a word, keys are indexed many at
 * a time, and what is owed in full is not written at all.
 */
const tables = `
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

/** Entries, with the columns that never change: what a person said on a live may be forgotten. */
const entries: readonly (readonly [table: string, columns: string])[] = [
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

const guards = entries
  .map(
    ([table, columns]) => `
CREATE TRIGGER ${table}_stays BEFORE UPDATE${columns} ON ${table} BEGIN SELECT raise(ABORT, 'entries do not change'); END;
CREATE TRIGGER ${table}_lasts BEFORE DELETE ON ${table} BEGIN SELECT raise(ABORT, 'entries are never deleted'); END;`,
  )
  .join('');

/** Each step brings a ledger from its index to the next version; steps that have landed never change. */
export const migrations: readonly string[] = [`${tables}${guards}\n`];

/** "LPEN" in the file's header, so that a stranger's database is never taken for a ledger. */
export const applicationId = 0x4c50454e;
