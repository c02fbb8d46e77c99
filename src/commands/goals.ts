import * as v from 'valibot';
import { localTime } from '../domain/plain-text.ts';
import { callService, serviceHelp, urlOption } from './client.ts';
import { type Command, exit, wrapLines } from './command.ts';

const form = v.object({
  goals: v.array(
    v.object({
      name: v.string(),
      of: v.string(),
      currency: v.nullable(v.string()),
      per: v.string(),
      target: v.number(),
      amount: v.number(),
      reachedAtMs: v.nullable(v.number()),
    }),
  ),
});

/** Shows how far goals are. */
export const goalsCommand: Command = {
  name: 'goals',
  summary: 'how far the goals are that viewers reach together',
  usage: 'goals',
  details: [
    'Goals stand in the config as [[goals]]: a name, of = "strokes", "coins", "donations" or',
    '"follows", a target, and per = "live" or "lasting". Tests and replays do not count; strokes',
    'that are taken back count no more. Each is reached once; rules on "goal-reached" fire then.',
    '',
    serviceHelp,
  ].join('\n'),
  options: urlOption,
  words: [0, 0],
  async run(args, console) {
    const answered = await callService(args, console, { method: 'GET', path: '/goals' }, form);
    if (!answered.ok) return answered.code;
    for (const { name, of, currency, per, target, amount, reachedAtMs } of answered.value.goals) {
      const unit = currency ?? of;
      const since = reachedAtMs === null ? '' : `, reached ${localTime(reachedAtMs)}`;
      console.out(wrapLines(`${name}: ${amount} of ${target} ${unit}${per === 'live' ? ' in this live' : ''}${since}`));
    }
    return exit.ok;
  },
};
