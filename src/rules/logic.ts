import jsonLogic from 'json-logic-js';
import { comparableName } from '../domain/plain-text.ts';
import { type Facts, type FactType, factNames, factsOfSheet, type RuleKind } from './facts.ts';

/** Something is wrong at a place: what stands there, and the rule that it breaks. */
export type Report = (place: string, value: unknown, rule: string) => void;

/** A condition that was found sound. */
export interface Condition {
  /** Facts that it asks for: where an event lacks one of them, it does not hold. */
  readonly asks: readonly string[];
  /** Whether one of them is what the ledger knows of a person. */
  readonly asksOfPerson: boolean;
  /** From which value on a fact that grows is enough; each must be reached. */
  readonly grown: readonly { readonly fact: string; readonly atLeast: number }[];
  /** A fact that must have one value: by it the rules of an event are found. Null where there is none. */
  readonly needs: { readonly fact: string; readonly value: string | number } | null;
  /** Where there is none: a fact that must have a value or more. */
  readonly needsAtLeast: { readonly fact: string; readonly value: number } | null;
  /** Whether the rest holds; it does not where a fact is missing that it asks for. */
  holds(facts: Facts): boolean;
}

const depthMax = 20;
const nodesMax = 200;
const lettersMax = 200;

/** `broken`: it was reported, and nothing more is said of it. */
type Type = FactType | 'broken';

interface Operator {
  readonly least: number;
  readonly most: number;
  /** What its operands must be; null: see `typeOf`. */
  readonly takes: FactType | null;
  readonly gives: FactType;
}

const comparing: Operator = { least: 2, most: 2, takes: null, gives: 'flag' };
const ordering: Operator = { least: 2, most: 2, takes: 'number', gives: 'flag' };
const reckoning: Operator = { least: 2, most: 20, takes: 'number', gives: 'number' };

/** Of JsonLogic what neither loops nor calls; `in` and `if` have rules of their own below. */
const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['==', comparing],
  ['===', comparing],
  ['!=', comparing],
  ['!==', comparing],
  ['<', { ...ordering, most: 3 }],
  ['<=', { ...ordering, most: 3 }],
  ['>', ordering],
  ['>=', ordering],
  ['!', { least: 1, most: 1, takes: 'flag', gives: 'flag' }],
  ['!!', { least: 1, most: 1, takes: 'flag', gives: 'flag' }],
  ['and', { least: 1, most: 50, takes: 'flag', gives: 'flag' }],
  ['or', { least: 1, most: 50, takes: 'flag', gives: 'flag' }],
  ['if', { least: 3, most: 3, takes: null, gives: 'flag' }],
  ['in', { least: 2, most: 2, takes: null, gives: 'flag' }],
  ['+', reckoning],
  ['-', { ...reckoning, most: 2 }],
  ['*', reckoning],
  ['/', { ...reckoning, most: 2 }],
  ['%', { ...reckoning, most: 2 }],
  ['min', reckoning],
  ['max', reckoning],
  ['cat', { least: 2, most: 20, takes: 'text', gives: 'text' }],
  ['substr', { least: 2, most: 3, takes: null, gives: 'text' }],
]);

/** The short form: `["giftName", "==", "Rose"]`. */
const shortOperators = ['==', '!=', '>', '>=', '<', '<=', 'contains', 'startsWith', 'endsWith'] as const;

const always: Condition = {
  asks: [],
  asksOfPerson: false,
  grown: [],
  needs: null,
  needsAtLeast: null,
  holds: () => true,
};

/**
 * Reads a condition on events of a kind: JsonLogic, or the short form. What a streak makes grow may stand in `>=` alone,
 * beside all else that is asked for; what stands there otherwise is reported.
 */
