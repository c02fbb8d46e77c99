import type { LiveEventKind } from '../domain/live-event.ts';
import { momentKinds, type RuleEvent } from '../domain/moment.ts';
import { decimalsOf } from '../domain/money.ts';
import { comparableName } from '../domain/plain-text.ts';
import { keptIfHeld, type PersonFacts, type SheetFacts } from '../domain/rules.ts';

/** Kinds of events of lives that rules can wait for: those that can be written down one by one. */
export const liveRuleKinds = [
  'gift',
  'donation',
  'tip',
  'follow',
  'share',
  'subscribe',
  'wheel',
  'goal',
  'raid',
  'chat',
  'join',
  'emote',
  'battle',
  'raid-out',
] as const satisfies readonly LiveEventKind[];

/** Kinds of all that rules can wait for. */
export const ruleKinds = [...liveRuleKinds, ...momentKinds] as const;
export type RuleKind = (typeof ruleKinds)[number];

export type FactType = 'text' | 'number' | 'flag' | 'texts';

/** One thing that a condition can ask for. */
interface Fact {
  readonly type: FactType;
  readonly kinds: readonly RuleKind[];
  /** It grows with a streak: it may stand in `>=` alone. */
  readonly grows?: true;
  /** It is known only where people save points. */
  readonly saved?: true;
}

/** Of kinds that gifts do not drown, the ledger finds what came before. */
const firstKinds = ['follow', 'share', 'subscribe', 'raid'] as const satisfies readonly RuleKind[];

/** Kinds of which all that come are written down, by whom they are. */
const nthKinds = ['gift', 'donation', 'tip', 'share', 'subscribe', 'raid'] as const satisfies readonly RuleKind[];

/** Of what is kept only if a rule holds, that is judged before anybody's account is looked at. */
const savedKinds = liveRuleKinds.filter((kind) => !keptIfHeld.includes(kind));

/** Kinds of what a person does, or comes to. */
export const kindsOfPeople: readonly RuleKind[] = [...liveRuleKinds, 'level-up'];

/** Where what the ledger knows is looked up. */
const kindsWithSheet = ruleKinds.filter((kind) => !keptIfHeld.some((each) => each === kind));

/** What conditions can ask for, by name. */
export const factNames: Readonly<Record<string, Fact>> = {
  platform: { type: 'text', kinds: [...liveRuleKinds, 'live-started', 'live-ended', 'likes'] },
  username: { type: 'text', kinds: kindsOfPeople },
  displayName: { type: 'text', kinds: kindsOfPeople },
  roles: { type: 'texts', kinds: kindsOfPeople },
  isFirst: { type: 'flag', kinds: firstKinds },
  points: { type: 'number', kinds: savedKinds, saved: true },
  level: { type: 'number', kinds: [...savedKinds, 'level-up'], saved: true },
  giftName: { type: 'text', kinds: ['gift'] },
  giftId: { type: 'text', kinds: ['gift'] },
  giftCoins: { type: 'number', kinds: ['gift'] },
  giftCount: { type: 'number', kinds: ['gift', 'subscribe'], grows: true },
  coins: { type: 'number', kinds: ['gift'], grows: true },
  amount: { type: 'number', kinds: ['donation'] },
  currency: { type: 'text', kinds: ['donation'] },
  message: { type: 'text', kinds: ['donation', 'tip', 'chat'] },
  tokens: { type: 'number', kinds: ['tip', 'wheel', 'goal'] },
  item: { type: 'text', kinds: ['tip'] },
  prize: { type: 'text', kinds: ['wheel'] },
  title: { type: 'text', kinds: ['goal'] },
  viewers: { type: 'number', kinds: ['raid', 'raid-out'] },
  emote: { type: 'text', kinds: ['emote'] },
  sheet: { type: 'number', kinds: kindsWithSheet },
  sheetFilled: { type: 'number', kinds: kindsWithSheet },
  strokesFree: { type: 'number', kinds: kindsWithSheet },
  rowsFree: { type: 'number', kinds: kindsWithSheet },
  pending: { type: 'number', kinds: kindsWithSheet },
  drawnTonight: { type: 'number', kinds: kindsWithSheet },
  from: { type: 'text', kinds: ['state'] },
  to: { type: 'text', kinds: ['state'] },
  goal: { type: 'text', kinds: ['goal-reached'] },
  target: { type: 'number', kinds: ['goal-reached'] },
  outlet: { type: 'text', kinds: ['dead-letter'] },
  rule: { type: 'text', kinds: ['dead-letter'] },
  why: { type: 'text', kinds: ['dead-letter'] },
  likes: { type: 'number', kinds: ['likes'] },
  tick: { type: 'number', kinds: ['timer'] },
  nth: { type: 'number', kinds: nthKinds },
};

/** Facts of the paper; before an event, as all that it does not bring itself. */
export const factsOfSheet = [
  'sheet',
  'sheetFilled',
  'strokesFree',
  'rowsFree',
  'pending',
  'drawnTonight',
] as const satisfies readonly (keyof SheetFacts)[];

