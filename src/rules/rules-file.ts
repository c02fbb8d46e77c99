import { momentsOfInk, momentsOfNobody, type RuleEvent } from '../domain/moment.ts';
import { pointsChangeMax } from '../domain/points.ts';
import { keptIfFired, type Reached, type RuleVersion } from '../domain/rules.ts';
import { type Problem, shown } from '../gifts/gift-map.ts';
import { readJson } from '../gifts/json.ts';
import { objectOf, partOf, type RuleActions, readActions, refuseOtherKeys, whole } from './actions.ts';
import { coinsOfOne, type RuleKind, ruleKinds } from './facts.ts';
import { type Condition, needsPoints, type Report, readCondition } from './logic.ts';
import { fill } from './templates.ts';

/** A rule as it stands in the file, found sound. */
export interface Rule extends RuleVersion {
  readonly enabled: boolean;
  /** A sentence for people; '' where there is none. */
  readonly note: string;
  readonly on: RuleKind;
  readonly condition: Condition;
  /** Of a timer, after how many minutes; null of all else. */
  readonly everyMinutes: number | null;
  /** Of likes, after how many; null of all else. */
  readonly everyLikes: number | null;
  /** Within which time `nth` counts; null where the rule does not ask for it. */
  readonly withinMs: number | null;
  /** As it stands in the file. */
  readonly written: Readonly<Record<string, unknown>>;
}

