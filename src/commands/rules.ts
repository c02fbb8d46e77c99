import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { counted, localTime, plainText } from '../domain/plain-text.ts';
import { systemClock } from '../system/clock.ts';
import { stderrLog } from '../system/log.ts';
import { callService, serviceHelp, urlOption } from './client.ts';
import {
  type Arguments,
  type Command,
  type Console,
  exit,
  shippedFile,
  whyOf,
  wrapEntry,
  wrapLines,
} from './command.ts';
import { configPath } from './run.ts';
import { readSettings } from './settings.ts';

const shown = v.object({
  name: v.string(),
  enabled: v.boolean(),
  on: v.string(),
  note: v.string(),
  rule: v.record(v.string(), v.unknown()),
});
const listedForm = v.object({ rules: v.array(shown) });
const said = v.object({ said: v.string() });

/** Shows rules, tries them, switches them. */
export const rulesCommand: Command = {
  name: 'rules',
  summary: 'rules that pay: check, list, try, switch, and what they did',
  usage: 'rules [list | ready | check [FILE] | try | log | add NAME | ...]',
  details: [
    'Rules pay beside the gift map, where the config has [rules] (file = "rules.json").',
    '',
    'list       the rules in force, and which are switched on; so does `livepen rules` alone',
    'ready      rules to choose from: an alert for each kind of event, an avatar that waves, ...',
    'add        takes one of these over, switched on',
    'check      reads the file of this machine, or FILE, and says all that is wrong with it',
    'try        what every rule, also one that is switched off, would have done in a past',
    '           session (`livepen sessions`), with costs, cooldowns and limits; or would do',
    '           for an event, as {"kind": "follow", "payload": {}}; nothing is written',
    'enable     switches a rule on; a running service takes it over at once',
    'disable    switches it off',
    'log        which rules fired lately, and how often others were refused, and why',
    '',
    '  --session ID    a past session',
    '  --event JSON    a live event; what it leaves out is filled in',
    serviceHelp,
  ].join('\n'),
  options: { ...urlOption, session: { type: 'string' }, event: { type: 'string' } },
  words: [0, 2],
  async run(args, console) {
    const [what = 'list', name] = args.words;
    if (what === 'list' && name === undefined) return list(args, console);
    if (what === 'ready' && name === undefined) return showReady(console);
    if (what === 'add' && name !== undefined) return add(args, console, name);
    if (what === 'check') return check(args, console, name);
    if (what === 'try' && name === undefined) return tryThem(args, console);
    if ((what === 'enable' || what === 'disable') && name !== undefined)
      return turn(args, console, name, what === 'enable');
    if (what === 'log' && name === undefined) return log(args, console);
    console.err(
      wrapLines(
        'Run `livepen rules list`, `ready`, `add NAME`, `check`, `try`, `enable NAME`, `disable NAME` or `log`.',
      ),
    );
    return exit.usage;
  },
};

async function list(args: Arguments, console: Console): Promise<number> {
  const form = v.object({
    rules: v.array(shown),
    fault: v.nullable(v.object({ what: v.string(), remedy: v.string() })),
  });
  const answered = await callService(args, console, { method: 'GET', path: '/rules' }, form);
  if (!answered.ok) return answered.code;
  const { rules, fault } = answered.value;
  for (const { name, enabled, on, note } of rules)
    console.out(
      wrapEntry(enabled ? 'on   ' : 'off  ', `${name}, on ${on}${note === '' ? '' : `: ${note}`}`).join('\n'),
    );
  if (rules.length === 0) console.out('There are no rules.');
  if (fault !== null) console.err(wrapLines(`${fault.what} ${fault.remedy}`));
  return fault === null ? exit.ok : exit.failed;
}

const readyForm = v.object({
  rules: v.array(v.looseObject({ name: v.string(), on: v.string(), note: v.string() })),
});

/** The rules that are shipped to choose from; null where they cannot be read. */
function readyRules(console: Console): v.InferOutput<typeof readyForm>['rules'] | null {
  const file = shippedFile('ready-rules.json');
  try {
    return v.parse(readyForm, JSON.parse(readFileSync(file, 'utf8'))).rules;
  } catch (error) {
    console.err(`${file} cannot be read: ${whyOf(error, console)}.`);
    return null;
  }
}

function showReady(console: Console): number {
  const ready = readyRules(console);
  for (const { name, on, note } of ready ?? []) console.out(wrapEntry(`${name}  `, `on ${on}: ${note}`).join('\n'));
  return ready === null ? exit.failed : exit.ok;
}