export function readCondition(
  written: unknown,
  { on, hasPoints }: { readonly on: RuleKind; readonly hasPoints: boolean },
  place: string,
  report: Report,
): Condition {
  if (written === undefined) return always;
  if (written === null) report(place, written, 'must be a condition; leave it out where the rule asks for nothing');
  const logic = Array.isArray(written) ? shortAsLogic(written, place, report) : written;
  if (logic === null) return always;
  const parts = conjunctsOf(logic);
  // What stands in the short form is called by its line there, and not by what it was made to.
  const placeOf = (index: number) => {
    if (Array.isArray(written)) return typeof written[0] === 'string' ? place : `${place}[${index}]`;
    return parts.length === 1 ? place : `${place}.and[${index}]`;
  };
  let reportAt = report;
  const reader = new LogicReader(on, hasPoints, (at, value, rule) => reportAt(at, value, rule));
  const grown: { fact: string; atLeast: number }[] = [];
  const steady: unknown[] = [];
  for (const [index, part] of parts.entries()) {
    const at = placeOf(index);
    if (Array.isArray(written)) reportAt = (_, value, rule) => report(at, value, rule);
    const least = atLeastOf(part);
    if (least !== null && factNames[least.fact]?.grows === true) {
      reader.read(part, at, true);
      if (least.atLeast < 0 || !Number.isFinite(least.atLeast)) report(at, least.atLeast, 'must be 0 or more');
      grown.push(least);
      continue;
    }
    const read = reader.read(part, at);
    if (read.type !== 'flag' && read.type !== 'broken')
      reportAt(at, part, 'must be a question that is answered with yes or no');
    steady.push(read.logic);
  }
  const asks = [...reader.asks];
  // Rules are found by what an event carries: what a person did is looked up for what is left.
  const ofEvent = (each: { readonly fact: string } | null) => each !== null && !factsOfPerson.includes(each.fact);
  const needs = steady.map(equalityOf).find(ofEvent) ?? null;
  const atLeast = steady.map(thresholdOf).find(ofEvent) ?? null;
  const asksOfPerson = asks.some((fact) => factsOfPerson.includes(fact));
  return {
    asks,
    asksOfPerson,
    grown,
    needs,
    needsAtLeast: needs === null ? atLeast : null,
    holds: judgeOf(steady, asks),
  };
}

const factsOfPerson: readonly string[] = ['isFirst', 'nth', 'points', 'level', ...factsOfSheet];

/** What has all to be true. */
function conjunctsOf(logic: unknown): readonly unknown[] {
  const [operator, operands] = operationOf(logic) ?? [];
  return operator === 'and' && Array.isArray(operands) && operands.length > 0 ? operands : [logic];
}

function operationOf(logic: unknown): readonly [string, unknown] | null {
  if (typeof logic !== 'object' || logic === null || Array.isArray(logic)) return null;
  const entries = Object.entries(logic);
  return entries.length === 1 ? (entries[0] ?? null) : null;
}

/** `fact >= number`, or the same the other way round. */
function atLeastOf(logic: unknown): { readonly fact: string; readonly atLeast: number } | null {
  const [operator, operands] = operationOf(logic) ?? [];
  if (!Array.isArray(operands) || operands.length !== 2) return null;
  const [first, second]: unknown[] = operator === '<=' ? [operands[1], operands[0]] : operands;
  const fact = factOf(first);
  const isSo = operator === '>=' || operator === '<=';
  return isSo && fact !== null && typeof second === 'number' ? { fact, atLeast: second } : null;
}

function factOf(logic: unknown): string | null {
  const [operator, operand] = operationOf(logic) ?? [];
  if (operator !== 'var') return null;
  const name: unknown = Array.isArray(operand) && operand.length === 1 ? operand[0] : operand;
  return typeof name === 'string' ? name : null;
}

interface Read {
  readonly type: Type;
  /** As it is judged: texts as they are compared. */
  readonly logic: unknown;
}

const nothingRead: Read = { type: 'broken', logic: false };

/** Walks one condition; its bounds hold for the whole. */
class LogicReader {
  readonly asks = new Set<string>();
  readonly #on: RuleKind;
  readonly #hasPoints: boolean;
  readonly #report: Report;
  #nodes = 0;

  constructor(on: RuleKind, hasPoints: boolean, report: Report) {
    this.#on = on;
    this.#hasPoints = hasPoints;
    this.#report = report;
  }

