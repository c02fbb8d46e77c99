import { countNow, moneyBase } from './money.ts';

const untilNext = 'coalesce((SELECT min(after_event) FROM goal_terms WHERE id > t.id), 9223372036854775807)';
/** Goals with the events that they count: `t` are terms, `g` a goal, `e` an event of a live. */
const counts = (event: string) => `goal_terms t JOIN json_each(t.goals) j JOIN goal g ON g.id = j.value ->> 0
  CROSS JOIN ${event} AND e.origin = 'live' AND e.seq > t.after_event AND e.seq <= ${untilNext}
  AND (g.text ->> 3 = 'lasting' OR (SELECT text FROM word WHERE id = e.room) <> '')`;
const roomOf = "CASE g.text ->> 3 WHEN 'live' THEN e.room ELSE 0 END";

/** What holds of goals: each rule yields one line for everything that breaks it. */
export const goalRules: readonly { readonly rule: string; readonly sql: string }[] = [
  {
    rule: 'a goal is as far as what came since it is there says, by live',
    sql: `
      WITH part (goal, room, amount) AS (
        SELECT g.id, ${roomOf}, CASE e.kind WHEN 'gift' THEN max(1, w.coins) * ${countNow}
            WHEN 'donation' THEN ${countNow} - ${moneyBase} ELSE 1 END
          FROM ${counts('event e LEFT JOIN gift w ON w.id = e.gift WHERE 1')}
          AND (g.text ->> 1, e.kind) IN (VALUES ('coins', 'gift'), ('donations', 'donation'), ('follows', 'follow'))
          AND (e.kind <> 'donation' OR w.name = g.text ->> 2)
          AND NOT (e.kind = 'follow' AND EXISTS (SELECT 1 FROM event b WHERE b.viewer = e.viewer AND b.kind = 'follow'
            AND b.kind IN ('follow', 'share', 'subscribe', 'raid') AND b.origin = 'live' AND b.seq < e.seq))
        UNION ALL SELECT g.id, ${roomOf}, c.strokes - coalesce((SELECT sum(strokes) FROM void WHERE credit = c.seq), 0)
          FROM ${counts("credit c JOIN event e ON e.seq = c.event WHERE c.origin = 'live'")} AND g.text ->> 1 = 'strokes'
        UNION ALL SELECT goal, room, -amount FROM goal_sum
      )
      SELECT 'goal ' || goal || ' of live ' || room || ': off by ' || sum(amount) AS line
      FROM part GROUP BY goal, room HAVING sum(amount) <> 0`,
  },
];
