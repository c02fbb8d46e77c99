import { alertAnimations, oneEmoji } from '../domain/alert.ts';
import { chatForms, moderations } from '../domain/chat.ts';
import { espeakVoice, outletName, platformName } from '../domain/outside.ts';
import { nameMeant, plainText } from '../domain/plain-text.ts';
import type { OutsideAction } from '../domain/rules.ts';
import type { Worth } from '../domain/worth.ts';
import { kindsOfPeople, type RuleKind } from './facts.ts';
import { needsPoints, type Report } from './logic.ts';
import { checkTemplate, fill, refuseTemplate, type Templated } from './templates.ts';

/** What is drawn: strokes into rows, once, or for every so many of a unit that grows. */
interface DrawAction {
  readonly worth: Worth;
  /** Of what there is one `per`; null: it is drawn once. */
  readonly of: 'giftCount' | 'coins' | null;
}

interface WheelPart {
  readonly weight: number;
  readonly prize: string;
  readonly draw: DrawAction | null;
}

/** What a rule does when it fires. */
export interface RuleActions {
  readonly draw: DrawAction | null;
  readonly wheel: readonly WheelPart[] | null;
  /** The template of a text in ink. */
  readonly write: string | null;
  readonly outside: readonly OutsideTemplate[];
  /** What it gives to the person. */
  readonly given: { readonly points: number; readonly xp: number };
}

type OutsideTemplate = (filling: Parameters<typeof fill>[1]) => OutsideAction;

const actionsMax = 10;
const strokesMax = 10_000;
const perMax = 1_000_000;
const partsMax = 20;
const weightMax = 1_000;

const laterActions = ['ask'];
const givenMax = 1_000_000;
/** A text in ink has no more letters, as in the gift map. */
const inkLettersMax = 60;

interface Setting {
  readonly on: RuleKind;
  /** The rows of the config; null: of a version of a rule, which may name others. */
  readonly rowIds: readonly string[] | null;
  /** Whether the config has plates, on which texts are written. */
  readonly hasPlates: boolean;
  /** Whether the config has points. */
  readonly hasPoints: boolean;
}

/** Reads what a rule does; what is wrong is reported. */
export function readActions(written: unknown, setting: Setting, place: string, report: Report): RuleActions {
  const list: readonly unknown[] = Array.isArray(written) ? written : [];
  if (list.length === 0 || list.length > actionsMax)
    report(place, written, `must be a list of 1 to ${actionsMax} actions`);
  const hasWheel = list.some((action) => Object.hasOwn(objectOf(action), 'wheel'));
  let draw: DrawAction | null = null;
  let wheel: readonly WheelPart[] | null = null;
  let write: string | null = null;
  const given = readGiven(list, setting, place, report);
  const outside: OutsideTemplate[] = [];
  let inside = 0;
  for (const [index, action] of list.slice(0, actionsMax).entries()) {
    const at = `${place}[${index}]`;
    const [only, ...others] = Object.entries(objectOf(action));
    if (only === undefined || others.length > 0) {
      report(at, action, 'must be one action: {"draw": { … }}');
      continue;
    }
    const [name, value] = only;
    if (name === 'draw') draw = readDraw(value, setting, `${at}.draw`, report);
    else if (name === 'wheel') wheel = readWheel(value, setting, `${at}.wheel`, report);
    else if (name === 'write') {
      if (write !== null) report(at, name, 'stands beside another one');
      write = readWrite(value, { ...setting, hasWheel }, `${at}.write`, report);
    } else {
      const read = readOutside(name, value, { ...setting, hasWheel }, at, report);
      if (read !== null) outside.push(read);
    }
    if (name === 'draw' || name === 'wheel') inside += 1;
    if (inside === 2) {
      report(at, name, 'stands beside another draw or wheel; put it into a rule of its own');
      inside = 0;
    }
  }
  return { draw, wheel, write, outside, given };
}

/** What a rule gives; each kind stands once. */
function readGiven(
  list: readonly unknown[],
  { hasPoints }: Setting,
  place: string,
  report: Report,
): { readonly points: number; readonly xp: number } {
  const given = { points: 0, xp: 0 };
  for (const name of ['points', 'xp'] as const) {
    for (const [index, action] of list.slice(0, actionsMax).entries()) {
      const value = objectOf(action)[name];
      const at = `${place}[${index}]`;
      if (value === undefined) continue;
      if (!hasPoints) report(at, name, needsPoints);
      if (given[name] > 0) report(at, name, 'stands beside another one');
      given[name] = whole(value, 1, givenMax, name, `${at}.${name}`, report);
    }
  }
  return given;
}

