import * as v from 'valibot';
import { counted, localTime } from '../domain/plain-text.ts';
import { callService, sendCommand, serviceHelp, urlOption } from './client.ts';
import { type Arguments, type Command, type Console, exit, wrapLines } from './command.ts';

const person = { person: v.string(), name: v.string(), points: v.number(), xp: v.number(), level: v.number() };

/** Shows what viewers have saved, and puts it right. */
export const pointsCommand: Command = {
  name: 'points',
  summary: 'points that viewers save: who has how many, and corrections',
  usage: 'points [list | of PERSON | add PERSON COUNT | add --all COUNT]',
  details: [
    'Viewers save points where the config has [points]; rules can cost and give them.',
    '',
    'list     who has saved most, with the ids by which people are named',
    'of       what one person has, and the newest entries of it',
    'add      gives so many, or takes them: `add --all -5 --why "a slip"`',
    '',
    '  --all          all who have points; nobody falls below 0,',
    '                 and no rule fires for a level that is reached so',
    '  --xp           experience, in the place of points',
    '  --id NAME      your own name for it: sent again under it, it is not done again',
    '  --why REASON   kept with the entry',
    serviceHelp,
  ].join('\n'),
  options: {
    ...urlOption,
    all: { type: 'boolean' },
    xp: { type: 'boolean' },
    why: { type: 'string' },
    id: { type: 'string' },
  },
  words: [0, 3],
  async run(args, console) {
    const [what = 'list', first, second] = args.words;
    if (what === 'list' && first === undefined) return list(args, console);
    if (what === 'of' && first !== undefined && second === undefined) return show(args, console, first);
    const isForAll = args.options.all === true;
    const count = isForAll ? first : second;
    if (what === 'add' && count !== undefined && isForAll === (second === undefined))
      return add(args, console, isForAll ? null : (first ?? ''), count);
    console.err('Run `livepen points list`, `of PERSON`, `add PERSON COUNT` or `add --all COUNT`.');
    return exit.usage;
  },
};

async function list(args: Arguments, console: Console): Promise<number> {
  const form = v.object({ people: v.array(v.object(person)) });
  const answered = await callService(args, console, { method: 'GET', path: '/people' }, form);
  if (!answered.ok) return answered.code;
  const { people } = answered.value;
  for (const { person: id, name, points, xp, level } of people)
    console.out(wrapLines(`${id}  ${name}: ${counted(points, 'point')}, level ${level} (${xp} XP)`));
  if (people.length === 0) console.out('Nobody has points yet.');
  return exit.ok;
}

const shownForm = v.object({
  ...person,
  entries: v.array(
    v.object({
      kind: v.string(),
      change: v.number(),
      balance: v.number(),
      xp: v.number(),
      source: v.string(),
      why: v.string(),
      event: v.nullable(v.number()),
      atMs: v.number(),
    }),
  ),
});

async function show(args: Arguments, console: Console, id: string): Promise<number> {
  const path = `/people/${encodeURIComponent(id)}/points`;
  const answered = await callService(args, console, { method: 'GET', path }, shownForm);
  if (!answered.ok) return answered.code;
  const { name, points, xp, level, entries } = answered.value;
  for (const { kind, change, balance, xp: along, source, why, event, atMs } of entries.toReversed()) {
    const what = `${change > 0 ? '+' : ''}${change} ${kind}${along > 0 ? `, +${along} XP` : ''}`;
    const whence = `${source}${why === '' ? '' : `: ${why}`}${event === null ? '' : `, event ${event}`}`;
    console.out(wrapLines(`${localTime(atMs)}  ${what}, ${whence}; ${balance} then`));
  }
  console.out(wrapLines(`${name}: ${counted(points, 'point')}, level ${level} (${xp} XP)`));
  return exit.ok;
}

async function add(args: Arguments, console: Console, id: string | null, written: string): Promise<number> {
  const { why, xp, id: ownId } = args.options;
  if (!/^[+-]?\d{1,10}$/.test(written)) {
    console.err(`"${written}" is no number of points. Give a whole number, as in \`livepen points add ID 50\`.`);
    return exit.usage;
  }
  if (typeof why !== 'string' || why.trim() === '') {
    console.err('The ledger keeps a reason with it. Give one, as in `--why "a birthday"`.');
    return exit.usage;
  }
  const kind = xp === true ? 'xp' : 'points';
  const whom = id === null ? {} : { person: id };
  const own = typeof ownId === 'string' ? { id: ownId } : {};
  return sendCommand(args, console, '/points', { ...whom, kind, change: Number(written), why, ...own });
}
