import { pointsJournaled } from './journal.ts';

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
