import * as v from 'valibot';
import type { Appliance } from '../appliance/contract.ts';
import type { Clock } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import { type LiveEvent, liveEventVersion } from '../domain/live-event.ts';
import { momentKinds } from '../domain/moment.ts';
import type { PointsTerms } from '../domain/points.ts';
import { ruleInWords } from '../domain/problems.ts';
import type { RuleDesk, RulesChanged, TriedStep } from '../domain/rules.ts';
import { readLiveEvent } from '../sources/live-event-form.ts';
import { amount } from './forms.ts';
import { Refusal, type Route, route } from './route.ts';

/** The longest file of rules, in bytes. */
export const rulesBytesMax = 500_000;
/** The path of the rules. */
export const rulesPath = '/rules';
/** Rules are tried on so many events of a past session at most; more would take longer than people wait. */
const triedMax = 20_000;
/** After so many events the drawing loop gets a turn. */
const triedAtATime = 100;
const loggedMax = 500;

const anyRule = v.record(v.string(), v.unknown());
const count = v.pipe(v.number(), v.integer());
const shown = v.object({
  name: v.string(),
  enabled: v.boolean(),
  on: v.string(),
  note: v.string(),
  rule: v.pipe(anyRule, v.description('As it stands in the file.')),
});
const fault = v.object({ code: v.string(), what: v.string(), remedy: v.string() });
const listed = v.object({
  rules: v.array(shown),
  fault: v.pipe(v.nullable(fault), v.description('Why what stands in the file is not in force.')),
});
const outside = v.array(v.object({ do: v.string(), with: anyRule }));
const triedRule = v.object({
  name: v.string(),
  enabled: v.boolean(),
  on: v.string(),
  fires: count,
  refused: v.object({ cooldown: count, limit: count, points: count, failed: count }),
  strokes: count,
  spent: v.pipe(count, v.description('Points that people would pay for it.')),
  points: v.pipe(count, v.description('Points that it would give.')),
  xp: count,
  last: v.pipe(
    v.nullable(v.object({ atMs: v.number(), viewer: v.string(), strokes: count, prize: v.string() })),
    v.description('When it fires last, and for whom.'),
  ),
  outside: v.pipe(outside, v.description('What it would write and do elsewhere, when it fires last.')),
  notKept: v.pipe(v.string(), v.description("What the ledger does not keep of what it waits for; '' for nothing.")),
});
const tried = v.object({
  events: v.pipe(count, v.description('What people did.')),
  moments: v.pipe(count, v.description('What happened beside it: beginning and end, timers, sheets, goals, levels.')),
  more: v.pipe(v.boolean(), v.description(`There was more; the first ${triedMax} were tried.`)),
  rules: v.array(triedRule),
});
const logged = v.object({
  fired: v.array(
    v.object({
      seq: count,
      rule: v.string(),
      version: v.pipe(v.string(), v.description('What the rule said, as JSON.')),
      event: v.pipe(count, v.description('The number of the event for which it fired.')),
      kind: v.string(),
      moment: v.pipe(
        v.nullable(anyRule),
        v.description('Of a moment what it carries, such as from and to of a state; null of what people did.'),
      ),
      viewer: v.string(),
      origin: v.string(),
      strokes: count,
      prize: v.string(),
      said: v.pipe(v.string(), v.description("What is to be done elsewhere, as JSON; '' where it was forgotten.")),
      atMs: v.number(),
    }),
  ),
  refused: v.array(v.object({ rule: v.string(), minuteAtMs: v.number(), why: v.string(), count })),
});
const changedForm = v.object({ said: v.string(), rules: count });
const params = v.object({ name: v.pipe(v.string(), v.maxLength(40)) });
const refusesChange = {
  422: 'A rule is broken, and where; the old ones stay.',
  503: 'The file of rules cannot be written; the old ones stay.',
};
const refusesName = { 404: 'There is no rule of this name.' };
const noRule: Fault = { code: 'unknown-rule', what: 'There is no rule of this name.', remedy: 'See GET /rules.' };

const trying = v.strictObject({
  event: v.pipe(
    v.optional(anyRule),
    v.description('A live event; what it leaves out of version, room, session and time is filled in.'),
  ),
  session: v.pipe(v.optional(v.pipe(v.string(), v.maxLength(200))), v.description('A past session, by its id.')),
});

interface RuleRoutesDeps {
  readonly desk: RuleDesk;
  readonly clock: Clock;
  /** For what people get points; null: for nothing. */
  readonly points: PointsTerms | null;
}