  read(logic: unknown, place: string, mayGrow = false, depth = 1): Read {
    this.#nodes += 1;
    if (this.#nodes > nodesMax + 1) return nothingRead;
    if (this.#nodes > nodesMax) return this.#refuse(place, logic, `is too long: at most ${nodesMax} parts`);
    if (depth > depthMax) return this.#refuse(place, logic, `is nested too deep: at most ${depthMax} times`);
    if (typeof logic === 'boolean') return { type: 'flag', logic };
    if (typeof logic === 'number')
      return Number.isFinite(logic) ? { type: 'number', logic } : this.#refuse(place, logic, 'must be a number');
    if (typeof logic === 'string') return this.#text(logic, place);
    const operation = operationOf(logic);
    if (operation === null) return this.#refuse(place, logic, 'must be one operator with its operands, or a value');
    const [operator, operands] = operation;
    if (operator === 'var') return this.#fact(logic, place, mayGrow);
    const known = operators.get(operator);
    if (known === undefined)
      return this.#refuse(place, operator, `is no operator here; there are ${[...operators.keys()].join(' ')} var`);
    const list: readonly unknown[] = Array.isArray(operands) ? operands : [operands];
    if (list.length < known.least || list.length > known.most)
      return this.#refuse(place, logic, `"${operator}" takes ${takes(known)}`);
    return this.#operation(operator, known, list, `${place}.${operator}`, mayGrow, depth + 1);
  }

  #operation(name: string, known: Operator, list: readonly unknown[], place: string, mayGrow: boolean, depth: number) {
    const at = (index: number) => (list.length === 1 ? place : `${place}[${index}]`);
    if (name === 'in' && Array.isArray(list[1])) return this.#oneOf(list[0], list[1], at, depth);
    const read = list.map((operand, index) => this.read(operand, at(index), mayGrow, depth));
    const types = read.map(({ type }) => type);
    const logic = { [name]: read.map((each) => each.logic) };
    if (known.takes !== null) {
      this.#allMustBe(known.takes, types, list, at);
      const divides = name === '/' || name === '%';
      if (divides && (typeof list[1] !== 'number' || list[1] === 0))
        this.#report(at(1), list[1], 'must be a number that is written here, and not 0');
      return { type: known.gives, logic };
    }
    if (name === 'if') return this.#choice(types, list, at, logic);
    if (name === 'substr') {
      this.#mustBe('text', types[0], at(0), list[0]);
      this.#places(list.slice(1), (index) => at(index + 1));
      return { type: known.gives, logic };
    }
    if (name === 'in') {
      this.#mustBe('text', types[0], at(0), list[0]);
      if (types[1] !== 'text' && types[1] !== 'texts' && types[1] !== 'broken')
        this.#report(at(1), list[1], 'must be a text, roles, or a list of texts');
      return { type: known.gives, logic };
    }
    if (!types.includes('broken') && (types[0] !== types[1] || types[0] === 'texts'))
      this.#report(place, list, 'must compare two of a kind: two texts, two numbers, or two of yes and no');
    return { type: known.gives, logic };
  }

  #places(list: readonly unknown[], at: (index: number) => string): void {
    for (const [index, each] of list.entries())
      if (!Number.isSafeInteger(each)) this.#report(at(index), each, 'must be a whole number');
  }