function readWrite(value: unknown, setting: Setting & Templated, place: string, report: Report): string {
  const text = typeof value === 'string' ? value : objectOf(value).text;
  if (typeof value !== 'string') refuseOtherKeys(objectOf(value), ['text'], place, report);
  if (typeof text !== 'string' || plainText(text).trim() === '' || text.length > inkLettersMax)
    report(place, value, `must be a text of 1 to ${inkLettersMax} letters, such as "{username}"`);
  else checkTemplate(text, setting, place, report);
  if (!setting.hasPlates) report(place, value, 'needs a plate in the config, as [[plates]], to be written on');
  return typeof text === 'string' ? text : '';
}

function readDraw(written: unknown, setting: Setting, place: string, report: Report): DrawAction {
  const draw = objectOf(written);
  refuseOtherKeys(draw, ['row', 'rows', 'strokes', 'per', 'of'], place, report);
  const rows = readRows(draw, setting.rowIds, place, report);
  const strokes = whole(
    draw.strokes === undefined ? 1 : draw.strokes,
    1,
    strokesMax,
    'strokes',
    `${place}.strokes`,
    report,
  );
  if (draw.per === undefined) {
    if (draw.of !== undefined) report(`${place}.of`, draw.of, 'means nothing without "per"');
    return { worth: { rows, strokes, per: 1 }, of: null };
  }
  const per = whole(draw.per, 1, perMax, 'of what it is paid for', `${place}.per`, report);
  if (setting.on !== 'gift') report(`${place}.per`, draw.per, 'is accepted for gifts only, as yet');
  const of = draw.of === undefined ? 'giftCount' : draw.of;
  if (of !== 'giftCount' && of !== 'coins') report(`${place}.of`, of, 'must be "giftCount" or "coins"');
  return { worth: { rows, strokes, per }, of: of === 'coins' ? 'coins' : 'giftCount' };
}

function readRows(
  draw: Readonly<Record<string, unknown>>,
  rowIds: readonly string[] | null,
  place: string,
  report: Report,
): readonly string[] {
  const { row, rows } = draw;
  if ((row === undefined) === (rows === undefined)) report(place, draw, 'must have "row" or "rows", and not both');
  const written: readonly unknown[] = rows === undefined ? [row] : Array.isArray(rows) ? rows : [];
  const key = rows === undefined ? 'row' : 'rows';
  if (written.length === 0) report(`${place}.rows`, rows, 'must be a list of one row or more');
  const found = written.flatMap((each, index) => {
    const at = key === 'row' ? `${place}.row` : `${place}.rows[${index}]`;
    if (each === undefined) return [];
    if (typeof each !== 'string' && typeof each !== 'number') {
      report(at, each, 'must be a row: a number or its id as text');
      return [];
    }
    const name = plainText(String(each)).trim();
    const meant = rowIds === null ? name : nameMeant(rowIds, name);
    if (meant === null) report(at, name, `is not a row of the config; it has ${(rowIds ?? []).join(', ')}`);
    return [meant ?? name];
  });
  for (const [index, each] of found.entries())
    if (found.indexOf(each) !== index) report(`${place}.rows[${index}]`, each, 'stands twice in this list');
  return found;
}

function readWheel(written: unknown, setting: Setting, place: string, report: Report): readonly WheelPart[] {
  const list: readonly unknown[] = Array.isArray(written) ? written : [];
  if (list.length < 2 || list.length > partsMax) report(place, written, `must be a list of 2 to ${partsMax} parts`);
  return list.slice(0, partsMax).map((each, index) => {
    const at = `${place}[${index}]`;
    const part = objectOf(each);
    refuseOtherKeys(part, ['weight', 'prize', 'draw'], at, report);
    const weight = whole(
      part.weight === undefined ? 1 : part.weight,
      1,
      weightMax,
      'parts of the wheel',
      `${at}.weight`,
      report,
    );
    const prize = typeof part.prize === 'string' ? plainText(part.prize).trim() : '';
    if (prize === '' || prize.length > 60) report(`${at}.prize`, part.prize, 'must be a text of 1 to 60 letters');
    refuseTemplate(prize, setting, `${at}.prize`, report);
    const draw = part.draw === undefined ? null : readDraw(part.draw, setting, `${at}.draw`, report);
    if (draw !== null && draw.of !== null) report(`${at}.draw.per`, draw.worth.per, 'cannot stand in a wheel');
    return { weight, prize, draw };
  });
}

