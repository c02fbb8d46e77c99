import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import { strokesFor, type Worth } from '../../src/domain/worth.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { InHand, OwedStroke } from '../../src/ledger/queue.ts';
import { gift, layoutOf, like, noonMs, openOk, worthOf } from './world.ts';

/** What can happen to a ledger, in any order. */
export type Step =
  | { readonly kind: 'record'; readonly frames: readonly Frame[] }
  | { readonly kind: 'take'; readonly strokes: number; readonly pick: number }
  | { readonly kind: 'confirm'; readonly strokes: number; readonly twice: boolean }
  | { readonly kind: 'let-go' }
  | { readonly kind: 'turn'; readonly a: number; readonly b: number }
  | { readonly kind: 'void'; readonly row: string; readonly strokes: number }
  | {
      readonly kind: 'spoil';
      readonly row: string;
      readonly from: number;
      readonly length: number;
      readonly back: number;
    }
  | { readonly kind: 'spoil-last'; readonly strokes: number }
  | { readonly kind: 'credit'; readonly row: string; readonly strokes: number }
  | { readonly kind: 'backfill'; readonly gift: string }
  | { readonly kind: 'restart' };

export interface Frame {
  readonly of: 'streak' | 'single' | 'like' | 'test';
  readonly gift: string;
  readonly user: string;
  readonly group: string;
  readonly count: number;
  readonly session: string;
}

const rows = ['a', 'b', 'c'] as const;
/** Row c is on no sheet: its debt waits. */
const mapped: Readonly<Record<string, Worth>> = {
  rose: worthOf('a'),
  lion: worthOf(['b', 'a'], 3),
  half: worthOf('b', 1, 2),
  gone: worthOf('c', 2),
};
const hearts = worthOf('b', 2, 5);

const frame: fc.Arbitrary<Frame> = fc.record({
  of: fc.constantFrom('streak', 'streak', 'single', 'like', 'test'),
  gift: fc.constantFrom('rose', 'lion', 'half', 'gone', 'new'),
  user: fc.constantFrom('u1', 'u2'),
  group: fc.constantFrom('1', '2'),
  count: fc.integer({ min: 0, max: 9 }),
  session: fc.constantFrom('s1', 's2'),
});

const row = fc.constantFrom(...rows);