  #choice(types: readonly Type[], list: readonly unknown[], at: (index: number) => string, logic: unknown): Read {
    this.#mustBe('flag', types[0], at(0), list[0]);
    const [, type = 'flag', other] = types;
    if (type !== other && other !== 'broken')
      this.#report(at(2), list[2], `must be of the kind of what stands before it`);
    return { type, logic };
  }

  #oneOf(needle: unknown, values: readonly unknown[], at: (index: number) => string, depth: number): Read {
    const { type, logic } = this.read(needle, at(0), false, depth);
    const among = values.map((value, index) => {
      const read = this.read(value, `${at(1)}[${index}]`, false, depth);
      const isSame = read.type === type && (typeof value === 'string' || typeof value === 'number');
      if (!isSame && type !== 'broken')
        this.#report(`${at(1)}[${index}]`, value, `must be ${inWords(type)} that is written here`);
      return read.logic;
    });
    if (values.length === 0) this.#report(at(1), values, 'must not be empty');
    return { type: 'flag', logic: { in: [logic, among] } };
  }

  #allMustBe(type: FactType, found: readonly Type[], values: readonly unknown[], at: (index: number) => string): void {
    for (const [index, each] of found.entries()) this.#mustBe(type, each, at(index), values[index]);
  }

  #mustBe(type: FactType, found: Type | undefined, place: string, value: unknown): void {
    if (found !== type && found !== 'broken') this.#report(place, value, `must be ${inWords(type)}`);
  }

  #text(text: string, place: string): Read {
    const compared = comparableName(text);
    if (text.length > lettersMax) this.#report(place, text, `must have at most ${lettersMax} letters`);
    return { type: 'text', logic: compared };
  }

  #fact(logic: unknown, place: string, mayGrow: boolean): Read {
    const name = factOf(logic);
    if (name === null) return this.#refuse(place, logic, 'must name one fact: {"var": "giftName"}');
    const fact = Object.hasOwn(factNames, name) ? factNames[name] : undefined;
    const known = Object.entries(factNames).flatMap(([each, { kinds, saved }]) =>
      kinds.includes(this.#on) && (this.#hasPoints || saved !== true) ? [each] : [],
    );
    if (!fact?.kinds.includes(this.#on))
      return this.#refuse(place, name, `is nothing that ${this.#on} has; it has ${known.join(', ')}`);
    if (fact.saved === true && !this.#hasPoints) this.#report(place, name, needsPoints);
    if (fact.grows === true) {
      if (!mayGrow) this.#report(place, name, growsRule);
    } else this.asks.add(name);
    return { type: fact.type, logic: { var: name } };
  }

  #refuse(place: string, value: unknown, rule: string): Read {
    this.#report(place, value, rule);
    return nothingRead;
  }
}

/** What is wrong where there are no points. */
export const needsPoints = 'needs points, which are there with [points] in the config';

const growsRule =
  'grows while a streak goes on: it can be asked for with >= and a number only, beside what else must be true';

function takes({ least, most }: Operator): string {
  if (least === most) return least === 1 ? 'one operand' : `${least} operands`;
  return `${least} to ${most} operands`;
}

function inWords(type: Type): string {
  if (type === 'flag') return 'a question that is answered with yes or no';
  return type === 'number' ? 'a number' : 'a text';
}

function isCompared(operator: unknown): operator is (typeof shortOperators)[number] {
  return shortOperators.some((each) => each === operator);
}

/** The short form as JsonLogic: one comparison, or a list of those that must all be true. */
function shortAsLogic(written: readonly unknown[], place: string, report: Report): unknown {
  const isOne = typeof written[0] === 'string';
  const lines: readonly unknown[] = isOne ? [written] : written;
  if (lines.length === 0) {
    report(place, written, 'must not be empty; leave it out where the rule asks for nothing');
    return null;
  }
  const read = lines.map((line, index) => shortLine(line, isOne ? place : `${place}[${index}]`, report));
  return read.includes(null) ? null : { and: read };
}

const shortRule = `must be a fact, one of ${shortOperators.join(' ')}, and a value: ["giftName", "==", "Rose"]`;

function shortLine(line: unknown, place: string, report: Report): unknown {
  const [fact, operator, value]: unknown[] = Array.isArray(line) && line.length === 3 ? line : [];
  if (typeof fact !== 'string' || !isCompared(operator)) {
    report(place, line, shortRule);
    return null;
  }
  const subject = { var: fact };
  if (operator !== 'contains' && operator !== 'startsWith' && operator !== 'endsWith') {
    const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    if (!isPlain) report(`${place}[2]`, value, 'must be a text, a number, true or false');
    return isPlain ? { [operator]: [subject, value] } : null;
  }
  const part = typeof value === 'string' ? comparableName(value) : '';
  if (part === '') {
    report(`${place}[2]`, value, 'must be a text of one letter or more');
    return null;
  }
  if (operator === 'contains') return { in: [part, subject] };
  const cut = operator === 'startsWith' ? [subject, 0, part.length] : [subject, -part.length];
  return { '==': [{ substr: cut }, part] };
}

/** A comparison of a fact with a value is looked at first, and costs next to nothing; what passes is judged as a whole. */
function judgeOf(parts: readonly unknown[], asks: readonly string[]): (facts: Facts) => boolean {
  if (parts.length === 0) return () => true;
  const glances = parts.flatMap(glanceOf);
  const logic = { and: parts };
  return (facts) => {
    for (const passes of glances) if (!passes(facts)) return false;
    return asks.every((name) => name in facts) && jsonLogic.apply(logic, facts) === true;
  };
}

function comparisonOf(part: unknown) {
  const [operator, operands] = operationOf(part) ?? [];
  const [subject, value]: unknown[] = Array.isArray(operands) ? operands : [];
  return { operator, fact: factOf(subject), value };
}

function equalityOf(part: unknown): Condition['needs'] {
  const { operator, fact, value } = comparisonOf(part);
  if (fact === null || (operator !== '==' && operator !== '===')) return null;
  return typeof value === 'string' || typeof value === 'number' ? { fact, value } : null;
}

function thresholdOf(part: unknown): Condition['needsAtLeast'] {
  const { operator, fact, value } = comparisonOf(part);
  return fact === null || operator !== '>=' || typeof value !== 'number' ? null : { fact, value };
}

function glanceOf(part: unknown): ((facts: Facts) => boolean)[] {
  const same = equalityOf(part);
  if (same !== null) return [(facts) => facts[same.fact] === same.value];
  const least = thresholdOf(part);
  return least === null ? [] : [(facts) => Number(facts[least.fact]) >= least.value];
}