export type RulesResult =
  | { readonly ok: true; readonly rules: readonly Rule[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** What the config has, which some rules need: plates, and points. */
export interface RulesParts {
  readonly hasPlates?: boolean;
  readonly hasPoints?: boolean;
}

const rulesMax = 200;
const cooldownMaxS = 86_400;
const timesMax = 1_000_000;
const noteMax = 300;

/** How rules are called: short, and fit for an address. */
const ruleName = /^[a-z0-9][a-z0-9-]{0,39}$/;
const nameRule = 'must be a name of small letters, digits and -, at most 40 of them';

/**
 * Reads `rules.json`. `rowIds` are the rows of the config. All problems are reported at once, each with its place
 * (`rules[2].when`), value, rule, and line.
 */
export function parseRules(
  text: string,
  rowIds: readonly string[],
  { hasPlates = false, hasPoints = false }: RulesParts = {},
): RulesResult {
  const json = readJson(text.replace(/^\uFEFF/, ''));
  if (!json.ok) {
    const place = `line ${json.at.line}, column ${json.at.column}`;
    return { ok: false, problems: [{ place, value: '', rule: json.rule }] };
  }
  const problems: Problem[] = json.repeatedKeys.map(({ key, at }) => ({
    place: `line ${at.line}, column ${at.column}`,
    value: shown(key),
    rule: 'stands twice; keys are compared without regard to case',
    line: at.line,
  }));
  const report: Report = (place, value, rule) => {
    problems.push({ place, value: shown(value), rule, line: place === 'the file' ? undefined : json.lineOf(place) });
  };
  const rules = readFile(json.value, { rowIds, hasPlates, hasPoints }, report);
  if (problems.length === 0) return { ok: true, rules };
  return { ok: false, problems: problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

interface Places extends Required<RulesParts> {
  readonly rowIds: readonly string[] | null;
}

function readFile(value: unknown, places: Places, report: Report): readonly Rule[] {
  const file = objectOf(value);
  if (!Array.isArray(file.rules)) {
    report('the file', value, 'must be an object with a list of rules: { "version": 1, "rules": [ … ] }');
    return [];
  }
  for (const [key, each] of Object.entries(file))
    if (!['$schema', 'version', 'rules'].includes(key)) report(key, each, 'is not known here; there is "rules"');
  if (file.version !== undefined && file.version !== 1) report('version', file.version, 'must be 1');
  const written: readonly unknown[] = file.rules;
  if (written.length > rulesMax) report('rules', written.length, `must be at most ${rulesMax} rules`);
  const rules = written.slice(0, rulesMax).map((each, index) => readRule(each, places, `rules[${index}]`, report));
  for (const [index, { name }] of rules.entries()) {
    const first = rules.findIndex((rule) => rule.name === name);
    if (first !== index && name !== '') report(`rules[${index}].name`, name, `is the name of rules[${first}], too`);
  }
  return rules;
}

const ruleKeys = ['name', 'note', 'enabled', 'on', 'every', 'within', 'when', 'cooldown', 'limit', 'cost', 'then'];

/** Reads one rule; `rowIds` of `places` is null for a version from the ledger, whose rows may be gone from the config. */
export function readRule(value: unknown, places: Places, place: string, report: Report): Rule {
  const written = objectOf(value);
  refuseOtherKeys(written, ruleKeys, place, report);
  const name = typeof written.name === 'string' ? written.name : '';
  if (!ruleName.test(name)) report(`${place}.name`, written.name, nameRule);
  const { note = '', enabled = true } = written;
  if (typeof note !== 'string' || note.length > noteMax)
    report(`${place}.note`, note, `must be text of at most ${noteMax} letters`);
  if (typeof enabled !== 'boolean') report(`${place}.enabled`, enabled, 'must be true or false');
  const kind = readKind(written.on, `${place}.on`, report);
  const on = kind ?? 'gift';
  // Of a rule for nothing that is known, nobody can say what it may ask for.
  const ofKind: Report = kind === null ? () => {} : report;
  const condition = readCondition(written.when, { on, ...places }, `${place}.when`, ofKind);
  const actions = readActions(written.then, { on, ...places }, `${place}.then`, ofKind);
  const bounds = readBounds(written, place, report);
  if (on === 'level-up') holdToLevels(bounds, actions, places, place, report);
  holdToKind(written, { on, actions, ...bounds }, place, ofKind);
  const every = readEvery(written.every, kind, place, report);
  if (bounds.cost > 0 && !places.hasPoints) report(`${place}.cost`, written.cost, needsPoints);
  const isBounded = bounds.perPersonMs > 0 || bounds.perRuleMs > 0 || bounds.perLiveMax !== null || bounds.cost > 0;
  if (actions.draw !== null && actions.draw.of !== null && isBounded) {
    const rule =
      'cannot stand beside cooldown, limit or cost: a streak that grows would be paid by the order of its messages';
    report(`${place}.then`, written.then, `"per" ${rule}`);
  }
  const text = JSON.stringify(sorted({ ...written, note: undefined, enabled: undefined }));
  const rule = {
    name,
    text,
    on,
    condition,
    everyMinutes: on === 'timer' ? every : null,
    everyLikes: on === 'likes' ? every : null,
    withinMs: readWithin(written.within, condition, place, report),
    written,
    ...bounds,
    enabled: enabled === true,
    note: typeof note === 'string' ? note : '',
  };
  return { ...rule, ...payments(condition, actions) };
}

function readKind(on: unknown, place: string, report: Report): RuleKind | null {
  // Likes come as what a live has of them so far, and by nobody: what happens is that they come to a number.
  if (on === 'like') return 'likes';
  const known = ruleKinds.find((kind) => kind === on);
  if (known !== undefined) return known;
  report(place, on, `must be one of ${ruleKinds.join(', ')}`);
  return null;
}

/** So many minutes at most are between two moments of a timer, and so many likes between two of theirs. */
const everyMaxMinutes = 1_440;
const [likesMin, likesMax] = [100, 100_000_000];

function readEvery(every: unknown, kind: RuleKind | null, place: string, report: Report): number | null {
  if (kind === 'timer') return whole(every, 1, everyMaxMinutes, 'minutes', `${place}.every`, report);
  if (kind === 'likes') return whole(every, likesMin, likesMax, 'likes', `${place}.every`, report);
  if (every !== undefined && kind !== null)
    report(`${place}.every`, every, 'belongs to a rule on "timer" or "like" alone');
  return null;
}

/** Of a person's events those count that lie so many seconds apart at most. */
const withinMaxS = 3_600;

function readWithin(within: unknown, { asks }: Condition, place: string, report: Report): number | null {
  if (asks.includes('nth')) return whole(within, 1, withinMaxS, 'seconds', `${place}.within`, report) * 1000;
  if (within !== undefined) report(`${place}.within`, within, 'belongs to a rule that asks for "nth" alone');
  return null;
}

/** What a kind cannot have: no loops, nobody where there is nobody, and nothing kept without bound. */
function holdToKind(
  written: Readonly<Record<string, unknown>>,
  {
    on,
    actions,
    perPersonMs,
    perRuleMs,
    perLiveMax,
    cost,
  }: {
    readonly on: RuleKind;
    readonly actions: RuleActions;
    readonly perPersonMs: number;
    readonly perRuleMs: number;
    readonly perLiveMax: number | null;
    readonly cost: number;
  },
  place: string,
  report: Report,
): void {
  const { draw, wheel, write, given } = actions;
  const isOfNobody = momentsOfNobody.includes(on);
  if (isOfNobody && cost + given.points + given.xp > 0)
    report(place, on, 'is nothing that a person does: nobody pays for it, and nobody is given anything');
  const draws = draw !== null || write !== null || wheel?.some((part) => part.draw !== null);
  if (momentsOfInk.includes(on) && draws)
    report(`${place}.then`, on, 'follows from what is drawn: a rule that draws for it would lead to itself');
  if (on === 'dead-letter' && draws)
    report(`${place}.then`, on, 'may follow from what is drawn: a rule that draws for it could lead to itself');
  if (perPersonMs > 0 && isOfNobody)
    report(`${place}.cooldown.perPersonSeconds`, on, 'is nothing that a person does; there is perRuleSeconds');
  if (keptIfFired.some((each) => each === on) && perRuleMs === 0 && perLiveMax === null)
    report(`${place}.on`, on, 'needs cooldown.perRuleSeconds or limit.perLive: they come by the thousand');
  if (on === 'chat' && written.when === undefined)
    report(`${place}.when`, on, 'must be asked for something: of what is said, only what a rule waits for is kept');
}

/** Levels are reached in the middle of what grows: how they pay must not depend on its messages, nor lead to the next. */
function holdToLevels(
  { cost, perLiveMax }: Pick<Rule, 'cost' | 'perLiveMax'>,
  { given }: RuleActions,
  { hasPoints }: Places,
  place: string,
  report: Report,
): void {
  if (!hasPoints) report(`${place}.on`, 'level-up', needsPoints);
  if (cost > 0)
    report(
      `${place}.cost`,
      cost,
      'cannot be asked for a level: what is there as it is reached depends on the messages',
    );
  if (given.xp > 0) report(`${place}.then`, given.xp, 'experience for a level would lead to the next one');
  if (perLiveMax !== null)
    report(`${place}.limit.perLive`, perLiveMax, 'counts within a live, and a level is reached once for good');
}

function readBounds(written: Readonly<Record<string, unknown>>, place: string, report: Report) {
  const cooldown = objectOf(written.cooldown);
  const limit = objectOf(written.limit);
  for (const key of ['cooldown', 'limit'] as const) {
    const part = written[key];
    if (part !== undefined && (typeof part !== 'object' || part === null || Array.isArray(part)))
      report(`${place}.${key}`, part, 'must be an object');
  }
  refuseOtherKeys(cooldown, ['perPersonSeconds', 'perRuleSeconds'], `${place}.cooldown`, report);
  refuseOtherKeys(limit, ['perLive'], `${place}.limit`, report);
  const seconds = (key: string) => {
    if (cooldown[key] === undefined) return 0;
    return whole(cooldown[key], 1, cooldownMaxS, 'seconds', `${place}.cooldown.${key}`, report) * 1000;
  };
  return {
    perPersonMs: seconds('perPersonSeconds'),
    perRuleMs: seconds('perRuleSeconds'),
    perLiveMax:
      limit.perLive === undefined ? null : whole(limit.perLive, 1, timesMax, 'times', `${place}.limit.perLive`, report),
    cost: written.cost === undefined ? 0 : whole(written.cost, 1, pointsChangeMax, 'points', `${place}.cost`, report),
  };
}

/** When a rule whose condition holds is due, and what comes of it. */
function payments({ grown }: Condition, { draw, wheel, write, outside, given }: RuleActions) {
  const unitsOf = (fact: string, event: RuleEvent) => (fact === 'coins' ? coinsOfOne(event) : 1);
  return {
    countNeeded: (event: RuleEvent) =>
      grown.reduce((most, { fact, atLeast }) => Math.max(most, Math.ceil(atLeast / unitsOf(fact, event))), 1),
    unitsPerCount: (event: RuleEvent) => (draw === null || draw.of === null ? 0 : unitsOf(draw.of, event)),
    outcome(event: RuleEvent, now: Reached, chance: () => number, inked = () => now) {
      const part = wheel === null ? null : partOf(wheel, chance());
      const prize = part?.prize ?? null;
      const worth = (wheel === null ? draw : (part?.draw ?? null))?.worth ?? null;
      const filling = { event, ...now, prize };
      const text = write === null ? null : fill(write, { ...filling, ...inked() });
      return { prize, worth, write: text, outside: outside.map((template) => template(filling)), ...given };
    },
  };
}

/** The same with keys in one order, so that one rule has one text. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, sorted(each)]));
}