/** Takes a shipped rule over; one of the same name that a person may have changed stays. */
async function add(args: Arguments, console: Console, name: string): Promise<number> {
  const ready = readyRules(console);
  if (ready === null) return exit.failed;
  const body = ready.find((each) => each.name === name);
  if (body === undefined) {
    console.err(wrapLines(`There is no ready rule "${plainText(name)}"; \`livepen rules ready\` lists them.`));
    return exit.usage;
  }
  const listed = await callService(args, console, { method: 'GET', path: '/rules' }, listedForm);
  if (!listed.ok) return listed.code;
  if (listed.value.rules.some((rule) => rule.name === name)) {
    console.err(wrapLines(`A rule "${name}" is there already: \`livepen rules enable ${name}\` switches it on.`));
    return exit.refused;
  }
  const answered = await callService(args, console, { method: 'PUT', path: `/rules/${name}`, body }, said);
  if (!answered.ok) return answered.code;
  console.out(`Rule "${name}" is taken over, and switched on.`);
  return exit.ok;
}

/** The file alone: whoever writes rules may do so anywhere. */
async function check(args: Arguments, console: Console, file: string | undefined): Promise<number> {
  const read = readSettings(
    configPath(args.options),
    stderrLog(systemClock().wallMs, 'text'),
    console.env.STATE_DIRECTORY,
  );
  if (!read.ok) {
    console.err(read.problems);
    return exit.config;
  }
  const { config } = read.settings;
  const path = file ?? config.rules?.file;
  if (path === undefined) {
    console.err('The config has no [rules]. Name a file, as in `livepen rules check rules.json`.');
    return exit.usage;
  }
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    console.err(`${path} cannot be read: ${whyOf(error, console)}.`);
    return exit.failed;
  }
  const { checkRules } = await import('../rules/rule-desk.ts');
  const checked = checkRules(
    text,
    config.rows.map(({ id }) => id),
    { hasPlates: config.plates.length > 0, hasPoints: config.points !== null },
  );
  if (checked.ok) {
    console.out(`${path} is sound: ${counted(checked.rules, 'rule')}, ${checked.enabled} of them switched on.`);
    return exit.ok;
  }
  console.err(`${path} is not valid:`);
  for (const line of checked.lines) console.err(wrapLines(`  ${line}`));
  return exit.config;
}

const number = v.number();
const triedRule = v.object({
  name: v.string(),
  enabled: v.boolean(),
  on: v.string(),
  fires: number,
  refused: v.object({ cooldown: number, limit: number, points: number, failed: number }),
  strokes: number,
  spent: number,
  points: number,
  xp: number,
  last: v.nullable(v.object({ atMs: number, viewer: v.string(), strokes: number, prize: v.string() })),
  outside: v.array(v.object({ do: v.string(), with: v.record(v.string(), v.unknown()) })),
  notKept: v.string(),
});
const triedForm = v.object({ events: number, moments: number, more: v.boolean(), rules: v.array(triedRule) });
/** A long evening takes its time, since the pen goes before. */
const tryPatienceMs = 120_000;

async function tryThem(args: Arguments, console: Console): Promise<number> {
  const { session, event: written } = args.options;
  let event: unknown;
  try {
    event = typeof written === 'string' ? JSON.parse(written) : undefined;
  } catch (error) {
    console.err(`--event must be JSON: ${whyOf(error, console)}.`);
    return exit.usage;
  }
  if ((session === undefined) === (event === undefined)) {
    console.err('What to try is missing: give --session ID, as `livepen sessions` shows it, or --event JSON.');
    return exit.usage;
  }
  const asked = { method: 'POST', path: '/rules/try', body: { session, event }, patienceMs: tryPatienceMs } as const;
  const answered = await callService(args, console, asked, triedForm);
  if (!answered.ok) return answered.code;
  const { events, moments, more, rules } = answered.value;
  for (const rule of rules) for (const line of triedInWords(rule, event !== undefined)) console.out(wrapLines(line));
  const tried = `${counted(events, 'event')} and ${counted(moments, 'moment')}${more ? ', and there were more' : ''}`;
  console.out(event === undefined ? `Tried on ${tried}. Nothing was written.` : 'Nothing was written.');
  return exit.ok;
}