/** What a wheel stops at; `chance` is from 0 to below 1. */
export function partOf(wheel: readonly WheelPart[], chance: number): WheelPart | null {
  let left = chance * wheel.reduce((sum, { weight }) => sum + weight, 0);
  for (const part of wheel) {
    left -= part.weight;
    if (left < 0) return part;
  }
  return wheel.at(-1) ?? null;
}

/** How each key of an outside action is written. */
type Key = 'text' | 'template' | 'number' | 'volume' | 'templates' | 'templates by name';

/** What stands in braces is filled in; the worker opens no file but one of its folder. */
const fileName: readonly [RegExp, string] = [
  /^[\p{L}\p{N}{][\p{L}\p{N} ._{}-]{0,99}$/u,
  'must be the name of a file, of letters, digits, blanks and . _ -, without a path',
];

interface OutsideForm {
  /** The key that stands alone where only a text is written. */
  readonly short: string | null;
  readonly must: Readonly<Record<string, Key>>;
  readonly may: Readonly<Record<string, Key>>;
  /** Whether, as it is written, it is about a person: the one of the event, unless "to" names another. */
  readonly isAbout?: (written: Readonly<Record<string, unknown>>) => boolean;
  /** What the values of some keys must look like. */
  readonly looks?: Readonly<Record<string, readonly [RegExp, string]>>;
}

const outsideForms: Readonly<Record<string, OutsideForm>> = {
  alert: {
    short: 'text',
    must: { text: 'template' },
    may: { seconds: 'number', animation: 'text', emoji: 'text', picture: 'template', sound: 'template' },
    looks: {
      picture: fileName,
      sound: fileName,
      animation: [new RegExp(`^(?:${alertAnimations.join('|')})$`), `must be ${alertAnimations.join(', ')}`],
      emoji: [oneEmoji, 'must be one emoji'],
    },
  },
  say: {
    short: 'text',
    must: { text: 'template' },
    may: { voice: 'text' },
    looks: {
      voice: [new RegExp(`^${espeakVoice.source}$`), 'must be a voice of espeak-ng, such as "de" or "en-us+f3"'],
    },
  },
  sound: { short: 'name', must: { name: 'template' }, may: { volume: 'volume' }, looks: { name: fileName } },
  obs: {
    short: null,
    must: { request: 'text' },
    may: { data: 'templates by name' },
    looks: { request: [/^[A-Za-z]{1,60}$/, 'must be the name of a request of obs-websocket'] },
  },
  osc: {
    short: null,
    must: { address: 'text' },
    may: { args: 'templates', to: 'text' },
    looks: { address: [/^\/[!-~]{1,200}$/, 'must begin with / and have no blanks'], to: outletName },
  },
  webhook: { short: 'to', must: { to: 'text' }, may: { data: 'templates by name' }, looks: { to: outletName } },
  mqtt: {
    short: null,
    must: { topic: 'text', message: 'template' },
    may: {},
    looks: { topic: [/^[^+#\p{Cc}]{1,200}$/u, 'must be a topic, without + and #'] },
  },
  chat: {
    short: 'text',
    must: { text: 'template' },
    may: { how: 'text', to: 'template', on: 'text' },
    isAbout: ({ how }) => how === 'whisper' || how === 'reply',
    looks: {
      how: [new RegExp(`^(?:${chatForms.join('|')})$`), `must be ${chatForms.join(', ')}`],
      on: platformName,
    },
  },
  moderate: {
    short: 'act',
    must: { act: 'text' },
    may: { to: 'template' },
    isAbout: () => true,
    looks: { act: [new RegExp(`^(?:${moderations.join('|')})$`), `must be ${moderations.join(', ')}`] },
  },
  log: { short: 'text', must: { text: 'template' }, may: {} },
};

const kinds = ['draw', 'wheel', 'write', 'points', 'xp', ...Object.keys(outsideForms)];

function readOutside(
  name: string,
  value: unknown,
  setting: Templated,
  place: string,
  report: Report,
): OutsideTemplate | null {
  if (name === 'points' || name === 'xp') return null;
  if (laterActions.includes(name)) report(place, name, 'is not accepted yet');
  const form = Object.hasOwn(outsideForms, name) ? outsideForms[name] : undefined;
  if (form === undefined) {
    if (!laterActions.includes(name)) report(place, name, `is no action; there are ${kinds.join(', ')}`);
    return null;
  }
  const at = `${place}.${name}`;
  const short = typeof value === 'string' && form.short !== null ? { [form.short]: value } : objectOf(value);
  const isAbout = form.isAbout?.(short) === true;
  const written = isAbout && kindsOfPeople.includes(setting.on) ? { to: '{username}', ...short } : short;
  const all = { ...form.must, ...form.may };
  refuseOtherKeys(written, Object.keys(all), at, report);
  for (const key of [...Object.keys(form.must), ...(isAbout ? ['to'] : [])])
    if (written[key] === undefined) report(`${at}.${key}`, undefined, 'is missing');
  const parts = Object.entries(all).flatMap(([key, kind]) => {
    const part = written[key];
    if (part === undefined) return [];
    const [pattern, rule] = form.looks?.[key] ?? [];
    if (typeof part === 'string' && pattern !== undefined && !pattern.test(part))
      report(`${at}.${key}`, part, rule ?? '');
    checkPart(kind, part, setting, `${at}.${key}`, report);
    return [[key, kind, part] as const];
  });
  return (filling) => ({
    do: name,
    with: Object.fromEntries(parts.map(([key, kind, part]) => [key, kind === 'text' ? part : filled(part, filling)])),
  });
}

function checkPart(kind: Key, part: unknown, setting: Templated, place: string, report: Report): void {
  if (kind === 'number') {
    const isRight = typeof part === 'number' && part >= 1 && part <= 60;
    if (!isRight) report(place, part, 'must be 1 to 60');
    return;
  }
  if (kind === 'volume') {
    const isRight = typeof part === 'number' && part >= 0 && part <= 1;
    if (!isRight) report(place, part, 'must be a volume from 0 to 1');
    return;
  }
  if (kind === 'text' || kind === 'template') {
    if (typeof part !== 'string' || part.trim() === '') report(place, part, 'must be text, in quotes');
    else if (kind === 'template') checkTemplate(part, setting, place, report);
    else if (part.length > 200) report(place, part, 'must have at most 200 letters');
    else refuseTemplate(part, setting, place, report);
    return;
  }
  const isList = Array.isArray(part);
  if (isList !== (kind === 'templates') || typeof part !== 'object' || part === null)
    report(place, part, kind === 'templates' ? 'must be a list' : 'must be an object');
  else checkValues(part, isList, setting, place, report);
}

function checkValues(part: object, isList: boolean, setting: Templated, place: string, report: Report): void {
  const values = Object.entries(part);
  if (values.length > 20) report(place, part, 'must have at most 20 values');
  for (const [key, value] of values.slice(0, 20)) {
    const at = isList ? `${place}[${key}]` : `${place}.${key}`;
    if (typeof value === 'string') checkTemplate(value, setting, at, report);
    else if (typeof value !== 'boolean' && !(typeof value === 'number' && Number.isFinite(value)))
      report(at, value, 'must be text, a number, true or false');
  }
}

function filled(part: unknown, filling: Parameters<typeof fill>[1]): unknown {
  if (typeof part === 'string') return fill(part, filling);
  if (Array.isArray(part)) return part.map((each) => filled(each, filling));
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, filled(value, filling)]));
}

/** A whole number within bounds; what is none is reported, and the least is taken for it. */
export function whole(
  value: unknown,
  least: number,
  most: number,
  what: string,
  place: string,
  report: Report,
): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value;
  report(place, value, `must be a whole number of ${what}, ${least} to ${most}`);
  return least;
}

/** Reports keys that are not known at a place. */
export function refuseOtherKeys(
  object: Readonly<Record<string, unknown>>,
  known: readonly string[],
  place: string,
  report: Report,
): void {
  for (const [key, value] of Object.entries(object))
    if (!known.includes(key)) report(`${place}.${key}`, value, `is not known here; there are ${known.join(', ')}`);
}

/** An object, or one without keys for what is none. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