export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('record' as const),
      frames: fc.array(frame, { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('take' as const),
      strokes: fc.integer({ min: 1, max: 6 }),
      pick: fc.nat(9),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('confirm' as const),
      strokes: fc.integer({ min: 1, max: 6 }),
      twice: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'let-go' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('turn' as const),
      a: fc.integer({ min: 1, max: 9 }),
      b: fc.integer({ min: 0, max: 9 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('void' as const), row, strokes: fc.integer({ min: 1, max: 8 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('spoil' as const),
      row,
      from: fc.integer({ min: 1, max: 6 }),
      length: fc.integer({ min: 1, max: 5 }),
      back: fc.nat(2),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('spoil-last' as const), strokes: fc.integer({ min: 1, max: 5 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('credit' as const), row, strokes: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('backfill' as const), gift: fc.constantFrom('NEW', 'id-new', 'rose') }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
); // prettier-ignore

/** An event as the model knows it: what it was worth when it was first heard, and how far it grew. */
interface Known {
  worth: Worth | null;
  base: number;
  count: number;
}

/**
 * A ledger and, beside it, what must be true of it by the plainest count: strokes by hand, places by name.
 * It knows nothing of tables, entries or frontiers.
 */
export class World {
  ledger: Ledger;
  readonly #file: string;
  readonly #events = new Map<string, Known>();
  readonly #unmapped = new Set<string>();
  #byHand = 0;
  #voided = 0;
  #spoiled = 0;
  #drawn = 0;
  #doubtful = 0;
  /** Who paid for each certain stroke, and whether its ink lies there. */
  readonly #ink = new Map<string, { readonly credit: number; good: boolean }>();
  #held: (OwedStroke & { readonly sheet: number })[] = [];
  #perhaps = new Map<string, number>();
  readonly #handedAgain = new Set<string>();

  constructor(file: string) {
    this.#file = file;
    this.ledger = openOk(file);
  }

  readonly hand: InHand = {
    fresh: (name) => this.#held.filter((each) => each.row === name && !each.again).length,
    paidBy: (credit) => this.#held.filter((each) => each.credit === credit && !each.again).length,
    healing: (name, n) => this.#held.some((each) => each.again && each.row === name && each.n === n),
    perhapsInked: (name) => this.#perhaps.get(name) ?? 0,
  };

  run(step: Step): void {
    switch (step.kind) {
      case 'record':
        this.#record(step.frames);
        break;
      case 'take':
        this.#take(step.strokes, step.pick);
        break;
      case 'confirm':
        this.#confirm(step.strokes, step.twice);
        break;
      case 'let-go':
        this.#held = [];
        break;
      case 'turn':
        this.#turn(step.a, step.b);
        break;
      case 'void':
        this.#void(step.row, step.strokes);
        break;
      case 'spoil':
        this.#spoil(step.row, step.from, step.length, step.back);
        break;
      case 'spoil-last':
        this.#spoilLast(step.strokes);
        break;
      case 'credit':
        this.ledger.amend((amend) => amend.credit(step.row, step.strokes, 'Mia', 'a mistake'));
        this.#byHand += step.strokes;
        break;
      case 'backfill':
        this.#backfill(step.gift);
        break;
      case 'restart':
        this.ledger.close();
        this.ledger = openOk(this.#file);
        this.#held = [];
        this.#perhaps = new Map(this.ledger.sheet()?.handedAtOpen);
    }
  }

  #record(frames: readonly Frame[]): void {
    const items = frames.map((each) => ({ event: eventOf(each), worth: this.#worthOf(each), frame: each }));
    this.ledger.record(items);
    for (const { event, worth, frame: each } of items) this.#hear(keyOf(each), event, worth, each);
  }

  #worthOf({ of, gift: name }: Frame): Worth | null {
    return of === 'like' ? hearts : (mapped[name] ?? null);
  }

  #hear(key: string, event: LiveEvent, worth: Worth | null, { of, count }: Frame): void {
    const total = of === 'like' ? count + 20 : count;
    const base = of === 'like' ? total - 3 : 0;
    const known = this.#events.get(key);
    if (known === undefined) {
      this.#events.set(key, { worth, base, count: total });
      if (event.kind === 'gift' && worth === null) this.#unmapped.add(key);
      return;
    }
    known.base = Math.min(known.base, base);
    known.count = Math.max(known.count, total);
  }

  #take(strokes: number, pick: number): void {
    const sheet = this.ledger.sheet();
    for (let taken = 0; taken < strokes && sheet !== null; taken++) {
      const candidates = this.ledger.queue.candidates(this.hand);
      const next = candidates[pick % Math.max(1, candidates.length)];
      if (next === undefined) return;
      const { row: name, n, again } = next;
      if (again) this.#handedAgain.add(placeOf(sheet.id, name, n));
      else this.#perhaps.set(name, Math.max(n, this.#perhaps.get(name) ?? 0));
      const upTo = this.hand.perhapsInked(name);
      this.ledger.write((ink) => (again ? ink.reserveWound(name, n, true) : ink.reserve(name, upTo)));
      this.#held.push({ ...next, sheet: sheet.id });
    }
  }

  #confirm(strokes: number, twice: boolean): void {
    const done = this.#held.slice(0, strokes);
    const certain = done.map(({ sheet, row: name, n, credit }) => ({ stroke: { sheet, row: name, n }, credit }));
    this.ledger.write((ink) => ink.confirm(certain));
    if (twice) this.ledger.write((ink) => ink.confirm(certain));
    this.#held = this.#held.slice(strokes);
    for (const { sheet, row: name, n, credit } of done) {
      const place = placeOf(sheet, name, n);
      assert.notEqual(this.#ink.get(place)?.good, true, 'no place is drawn while its ink is good');
      this.#ink.set(place, { credit, good: true });
      this.#handedAgain.delete(place);
      this.#drawn += 1;
    }
  }

  #turn(a: number, b: number): void {
    this.#held = [];
    const before = this.ledger.sheet();
    const inDoubt = before?.layout.rows.map(({ id }) => {
      const certain = this.ledger.questions.places().find((place) => place.row === id)?.certain ?? 0;
      const wounds = this.ledger.questions.wounds(before.id).filter((wound) => wound.row === id).length;
      const pending = (this.ledger.questions.accounts().find((each) => each.row === id)?.pending ?? 0) - wounds;
      return Math.min(pending, Math.max(0, (this.#perhaps.get(id) ?? 0) - certain));
    });
    const { closed } = this.ledger.turnSheet(layoutOf(b === 0 ? { a } : { a, b }));
    assert.equal(closed?.sheet, before?.id);
    const doubtful = (inDoubt ?? []).reduce((sum, strokes) => sum + strokes, this.#handedAgain.size);
    assert.equal(closed?.doubtful ?? 0, doubtful);
    this.#doubtful += closed?.doubtful ?? 0;
    this.#perhaps = new Map();
    this.#handedAgain.clear();
  }

  #void(name: string, strokes: number): void {
    const voided = this.ledger.amend((amend) => amend.void(name, strokes, 'no reason', this.hand));
    assert.ok(voided <= strokes);
    this.#voided += voided;
  }

  #spoil(name: string, from: number, length: number, back: number): void {
    const sheet = (this.ledger.sheet()?.id ?? 1) - back;
    const expected = Array.from({ length }, (_, index) => this.#ink.get(placeOf(sheet, name, from + index)));
    const good = expected.filter((ink) => ink?.good);
    const spoiled = this.ledger.amend((amend) => amend.spoil(sheet, name, from, from + length - 1, 'dry'));
    assert.equal(spoiled, good.length);
    for (const ink of good) if (ink !== undefined) ink.good = false;
    this.#spoiled += spoiled;
  }

  #spoilLast(strokes: number): void {
    const spoiled = this.ledger.amend((amend) => amend.spoilLast(strokes, 'dry'));
    for (const { sheet, row: name, n } of spoiled) {
      const ink = this.#ink.get(placeOf(sheet, name, n));
      assert.equal(ink?.good, true);
      if (ink !== undefined) ink.good = false;
    }
    this.#spoiled += spoiled.length;
  }

  #backfill(name: string): void {
    const worth = worthOf(['a', 'b'], 2);
    const { events, strokes } = this.ledger.amend((amend) => amend.backfill(name, 'room-1', worth));
    const fits = name !== 'rose' ? [...this.#unmapped] : [];
    assert.equal(events, fits.length);
    let expected = 0;
    for (const key of fits) {
      const known = this.#events.get(key);
      if (known === undefined) throw new Error(`the model lost ${key}`);
      known.worth = worth;
      expected += strokesFor(worth, known.count);
      this.#unmapped.delete(key);
    }
    assert.equal(strokes, expected);
  }

  /** Everything that must hold whenever nothing is half done. */
  check(): void {
    const accounts = this.ledger.questions.accounts();
    for (const { row: name, credited, drawn, spoiled, pending, voided } of accounts) {
      assert.equal(credited, drawn - spoiled + pending + voided, `row ${name} adds up`);
    }
    const sum = (of: 'credited' | 'drawn' | 'spoiled' | 'voided') =>
      accounts.reduce((total, each) => total + each[of], 0);
    assert.equal(sum('credited'), this.#credited());
    assert.equal(sum('drawn'), this.#drawn);
    assert.equal(sum('spoiled'), this.#spoiled);
    assert.equal(sum('voided'), this.#voided);
    assert.equal(this.ledger.questions.doubtful(), this.#doubtful);
    const unmapped = [...this.#unmapped].filter((key) => !key.startsWith('test'));
    assert.equal(this.ledger.questions.unmappedGifts(), unmapped.length);
    assert.deepEqual(this.ledger.check('full').findings, []);
    this.#checkPayers();
  }

  /** Every stroke, certain or owed with a place, has one payer; no credit pays for more than it owes. */
  #checkPayers(): void {
    const { questions } = this.ledger;
    for (const [place, { good }] of this.#ink) {
      const [sheet = '', name = '', n = ''] = place.split(' ');
      assert.equal(questions.payerOf(Number(sheet), name, Number(n))?.drawn, good, place);
    }
    const open = this.ledger.sheet();
    for (const { id, capacity } of open?.layout.rows ?? []) {
      const certain = questions.places().find((each) => each.row === id)?.certain ?? 0;
      const wounds = questions.wounds(open?.id ?? 0).filter((wound) => wound.row === id).length;
      const owed = (questions.accounts().find((each) => each.row === id)?.pending ?? 0) - wounds;
      for (let n = certain + 1; n <= capacity + 1; n++) {
        const payer = questions.payerOf(open?.id ?? 0, id, n);
        assert.equal(payer !== null, n <= Math.min(capacity, certain + owed), `stroke ${n} of row ${id}`);
      }
    }
  }

  #credited(): number {
    const events = [...this.#events.values()].reduce(
      (sum, { worth, base, count }) =>
        worth === null ? sum : sum + strokesFor(worth, count) - strokesFor(worth, base),
      0,
    );
    return events + this.#byHand;
  }
}

function placeOf(sheet: number, row: string, n: number): string {
  return `${sheet} ${row} ${n}`;
}

/** Two frames with one key are frames of one event. */
function keyOf({ of, gift: name, user, group, session }: Frame): string {
  switch (of) {
    case 'streak':
      return `streak ${name} ${user} ${group}`;
    case 'single':
      return `single ${name} ${user} ${group}`;
    case 'test':
      return `test ${name} ${user} ${group} ${session}`;
    case 'like':
      return 'likes';
  }
}

/** The same frame is always the same event, whatever the session; a single gift says one count only. */
function eventOf({ of, gift: name, user, group, count, session }: Frame): LiveEvent {
  const told = { gift: name, user, session, arrivedAtMs: noonMs };
  switch (of) {
    case 'streak':
      return gift({ ...told, group, count });
    case 'single':
      return gift({ ...told, count, id: `single ${name} ${user} ${group}` });
    case 'test':
      return gift({ ...told, count, id: `test ${name} ${user} ${group}`, source: 'test' });
    case 'like':
      return like(3, count + 20, told);
  }
}
