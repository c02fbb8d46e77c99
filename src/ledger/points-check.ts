import { pointsChangeMax } from '../domain/points.ts';
import { countNow, isMoney, moneyBase } from './money.ts';

/** How much of what earns points an event `e` with its gift `g` is. */
const amountNow = `CASE WHEN e.kind = 'gift' THEN max(1, g.coins) * ${countNow}
  WHEN ${isMoney} THEN ${countNow} - ${moneyBase} WHEN e.kind = 'subscribe' THEN ${countNow} ELSE 1 END`;
const rateName = "CASE e.kind WHEN 'donation' THEN 'donation ' || g.name ELSE e.kind END";
const rate = (part: string) =>
  `(SELECT r.value ->> '$.${part}' FROM json_each(t.text, '$.rates') r WHERE r.key = ${rateName})`;
const bounded = (sum: string) => `min(${pointsChangeMax}, CAST(${sum} AS INTEGER))`;

/** What holds of points: each rule yields one line for everything that breaks it. */
export const pointsRules: readonly { readonly rule: string; readonly sql: string }[] = [
  {
    rule: 'an event has earned what it is worth by the terms under which it came, and no other event has',
    sql: `
      WITH due AS (
        SELECT e.seq, ${bounded(`${amountNow} * ${rate('points')} / ${rate('per')}`)} AS points, t.text ->> '$.xpPerPoint' AS each
        FROM points_terms t CROSS JOIN event e LEFT JOIN gift g ON g.id = e.gift
        WHERE e.seq > t.after_event AND e.seq <= coalesce((SELECT min(after_event) FROM points_terms WHERE id > t.id), e.seq)
          AND e.viewer IS NOT NULL AND e.origin = 'live' AND json_type(t.text) = 'object'
          AND NOT (e.kind = 'follow' AND EXISTS (SELECT 1 FROM event b WHERE b.viewer = e.viewer AND b.kind = 'follow'
            AND b.kind IN ('follow', 'share', 'subscribe', 'raid') AND b.origin = 'live' AND b.seq < e.seq))
      ),
      part (event, points, xp) AS (
        SELECT seq, points, ${bounded('points * each')} FROM due WHERE points > 0
        UNION ALL SELECT event, -change, -coalesce(xp, 0) FROM points WHERE source = 'earned'
      )
      SELECT 'event ' || event || ': off by ' || sum(points) || ' points, ' || sum(xp) || ' xp' AS line
      FROM part GROUP BY event HAVING sum(points) <> 0 OR sum(xp) <> 0`,
  },
  {
    rule: "what an event earned is its giver's, and an account begins once",
    sql: `
      SELECT 'entry ' || p.seq AS line FROM points p JOIN event e ON e.seq = p.event
      WHERE p.source IN ('earned', 'rule', 'spent') AND p.viewer IS NOT e.viewer
      UNION ALL SELECT 'entry ' || max(seq) FROM points WHERE source = 'start' GROUP BY viewer HAVING count(*) > 1`,
  },
  {
    rule: 'a rule that fired on a live was paid the cost of its rule, once, and gave what it says, once',
    sql: `
      SELECT 'firing ' || f.seq AS line FROM firing f CROSS JOIN rule r CROSS JOIN event c
      WHERE r.id = f.rule AND c.seq = f.cause AND r.text ->> '$.cost' IS NOT NULL
        AND (SELECT coalesce(sum(-change), 0) FROM points WHERE firing = f.seq AND source = 'spent')
          <> CASE c.origin WHEN 'live' THEN r.text ->> '$.cost' ELSE 0 END
      UNION ALL SELECT 'firing ' || f.seq FROM points p JOIN firing f ON f.seq = p.firing JOIN rule r ON r.id = f.rule
      WHERE p.source = 'spent' AND r.text ->> '$.cost' IS NULL OR f.viewer IS NOT p.viewer
      UNION ALL SELECT 'firing ' || p.firing FROM points p WHERE p.firing IS NOT NULL
      GROUP BY p.firing, p.source HAVING count(*) > 1`,
  },
  {
    rule: 'what was spent is given back once where all of what it paid for was taken back, and only there',
    sql: `
      WITH spent AS MATERIALIZED (
        SELECT s.seq, s.viewer, s.change, f.paid, (SELECT count(*) FROM points WHERE refunds = s.seq AND change = -s.change) AS times
        FROM points s JOIN firing f ON f.seq = s.firing WHERE s.source = 'spent' AND f.paid IS NOT NULL
      ),
      part AS (
        SELECT event, strokes AS open, strokes FROM credit WHERE event IN (SELECT paid FROM spent)
        UNION ALL SELECT c.event, -v.strokes, 0 FROM void v CROSS JOIN credit c
          WHERE c.seq = v.credit AND c.event IN (SELECT paid FROM spent)
        UNION ALL SELECT q.event, 1, 0 FROM request q WHERE q.event IN (SELECT paid FROM spent)
          AND NOT EXISTS (SELECT 1 FROM request_step WHERE request = q.id AND state = 'void')
      ),
      left AS (SELECT event, sum(open) AS open, sum(strokes) AS strokes FROM part GROUP BY event)
      SELECT 'entry ' || s.seq || ': given back ' || s.times || ' times' AS line FROM spent s LEFT JOIN left l ON l.event = s.paid
      WHERE s.times > (coalesce(l.open, 0) = 0) OR s.times = 0 AND l.open = 0 AND l.strokes > 0
        AND NOT EXISTS (SELECT 1 FROM points g WHERE g.viewer = s.viewer AND g.seq > s.seq AND g.source IS NULL)
      UNION ALL SELECT 'entry ' || seq FROM points WHERE source = 'refund' AND refunds NOT IN (SELECT seq FROM spent)`,
  },
  {
    rule: 'what an account has, and its newest entry, stands beside it, and each entry names the one before it',
    sql: `
      WITH entry AS (SELECT seq, viewer, previous, lag(seq) OVER (PARTITION BY viewer ORDER BY seq) AS one_before FROM points),
      total AS (
        SELECT viewer, max(seq) AS last, sum(CASE kind WHEN 'points' THEN change ELSE 0 END) AS points,
          sum(CASE kind WHEN 'xp' THEN change ELSE coalesce(xp, 0) END) AS xp FROM points GROUP BY viewer
      )
      SELECT 'entry ' || seq AS line FROM entry WHERE previous IS NOT one_before
      UNION ALL SELECT 'viewer ' || v.id FROM viewer v LEFT JOIN total t ON t.viewer = v.id
      WHERE v.points_last IS NOT t.last OR coalesce(v.points, 0) <> coalesce(t.points, 0) OR coalesce(v.xp, 0) <> coalesce(t.xp, 0)`,
  },
];
