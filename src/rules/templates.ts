import type { RuleEvent } from '../domain/moment.ts';
import { decimalsOf } from '../domain/money.ts';
import { plainText } from '../domain/plain-text.ts';
import type { PointsStanding } from '../domain/rules.ts';
import { coinsOfOne, kindsOfPeople, type RuleKind, ruleKinds } from './facts.ts';
import { needsPoints, type Report } from './logic.ts';

/** A filled text is cut after so many letters. */
const filledMax = 500;
const writtenMax = 500;

/** What a template can name, and of which events. */
const names: Readonly<Record<string, readonly RuleKind[]>> = {
  username: kindsOfPeople,
  displayName: kindsOfPeople,
  giftName: ['gift'],
  giftCount: ['gift', 'subscribe'],
  coins: ['gift'],
  amount: ['donation', 'tip'],
  currency: ['donation'],
  message: ['donation', 'tip', 'chat'],
  eventType: ruleKinds,
  timestamp: ruleKinds,
  streamId: ruleKinds,
  goal: ['goal-reached'],
  target: ['goal-reached'],
  sheet: ['sheet-opened'],
  from: ['state'],
  to: ['state'],
  likes: ['likes'],
  outlet: ['dead-letter'],
  rule: ['dead-letter'],
  why: ['dead-letter'],
  points: kindsOfPeople,
  level: kindsOfPeople,
  place: kindsOfPeople,
};
/** What is known only where people save points. */
const savedNames = ['points', 'level', 'place'];

const name = /\{(\w+)\}/g;
/** What stands in braces like a name, in any script; JSON, with its quotes and colons, does not. */
const likeName = /\{(\w+|[\p{L}\p{M}\p{N}\p{Zs}\t_.-]{1,40})\}/gu;
const somethingNamed = /[\p{L}\p{N}_]/u;

/** What a template is filled from. */
interface Filling {
  readonly event: RuleEvent;
  /** How far the event has come. */
  readonly count: number;
  /** What a wheel chose, null where none was turned. */
  readonly prize: string | null;
  /** What the person has; null where nobody saves. */
  readonly standing: PointsStanding | null;
}

/** What decides which names a template may have. */
export interface Templated {
  readonly on: RuleKind;
  readonly hasWheel: boolean;
  readonly hasPoints: boolean;
  /** The rows of the config; null: of a version of a rule, which was read by the checks of its own time. */
  readonly rowIds: readonly string[] | null;
}

/** Reports what a template names that its rule's events do not have, however it is written. */
export function checkTemplate(
  text: string,
  { on, hasWheel, hasPoints, rowIds }: Templated,
  place: string,
  report: Report,
): void {
  if (rowIds === null) return;
  if (text.length > writtenMax) report(place, text, `must have at most ${writtenMax} letters`);
  for (const [whole, named = ''] of text.matchAll(likeName)) {
    if (!somethingNamed.test(named)) continue;
    if (!hasPoints && savedNames.includes(named)) report(place, whole, needsPoints);
    else if (named === 'prize') {
      if (!hasWheel && on !== 'wheel') report(place, whole, 'is what a wheel chose, and this rule turns none');
    } else if (!(Object.hasOwn(names, named) && names[named]?.includes(on))) {
      const known = Object.entries(names).flatMap(([each, kinds]) =>
        kinds.includes(on) && (hasPoints || !savedNames.includes(each)) ? [each] : [],
      );
      if (hasWheel || on === 'wheel') known.push('prize');
      const meant = known.find((each) => lettersOf(each) === lettersOf(named));
      const listed = known.map((each) => `{${each}}`).join(' ');
      report(place, whole, meant === undefined ? `is nothing that ${on} has; it has ${listed}` : `must be {${meant}}`);
    }
  }
}

/** Reports a text that stands as it is written, and names what would be filled in elsewhere. */
export function refuseTemplate(
  text: string,
  { rowIds }: Pick<Templated, 'rowIds'>,
  place: string,
  report: Report,
): void {
  if (rowIds === null) return;
  const known = new Set([...Object.keys(names), 'prize'].map(lettersOf));
  for (const [whole, named = ''] of text.matchAll(likeName))
    if (known.has(lettersOf(named))) report(place, whole, 'cannot stand here, where nothing is filled in');
}

/** A name as it is meant, however it is written. */
function lettersOf(written: string): string {
  return written.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase();
}

/** Fills a template in one pass: what a person calls themselves is never taken for a template. */
export function fill(text: string, filling: Filling): string {
  const values = valuesOf(filling);
  if (text.includes('{place}')) values.set('place', String(filling.standing?.place?.() ?? ''));
  // What an event of its kind may have and this one lacks is left out: nobody in particular has no points.
  const filled = text.replace(name, (whole, named: string) => {
    return values.get(named) ?? (Object.hasOwn(names, named) || named === 'prize' ? '' : whole);
  });
  return [...plainText(filled)].slice(0, filledMax).join('');
}

/** '' for a time that no calendar has: what a platform says of it keeps no rule from firing. */
function isoTime(wallMs: number): string {
  const at = new Date(wallMs);
  return Number.isNaN(at.getTime()) ? '' : at.toISOString();
}

function valuesOf({ event, count, prize, standing }: Filling): Map<string, string> {
  const { user } = event;
  const values = new Map<string, string>([
    ['username', user?.handle ?? user?.name ?? ''],
    ['displayName', user?.name ?? ''],
    ['giftCount', String(count)],
    ['coins', String(coinsOfOne(event) * count)],
    ['eventType', event.kind],
    ['timestamp', isoTime(event.atMs ?? event.arrivedAtMs)],
    ['streamId', event.room],
  ]);
  if (standing !== null) values.set('points', String(standing.points)).set('level', String(standing.level));
  if (prize !== null) values.set('prize', prize);
  else if (event.kind === 'wheel') values.set('prize', event.payload.prize);
  if (event.kind === 'gift') values.set('giftName', event.payload.gift.name);
  if (event.kind === 'donation') {
    const { amountMinor, currency, text } = event.payload;
    const places = decimalsOf(currency);
    values.set('amount', (amountMinor / 10 ** places).toFixed(places));
    values.set('currency', currency).set('message', text);
  }
  if (event.kind === 'chat') values.set('message', event.payload.text);
  if (event.kind === 'sheet-opened') values.set('sheet', String(event.payload.sheet));
  if (event.kind === 'goal-reached') values.set('goal', event.payload.goal).set('target', String(event.payload.target));
  if (event.kind === 'level-up') values.set('level', String(event.payload.level));
  if (event.kind === 'likes') values.set('likes', String(event.payload.every * event.payload.nth));
  if (event.kind === 'dead-letter')
    values.set('outlet', event.payload.outlet).set('rule', event.payload.rule).set('why', event.payload.why);
  if (event.kind === 'state') values.set('from', event.payload.from).set('to', event.payload.to);
  if (event.kind === 'tip') values.set('amount', String(event.payload.tokens)).set('message', event.payload.text);
  return values;
}