type FactValue = string | number | boolean | readonly string[];
/** Facts without a prototype: nothing can be asked for that does not stand here. What is not known is not in it. */
export type Facts = Readonly<Record<string, FactValue>>;

/** The price of one gift; one whose price is not known counts as one coin, as in the gift map. */
export function coinsOfOne(event: RuleEvent): number {
  return event.kind === 'gift' ? Math.max(1, event.payload.gift.coins) : 1;
}

/** What conditions are judged by, of what they ask for. Texts are as they are compared: without regard to case. */
export function factsOf(event: RuleEvent, asked: ReadonlySet<string>): Record<string, FactValue> {
  const facts: Record<string, FactValue> = Object.create(null);
  for (const name of asked) {
    const value = factOf(event, name);
    if (value !== undefined) facts[name] = value;
  }
  return facts;
}

/** One of them; undefined where the event does not have it. Most rules are left by one alone. */
export function factOf(event: RuleEvent, name: string): FactValue | undefined {
  const { user } = event;
  switch (name) {
    case 'platform':
      return compared(event.platform);
    case 'username':
      return user === null ? undefined : compared(user.handle ?? user.name);
    case 'displayName':
      return user === null ? undefined : compared(user.name);
    case 'roles':
      return user?.roles?.map(compared);
    default:
      return event.kind === 'gift' ? giftFact(event.payload.gift, name) : payloadFacts(event)[name];
  }
}

function giftFact({ name: giftName, id, coins }: { name: string; id: string; coins: number }, name: string) {
  if (name === 'giftName') return compared(giftName);
  if (name === 'giftId') return compared(id);
  return name === 'giftCoins' ? coins : undefined;
}

const comparedMax = 8_000;
const known = new Map<string, string>();

/** Names repeat all evening, and to compare one takes as long as to judge a hundred rules. */
function compared(name: string): string {
  const found = known.get(name);
  if (found !== undefined) return found;
  if (known.size >= comparedMax) known.clear();
  const fresh = comparableName(name);
  known.set(name, fresh);
  return fresh;
}

function payloadFacts(event: RuleEvent): Facts {
  const facts: Record<string, FactValue> = Object.create(null);
  switch (event.kind) {
    case 'donation': {
      const { amountMinor, currency, text } = event.payload;
      facts.amount = amountMinor / 10 ** decimalsOf(currency);
      facts.currency = comparableName(currency);
      facts.message = comparableName(text);
      break;
    }
    case 'tip':
      facts.tokens = event.payload.tokens;
      facts.item = comparableName(event.payload.item);
      facts.message = comparableName(event.payload.text);
      break;
    case 'wheel':
      facts.tokens = event.payload.tokens;
      facts.prize = comparableName(event.payload.prize);
      break;
    case 'goal':
      facts.tokens = event.payload.tokens;
      facts.title = comparableName(event.payload.title);
      break;
    case 'emote':
      facts.emote = comparableName(event.payload.emoteId);
      break;
    case 'raid':
    case 'raid-out':
      facts.viewers = event.payload.viewers;
      break;
    case 'chat':
      facts.message = comparableName(event.payload.text);
      break;
    case 'sheet-opened':
      facts.sheet = event.payload.sheet;
      break;
    case 'state':
      facts.from = comparableName(event.payload.from);
      facts.to = comparableName(event.payload.to);
      break;
    case 'goal-reached':
      facts.goal = comparableName(event.payload.goal);
      facts.target = event.payload.target;
      break;
    case 'level-up':
      facts.level = event.payload.level;
      break;
    case 'dead-letter':
      facts.outlet = comparableName(event.payload.outlet);
      facts.rule = comparableName(event.payload.rule);
      facts.why = comparableName(event.payload.why);
      break;
    case 'likes':
      facts.likes = event.payload.every * event.payload.nth;
      break;
    case 'timer':
      facts.tick = event.payload.nth;
      break;
    default:
  }
  return facts;
}

/** The same with what the ledger knows of the person, as far as a rule asks for it. */
export function withPerson(
  facts: Record<string, FactValue>,
  person: PersonFacts,
  { asks, withinMs }: { readonly asks: readonly string[]; readonly withinMs: number | null },
): Facts {
  if (asks.includes('isFirst')) set(facts, 'isFirst', person.isFirst());
  const standing = asks.includes('points') || asks.includes('level') ? person.standing() : null;
  set(facts, 'points', standing?.points ?? null);
  // Whoever comes to several levels at once has a moment of each, and stands on the last of them.
  if (!Object.hasOwn(facts, 'level')) set(facts, 'level', standing?.level ?? null);
  if (withinMs !== null && asks.includes('nth')) set(facts, 'nth', person.nthWithin(withinMs));
  const ofSheet = factsOfSheet.filter((name) => asks.includes(name));
  const sheet = ofSheet.length > 0 ? person.sheet() : null;
  for (const name of ofSheet) if (!Object.hasOwn(facts, name)) set(facts, name, sheet?.[name] ?? null);
  return facts;
}

function set(facts: Record<string, FactValue>, name: string, value: FactValue | null): void {
  if (value === null) delete facts[name];
  else facts[name] = value;
}
