/** Tables of entries, with the columns that never change, and by what an entry of each is named. */
const ruleEntries: readonly (readonly [table: string, columns: string, name: string])[] = [
  ['rule', '', 'id'],
  ['armed', '', 'event'],
  ['firing', ' OF seq, rule, line, world, room, viewer, cause, paid, prize, at_ms', 'seq'],
];

/** What rules made due: their versions, what waits for an event to grow, what fired, and what was refused. */
export const ruleTables = `
-- A version of a rule that fired, or may yet: all that it says, as JSON. line is the first version under its name.
CREATE TABLE rule (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL CHECK (name <> ''), line INTEGER NOT NULL REFERENCES rule,
  text TEXT NOT NULL UNIQUE CHECK (json_valid(text))
) STRICT;
CREATE INDEX rule_line ON rule (name);
-- Which rules may yet be due for an event, or pay more as it grows, fixed with its first message: a JSON list of the
-- rule, from which count on it is due, and for how much of what it pays by each one of the count stands.
CREATE TABLE armed (event INTEGER PRIMARY KEY REFERENCES event, rules TEXT NOT NULL CHECK (json_valid(rules))) STRICT;
-- A rule fired for an event, its cause. paid: what it draws, an event of its own. world: 0 for lives, else the session of
-- a test or a replay. said: what is to be done elsewhere, as JSON; it is forgotten with the name of its viewer.
CREATE TABLE firing (
  seq INTEGER PRIMARY KEY, rule INTEGER NOT NULL REFERENCES rule, line INTEGER NOT NULL REFERENCES rule,
  world INTEGER NOT NULL, room INTEGER NOT NULL REFERENCES word, viewer INTEGER REFERENCES viewer,
  cause INTEGER NOT NULL REFERENCES event, paid INTEGER REFERENCES event, prize TEXT,
  said TEXT CHECK (said IS NULL OR json_valid(said)), at_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX firing_once ON firing (cause, line);
CREATE INDEX firing_of_rule ON firing (line, world, at_ms);
CREATE INDEX firing_said ON firing (viewer) WHERE said IS NOT NULL;
CREATE INDEX firing_paid ON firing (paid) WHERE paid IS NOT NULL;
-- How often a rule did not fire in a minute, and why: a count, not entries, since a burst refuses by the thousand.
CREATE TABLE refusal (
  line INTEGER NOT NULL REFERENCES rule, minute INTEGER NOT NULL, why TEXT NOT NULL CHECK (why IN ('cooldown', 'limit', 'failed')),
  count INTEGER NOT NULL CHECK (count > 0), PRIMARY KEY (line, minute, why)
) STRICT, WITHOUT ROWID;
-- What a person did before, of kinds that gifts do not drown: a lone gift does not touch it.
CREATE INDEX event_of_person ON event (viewer, kind) WHERE kind IN ('follow', 'share', 'subscribe', 'raid');
${ruleEntries
  .map(
    ([table, columns, name]) => `
CREATE TRIGGER ${table}_stays BEFORE UPDATE${columns} ON ${table} BEGIN SELECT raise(ABORT, 'entries do not change'); END;
CREATE TRIGGER ${table}_lasts BEFORE DELETE ON ${table} BEGIN SELECT raise(ABORT, 'entries are never deleted'); END;
CREATE TRIGGER ${table}_is_new BEFORE INSERT ON ${table}
WHEN EXISTS (SELECT 1 FROM ${table} WHERE ${name} = NEW.${name})
BEGIN SELECT raise(ABORT, 'entries are never replaced'); END;`,
  )
  .join('\n')}
CREATE TRIGGER firing_is_once BEFORE INSERT ON firing WHEN EXISTS (SELECT 1 FROM firing WHERE cause = NEW.cause AND line = NEW.line)
BEGIN SELECT raise(ABORT, 'a rule fires once for an event'); END;
CREATE TRIGGER firing_words_go BEFORE UPDATE OF said ON firing WHEN NEW.said IS NOT NULL
BEGIN SELECT raise(ABORT, 'words are forgotten, and do not change'); END;
CREATE TRIGGER firing_goes_on AFTER INSERT ON firing WHEN NEW.seq < (SELECT max(seq) FROM firing)
BEGIN SELECT raise(ABORT, 'an entry comes behind the newest one'); END;
CREATE TRIGGER rule_of_firing_journaled AFTER INSERT ON firing
BEGIN INSERT INTO journal (kind, ref) VALUES ('rule', NEW.seq); END;
`;
