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
