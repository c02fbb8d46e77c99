import { pointsJournaled } from './journal.ts';

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

/**
 * What the points of accounts come from and go to, on top of the table of before: its entries of no source are older, or
 * take away what somebody had who is forgotten.
 */
export const pointsTables = `
-- By which terms points are earned, as JSON: for events behind after_event, until the next ones. 'null': by none.
CREATE TABLE points_terms (
  id INTEGER PRIMARY KEY, after_event INTEGER NOT NULL CHECK (after_event >= 0),
  text TEXT NOT NULL CHECK (json_valid(text)), at_ms INTEGER NOT NULL
) STRICT;
CREATE TRIGGER points_terms_stays BEFORE UPDATE ON points_terms BEGIN SELECT raise(ABORT, 'entries do not change'); END;
CREATE TRIGGER points_terms_lasts BEFORE DELETE ON points_terms BEGIN SELECT raise(ABORT, 'entries are never deleted'); END;
CREATE TRIGGER points_terms_is_new BEFORE INSERT ON points_terms WHEN EXISTS (SELECT 1 FROM points_terms WHERE id = NEW.id)
BEGIN SELECT raise(ABORT, 'entries are never replaced'); END;
CREATE TRIGGER points_terms_go_on BEFORE INSERT ON points_terms
WHEN NEW.after_event < (SELECT max(after_event) FROM points_terms)
BEGIN SELECT raise(ABORT, 'an entry comes behind the newest one'); END;

-- firing: the rule that gave them, or that was paid with them; refunds: the entry that is given back; window_ms: where
-- the time begins in which the chat earns once.
ALTER TABLE points ADD COLUMN source TEXT
  CHECK (source IN ('start', 'earned', 'chat', 'rule', 'spent', 'refund', 'hand'));
ALTER TABLE points ADD COLUMN firing INTEGER REFERENCES firing;
ALTER TABLE points ADD COLUMN refunds INTEGER REFERENCES points;
ALTER TABLE points ADD COLUMN window_ms INTEGER;
-- xp: the experience that comes along, so that what is earned is one entry; entries of kind xp bring nothing else.
ALTER TABLE points ADD COLUMN xp INTEGER CHECK (xp IS NULL OR xp > 0 AND kind = 'points');
-- own_id: the own name of whoever adds something by hand, by which a repeat is known.
ALTER TABLE points ADD COLUMN own_id TEXT CHECK (own_id <> '');
-- An index of all entries would split a page in its middle with every hundredth gift. What an account has, and its newest
-- entry, stands beside its name, in a page that is there already, and each entry names the one before it.
ALTER TABLE points ADD COLUMN previous INTEGER REFERENCES points;
ALTER TABLE viewer ADD COLUMN points INTEGER CHECK (points >= 0);
ALTER TABLE viewer ADD COLUMN xp INTEGER CHECK (xp >= 0);
ALTER TABLE viewer ADD COLUMN points_last INTEGER;
DROP TRIGGER points_stays;
UPDATE points SET previous = (SELECT max(b.seq) FROM points b WHERE b.viewer = points.viewer AND b.seq < points.seq);
UPDATE viewer SET points_last = (SELECT max(seq) FROM points WHERE viewer = viewer.id),
  points = (SELECT balance FROM points WHERE viewer = viewer.id AND kind = 'points' ORDER BY seq DESC LIMIT 1),
  xp = (SELECT balance FROM points WHERE viewer = viewer.id AND kind = 'xp' ORDER BY seq DESC LIMIT 1)
WHERE id IN (SELECT viewer FROM points);
DROP TRIGGER points_add_up;
DROP INDEX points_of_viewer;
CREATE TRIGGER points_stays BEFORE UPDATE OF seq, viewer, kind, change, balance, event, why, at_ms, source, firing, refunds,
  window_ms, xp, own_id ON points BEGIN SELECT raise(ABORT, 'entries do not change'); END;
CREATE TRIGGER points_previous_stays BEFORE UPDATE OF previous ON points
WHEN OLD.previous IS NOT NULL OR OLD.seq <> (SELECT max(seq) FROM points)
BEGIN SELECT raise(ABORT, 'entries do not change'); END;
CREATE TRIGGER points_add_up BEFORE INSERT ON points
WHEN NEW.balance <> NEW.change + coalesce((SELECT CASE NEW.kind WHEN 'points' THEN points ELSE xp END FROM viewer
    WHERE id = NEW.viewer), 0)
  OR NEW.previous <> coalesce((SELECT points_last FROM viewer WHERE id = NEW.viewer), 0)
BEGIN SELECT raise(ABORT, 'a balance is the one before it and the change'); END;
-- Whoever does not name the entry before it, as an older program, has it named; to be named at once costs fewer pages.
CREATE TRIGGER points_follow AFTER INSERT ON points WHEN NEW.seq = (SELECT max(seq) FROM points) BEGIN
  UPDATE points SET previous = (SELECT points_last FROM viewer WHERE id = NEW.viewer)
    WHERE seq = NEW.seq AND NEW.previous IS NULL
      AND EXISTS (SELECT 1 FROM viewer WHERE id = NEW.viewer AND points_last IS NOT NULL);
  UPDATE viewer SET points_last = NEW.seq, points = CASE NEW.kind WHEN 'points' THEN NEW.balance ELSE points END,
    xp = CASE NEW.kind WHEN 'xp' THEN NEW.balance ELSE nullif(coalesce(xp, 0) + coalesce(NEW.xp, 0), 0) END
    WHERE id = NEW.viewer;
END;
CREATE INDEX points_forgotten ON points (viewer, seq) WHERE source IS NULL;
CREATE UNIQUE INDEX points_of_firing ON points (firing, source) WHERE firing IS NOT NULL;
CREATE UNIQUE INDEX points_by_hand ON points (own_id, viewer) WHERE own_id IS NOT NULL;
CREATE UNIQUE INDEX points_of_chat ON points (viewer, window_ms) WHERE window_ms IS NOT NULL;
CREATE TRIGGER points_have_a_source BEFORE INSERT ON points WHEN NEW.own_id IS NOT NULL AND NEW.source IS NOT 'hand' OR NOT CASE coalesce(NEW.source, '')
  WHEN 'start' THEN NEW.change > 0 AND NEW.change = NEW.balance
    AND NOT EXISTS (SELECT 1 FROM viewer WHERE id = NEW.viewer AND points IS NOT NULL)
  WHEN 'earned' THEN NEW.change > 0 AND NEW.event IS NOT NULL AND NEW.firing IS NULL
  WHEN 'chat' THEN NEW.change > 0 AND NEW.window_ms IS NOT NULL
  WHEN 'rule' THEN NEW.change > 0 AND NEW.firing IS NOT NULL
  WHEN 'spent' THEN NEW.change < 0 AND NEW.firing IS NOT NULL AND NEW.kind = 'points'
  WHEN 'refund' THEN NEW.refunds IS NOT NULL
  WHEN 'hand' THEN NEW.firing IS NULL AND NEW.xp IS NULL
  ELSE NEW.firing IS NULL AND NEW.refunds IS NULL AND NEW.window_ms IS NULL END
BEGIN SELECT raise(ABORT, 'what an entry says of its points contradicts itself'); END;
CREATE TRIGGER points_refund BEFORE INSERT ON points WHEN NEW.refunds IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM points WHERE seq = NEW.refunds AND source = 'spent' AND NEW.source = 'refund'
    AND (viewer, kind, firing, -change) = (NEW.viewer, NEW.kind, NEW.firing, NEW.change))
BEGIN SELECT raise(ABORT, 'what is given back is what was spent'); END;

DROP TRIGGER points_of_points_journaled;
CREATE TRIGGER points_of_points_journaled AFTER INSERT ON points WHEN ${pointsJournaled.replace('source', 'NEW.source')}
BEGIN INSERT INTO journal (kind, ref) VALUES ('points', NEW.seq); END;

-- A rule can be refused for want of points, too.
ALTER TABLE refusal RENAME TO refusal_before;
CREATE TABLE refusal (
  line INTEGER NOT NULL REFERENCES rule, minute INTEGER NOT NULL,
  why TEXT NOT NULL CHECK (why IN ('cooldown', 'limit', 'points', 'failed')),
  count INTEGER NOT NULL CHECK (count > 0), PRIMARY KEY (line, minute, why)
) STRICT, WITHOUT ROWID;
INSERT INTO refusal SELECT line, minute, why, count FROM refusal_before;
DROP TABLE refusal_before;
`;