/** Routes about rules: they exist where the config has `[rules]`, and are open to the owner alone. */
export function ruleRoutes(appliance: Appliance, deps: RuleRoutesDeps): readonly Route[] {
  const { desk } = deps;
  return [
    ...fileRoutes(desk),
    route({
      method: 'post',
      path: `${rulesPath}/try`,
      summary: 'What every rule would do for an event, or would have done in a past session; nothing is written',
      admits: 'owner',
      body: trying,
      example: { event: exampleEvent },
      answer: tried,
      refuses: { 404: 'There is no such session.', 422: 'The event is not valid, or what to try is missing.' },
      handle: ({ body }) => tryRules(appliance, deps, body),
    }),
    route({
      method: 'get',
      path: `${rulesPath}/log`,
      summary: 'Which rules fired, and how often others were refused and why, the newest first',
      admits: 'owner',
      query: v.object({ limit: v.optional(v.pipe(v.string(), v.transform(Number), amount), '100') }),
      answer: logged,
      handle: ({ query: { limit } }) => appliance.views.ruleLog(Math.min(limit, loggedMax)),
    }),
    ...namedRoutes(desk),
  ];
}

function fileRoutes(desk: RuleDesk): readonly Route[] {
  return [
    route({
      method: 'get',
      path: rulesPath,
      summary: 'The rules in force, in the order of the file',
      admits: 'owner',
      answer: listed,
      handle: () => ({ rules: desk.list(), fault: desk.fault() }),
    }),
    route({
      method: 'put',
      path: rulesPath,
      summary: 'Put other rules in the place of all that there are',
      admits: 'owner',
      body: v.strictObject({ version: v.optional(v.literal(1)), rules: v.array(v.unknown()) }),
      example: { rules: [] },
      answer: changedForm,
      refuses: refusesChange,
      handle: ({ body }) => outcome(desk.replaceAll(body.rules), 'The rules are in force.'),
    }),
  ];
}

/**
 * Routes of one rule by its name. They stand behind the other routes of rules, since a rule may be called `try` or
 * `log`.
 */
function namedRoutes(desk: RuleDesk): readonly Route[] {
  const path = `${rulesPath}/{name}`;
  return [
    route({
      method: 'get',
      path,
      summary: 'One rule',
      admits: 'owner',
      params,
      answer: shown,
      refuses: refusesName,
      handle: ({ params: { name } }) => desk.list().find((rule) => rule.name === name) ?? new Refusal(404, noRule),
    }),
    route({
      method: 'put',
      path,
      summary: 'Put a rule in the place of the one of this name, or behind all others',
      admits: 'owner',
      params,
      body: anyRule,
      // biome-ignore lint/suspicious/noThenProperty: the key of a rule's actions is called `then`
      example: { on: 'gift', when: ['coins', '>=', 500], then: [{ draw: { row: '1', strokes: 5 } }] },
      answer: changedForm,
      refuses: refusesChange,
      handle: ({ params: { name }, body }) => outcome(desk.put(name, body), `Rule "${name}" is in force.`),
    }),
    route({
      method: 'delete',
      path,
      summary: 'Take a rule out',
      admits: 'owner',
      params,
      answer: changedForm,
      refuses: { ...refusesName, ...refusesChange },
      handle({ params: { name } }) {
        const changed = desk.remove(name);
        return changed === null ? new Refusal(404, noRule) : outcome(changed, `Rule "${name}" is taken out.`);
      },
    }),
  ];
}

function outcome(changed: RulesChanged, said: string) {
  if (changed.ok) return { said, rules: changed.rules };
  return new Refusal(changed.isDisk ? 503 : 422, changed.fault);
}

const exampleEvent = {
  kind: 'gift',
  user: { id: 'somebody', name: 'Somebody' },
  payload: { gift: { id: '5655', name: 'Rose', coins: 1 }, count: 10, streak: null },
};

async function tryRules(
  { views }: Pick<Appliance, 'views'>,
  { desk, clock, points: terms }: RuleRoutesDeps,
  { event, session }: v.InferOutput<typeof trying>,
) {
  const trial = desk.trial(terms);
  let [events, moments] = [0, 0];
  const answer = (more: boolean) => ({ events, moments, more, rules: trial.result() });
  const take = (step: TriedStep): void => {
    trial.take(step);
    if (step.is === 'event' && isMoment(step.event.kind)) moments += 1;
    else if (step.is === 'event') events += 1;
  };
  if ((event === undefined) === (session === undefined)) return new Refusal(422, neither);
  if (event !== undefined) {
    const read = isMoment(event.kind) ? readMoment(event, clock) : readEvent(event, clock);
    if (!read.ok) return new Refusal(422, { ...noEvent, what: `This is no event: ${read.problems.join('; ')}.` });
    const { user, kind } = read.event;
    const known = user === null ? { held: null, ahead: null, isFirst: null } : views.personNow(user.id, kind);
    take({ is: 'event', event: read.event, ...known, sheet: views.sheetNow() });
    return answer(false);
  }
  const { timersMinutes, likesEvery } = trial;
  const past = views.pastLive(session ?? '', { timersMinutes, likesEvery, terms });
  if (past === null) return new Refusal(404, noSession);
  let isBegun = false;
  for (const steps of past) {
    // Events of other lives are passed over here, and that takes time, too.
    if (isBegun) await turnOf(clock);
    isBegun = true;
    let taken = 0;
    for (const step of steps) {
      if (events + moments === triedMax) return answer(true);
      if (taken > 0 && taken % triedAtATime === 0) await turnOf(clock);
      taken += 1;
      take(step);
    }
  }
  return answer(false);
}