/** What a rule would do, on one line and, of a past live, what comes of it on further ones. */
function triedInWords(rule: v.InferOutput<typeof triedRule>, isOne: boolean): string[] {
  const { name, enabled, on, fires, refused, strokes, spent, points, xp, last, outside, notKept } = rule;
  const not = Object.entries(refused).flatMap(([why, count]) => {
    if (count === 0) return [];
    return [isOne ? `${whyWords[why]}` : `${counted(count, 'time')} ${whyWords[why]}`];
  });
  const does = [
    ...(strokes === 0 ? [] : [counted(strokes, 'stroke')]),
    ...(isOne && last !== null && last.prize !== '' ? [`prize ${last.prize}`] : []),
    ...(spent === 0 ? [] : [`costs ${counted(spent, 'point')}`]),
    ...(points === 0 ? [] : [`gives ${counted(points, 'point')}`]),
    ...(xp === 0 ? [] : [`gives ${xp} XP`]),
    ...(isOne ? outside.map(actionInWords) : []),
  ];
  const often = isOne ? (fires === 0 ? 'does not fire' : 'fires') : `fires ${counted(fires, 'time')}`;
  const head = [`${often}${does.length === 0 ? '' : `: ${does.join(', ')}`}`];
  if (not.length > 0) head.push(`refused ${not.join(', ')}`);
  const lines = [`${name}, on ${on}${enabled ? '' : ' (switched off)'}: ${head.join('; ')}`];
  if (isOne) return lines;
  if (last !== null) {
    const whom = last.viewer === '' ? '' : ` for ${plainText(last.viewer)}`;
    const what = [
      ...(last.strokes === 0 ? [] : [counted(last.strokes, 'stroke')]),
      ...(last.prize === '' ? [] : [`prize ${last.prize}`]),
      ...outside.map(actionInWords),
    ];
    lines.push(`  last ${localTime(last.atMs)}${whom}${what.length === 0 ? '' : `: ${what.join(', ')}`}`);
  }
  if (notKept !== '') lines.push(`  ${notKept}`);
  return lines;
}

const shownMax = 60;

/** `say "Thank you, Zoe"`: what it is, and its first text. */
function actionInWords({
  do: what,
  with: values,
}: {
  readonly do: string;
  readonly with: Record<string, unknown>;
}): string {
  const [first] = Object.values(values);
  const text = plainText(typeof first === 'string' ? first : JSON.stringify(first ?? ''));
  return `${what} "${text.length > shownMax ? `${text.slice(0, shownMax - 1)}…` : text}"`;
}

const whyWords: Readonly<Record<string, string>> = {
  cooldown: 'by a cooldown',
  limit: 'by a limit',
  points: 'for lack of points',
  failed: 'by an error',
};

async function turn(args: Arguments, console: Console, name: string, enabled: boolean): Promise<number> {
  // Of a rule that is called "log" the address answers with what fired: each is looked for among all.
  const listed = await callService(args, console, { method: 'GET', path: '/rules' }, listedForm);
  if (!listed.ok) return listed.code;
  const found = listed.value.rules.find((rule) => rule.name === name);
  if (found === undefined) {
    console.err(`There is no rule "${plainText(name)}"; \`livepen rules list\` shows all.`);
    return exit.refused;
  }
  const path = `/rules/${name}`;
  const body = { ...found.rule, enabled };
  const answered = await callService(args, console, { method: 'PUT', path, body }, said);
  if (!answered.ok) return answered.code;
  console.out(`Rule "${plainText(name)}" is switched ${enabled ? 'on' : 'off'}.`);
  return exit.ok;
}

const logForm = v.object({
  fired: v.array(
    v.object({
      rule: v.string(),
      kind: v.string(),
      moment: v.nullable(v.record(v.string(), v.unknown())),
      viewer: v.string(),
      origin: v.string(),
      strokes: v.number(),
      prize: v.string(),
      atMs: v.number(),
    }),
  ),
  refused: v.array(v.object({ rule: v.string(), minuteAtMs: v.number(), why: v.string(), count: v.number() })),
});

async function log(args: Arguments, console: Console): Promise<number> {
  const answered = await callService(args, console, { method: 'GET', path: '/rules/log' }, logForm);
  if (!answered.ok) return answered.code;
  const { fired, refused } = answered.value;
  for (const { rule, kind, moment, viewer, origin, strokes, prize, atMs } of fired.toReversed()) {
    const what = `${kind}${moment === null ? '' : ` ${momentInWords(moment)}`}`;
    const whose = `${what}${viewer === '' ? '' : ` of ${viewer}`}${origin === 'live' ? '' : ` (${origin})`}`;
    const won = prize === '' ? '' : `, ${prize}`;
    console.out(wrapLines(`${localTime(atMs)}  ${rule}: ${whose}, ${counted(strokes, 'stroke')}${won}`));
  }
  for (const { rule, minuteAtMs, why, count } of refused.toReversed())
    console.out(
      wrapLines(`${localTime(minuteAtMs)}  ${rule}: refused ${counted(count, 'time')} ${whyWords[why] ?? why}`),
    );
  if (fired.length + refused.length === 0) console.out('No rule has fired yet.');
  return exit.ok;
}

/** `from ready to drawing`: what distinguishes moments of one kind. */
function momentInWords(moment: Readonly<Record<string, unknown>>): string {
  return plainText(
    Object.entries(moment)
      .map(([name, value]) => `${name} ${String(value)}`)
      .join(' '),
  );
}