/** Tables of entries, and by what an entry of each is named. */
const goalEntries = [
  ['goal', 'id'],
  ['goal_terms', 'id'],
  ['goal_reached', 'seq'],
] as const;

/** What viewers reach together: which goals there are, how far each is, and which were reached. */
export const goalTables = `
-- What is counted, as a JSON list: name, of what, in which currency, and 'live' or 'lasting'. Its target may change.
CREATE TABLE goal (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE CHECK (json_valid(text))) STRICT;
-- Which goals count what came behind after_event, until the next ones: a JSON list of each goal and its target.
CREATE TABLE goal_terms (
  id INTEGER PRIMARY KEY, after_event INTEGER NOT NULL CHECK (after_event >= 0),
  goals TEXT NOT NULL CHECK (json_valid(goals)), at_ms INTEGER NOT NULL
) STRICT;
CREATE TRIGGER goal_terms_go_on BEFORE INSERT ON goal_terms
WHEN NEW.after_event < (SELECT max(after_event) FROM goal_terms)
BEGIN SELECT raise(ABORT, 'an entry comes behind the newest one'); END;
-- How far each is: a balance. room: the live's, 0 of what lasts.
CREATE TABLE goal_sum (
  goal INTEGER NOT NULL REFERENCES goal, room INTEGER NOT NULL, amount INTEGER NOT NULL CHECK (amount >= 0),
  PRIMARY KEY (goal, room)
) STRICT, WITHOUT ROWID;
-- A goal was reached, once for each live and target.
CREATE TABLE goal_reached (
  seq INTEGER PRIMARY KEY, goal INTEGER NOT NULL REFERENCES goal, room INTEGER NOT NULL,
  target INTEGER NOT NULL CHECK (target > 0), at_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX goal_reached_once ON goal_reached (goal, room, target);
CREATE TRIGGER goal_is_reached_once BEFORE INSERT ON goal_reached
WHEN EXISTS (SELECT 1 FROM goal_reached WHERE (goal, room, target) = (NEW.goal, NEW.room, NEW.target))
BEGIN SELECT raise(ABORT, 'a goal is reached once'); END;
CREATE TRIGGER goal_is_reached_by_its_sum BEFORE INSERT ON goal_reached
WHEN NOT EXISTS (SELECT 1 FROM goal_sum WHERE goal = NEW.goal AND room = NEW.room AND amount >= NEW.target)
BEGIN SELECT raise(ABORT, 'a goal is reached by what was counted'); END;
${goalEntries
  .map(
    ([table, name]) => `
CREATE TRIGGER ${table}_stays BEFORE UPDATE ON ${table} BEGIN SELECT raise(ABORT, 'entries do not change'); END;
CREATE TRIGGER ${table}_lasts BEFORE DELETE ON ${table} BEGIN SELECT raise(ABORT, 'entries are never deleted'); END;
CREATE TRIGGER ${table}_is_new BEFORE INSERT ON ${table} WHEN EXISTS (SELECT 1 FROM ${table} WHERE ${name} = NEW.${name})
BEGIN SELECT raise(ABORT, 'entries are never replaced'); END;`,
  )
  .join('\n')}
`;