/** Lets the drawing loop run before it goes on. */
function turnOf(clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.after(0, () => resolve()));
}

function isMoment(kind: unknown): boolean {
  return momentKinds.some((each) => each === kind);
}

const nothingMore = v.optional(v.strictObject({}), {});
const number = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const somebody = v.strictObject({ id: v.string(), name: v.string(), handle: v.exactOptional(v.string()) });
const moment = v.variant('kind', [
  v.strictObject({ kind: v.literal('live-started'), payload: nothingMore }),
  v.strictObject({ kind: v.literal('live-ended'), payload: nothingMore }),
  v.strictObject({ kind: v.literal('sheet-opened'), payload: v.strictObject({ sheet: number }) }),
  v.strictObject({ kind: v.literal('drawing-done'), payload: v.strictObject({ drawing: number }) }),
  v.strictObject({ kind: v.literal('state'), payload: v.strictObject({ from: v.string(), to: v.string() }) }),
  v.strictObject({ kind: v.literal('likes'), payload: v.strictObject({ every: number, nth: number }) }),
  v.strictObject({ kind: v.literal('timer'), payload: v.strictObject({ everyMinutes: number, nth: number }) }),
  v.strictObject({
    kind: v.literal('goal-reached'),
    payload: v.strictObject({ goal: v.string(), target: v.pipe(v.number(), v.minValue(0)) }),
  }),
  v.strictObject({
    kind: v.literal('dead-letter'),
    payload: v.strictObject({ outlet: v.string(), rule: v.string(), why: v.string() }),
  }),
  v.strictObject({ kind: v.literal('level-up'), user: somebody, payload: v.strictObject({ level: number }) }),
]);

/** The end of the year 9999: later times nobody can read. */
const latestMs = 253_402_300_799_999;

/** Reads a live event that a caller made up. */
function readEvent(event: Readonly<Record<string, unknown>>, clock: Clock) {
  const read = readLiveEvent({ ...headOf(clock), ...event });
  if (!read.ok) return read;
  const problems = (['atMs', 'arrivedAtMs'] as const).flatMap((key) =>
    (read.event[key] ?? 0) <= latestMs ? [] : [`${key}: must be at most ${latestMs}`],
  );
  return problems.length === 0 ? read : { ok: false as const, problems };
}

/** Reads a moment that a caller made up: its kind and its payload. */
function readMoment(event: unknown, clock: Clock) {
  const read = v.safeParse(moment, event, { message: ruleInWords });
  if (!read.success)
    return {
      ok: false as const,
      problems: read.issues.map((issue) => `${v.getDotPath(issue) ?? 'the event'} ${issue.message}`),
    };
  const { platform, channel, room, session, atMs, arrivedAtMs } = headOf(clock);
  const head = { platform, channel, room, session, atMs, arrivedAtMs, origin: 'live', user: null } as const;
  return { ok: true as const, event: { ...head, ...read.output } };
}

function headOf(clock: Clock): Omit<LiveEvent, 'kind' | 'payload'> {
  const head = {
    version: liveEventVersion as typeof liveEventVersion,
    id: 'tried',
    platform: '',
    channel: '',
    room: 'tried',
  };
  const arrivedAtMs = Math.trunc(clock.wallMs());
  return { ...head, origin: 'live', session: 'tried', sequence: 1, atMs: null, arrivedAtMs, user: null };
}

const neither: Fault = {
  code: 'nothing-to-try',
  what: 'What to try is missing: give an event or a session, and not both.',
  remedy: `Send for example ${JSON.stringify({ event: exampleEvent })}.`,
};
const noEvent = { code: 'event-invalid', remedy: 'See docs/live-event.schema.json, or `livepen help rules`.' };
const noSession: Fault = {
  code: 'no-session',
  what: 'There is no such session.',
  remedy: 'See GET /sessions, or `livepen sessions`.',
};
