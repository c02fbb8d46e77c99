import assert from 'node:assert/strict';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { OwedStroke, StrokesInFlight } from '../../src/ledger/queue.ts';
import { eventOf, type Frame, worthOfFrame } from './frames.ts';
import { PlainCredit } from './plain-credit.ts';
import type { Step } from './steps.ts';
import { layoutOf, openOk, worthOf } from './world.ts';

/**
 * A ledger and, beside it, what must be true of it by the plainest count: strokes by hand, places by name.
 * It knows nothing of tables, entries or frontiers.
 */
export class Model {
  ledger: Ledger;
  readonly #file: string;
  readonly #credit = new PlainCredit();
  #byHand = 0;
  #voided = 0;
  #spoiled = 0;
  #drawn = 0;
  #uncertain = 0;
  /** Who paid for each certain stroke, and whether its ink lies there. */
  readonly #ink = new Map<string, { readonly credit: number; good: boolean }>();
  #held: (OwedStroke & { readonly sheet: number })[] = [];
  #perhaps = new Map<string, number>();
  readonly #handedAgain = new Set<string>();

  constructor(file: string) {
    this.#file = file;
    this.ledger = openOk(file);
  }

  readonly hand: StrokesInFlight = {
    fresh: (name) => this.#held.filter((each) => each.row === name && !each.again).length,
    paidBy: (credit) => this.#held.filter((each) => each.credit === credit && !each.again).length,
    redrawing: (name, n) => this.#held.some((each) => each.again && each.row === name && each.n === n),
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
    this.ledger.record(frames.map((frame) => ({ event: eventOf(frame), worth: worthOfFrame(frame) })));
    for (const frame of frames) this.#credit.hear(frame);
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
      this.ledger.write((ink) => (again ? ink.reserveRedraw(name, n, true) : ink.reserve(name, upTo)));
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
    const unproven = before?.layout.rows.map(({ id }) => {
      const certain = this.ledger.questions.places().find((place) => place.row === id)?.certain ?? 0;
      const redraws = this.ledger.questions.redraws(before.id).filter((redraw) => redraw.row === id).length;
      const pending = (this.ledger.questions.accounts().find((each) => each.row === id)?.pending ?? 0) - redraws;
      return Math.min(pending, Math.max(0, (this.#perhaps.get(id) ?? 0) - certain));
    });
    const { closed } = this.ledger.turnSheet(layoutOf(b === 0 ? { a } : { a, b }));
    assert.equal(closed?.sheet, before?.id);
    const uncertain = (unproven ?? []).reduce((sum, strokes) => sum + strokes, this.#handedAgain.size);
    assert.equal(closed?.uncertain ?? 0, uncertain);
    this.#uncertain += closed?.uncertain ?? 0;
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
    const backfilled = this.ledger.amend((amend) => amend.backfill(name, 'room-1', worth));
    assert.deepEqual(backfilled, name === 'rose' ? { events: 0, strokes: 0 } : this.#credit.map(worth));
  }

  /** Everything that must hold whenever nothing is half done. */
  check(): void {
    const accounts = this.ledger.questions.accounts();
    for (const { row: name, credited, drawn, spoiled, pending, voided } of accounts) {
      assert.equal(credited, drawn - spoiled + pending + voided, `row ${name} adds up`);
    }
    const sum = (of: 'credited' | 'drawn' | 'spoiled' | 'voided') =>
      accounts.reduce((total, each) => total + each[of], 0);
    assert.equal(sum('credited'), this.#credit.strokes() + this.#byHand);
    assert.equal(sum('drawn'), this.#drawn);
    assert.equal(sum('spoiled'), this.#spoiled);
    assert.equal(sum('voided'), this.#voided);
    assert.equal(this.ledger.questions.uncertain(), this.#uncertain);
    assert.equal(this.ledger.questions.unmappedGifts(), this.#credit.unmapped());
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
      const redraws = questions.redraws(open?.id ?? 0).filter((redraw) => redraw.row === id).length;
      const owed = (questions.accounts().find((each) => each.row === id)?.pending ?? 0) - redraws;
      for (let n = certain + 1; n <= capacity + 1; n++) {
        const payer = questions.payerOf(open?.id ?? 0, id, n);
        assert.equal(payer !== null, n <= Math.min(capacity, certain + owed), `stroke ${n} of row ${id}`);
      }
    }
  }
}

function placeOf(sheet: number, row: string, n: number): string {
  return `${sheet} ${row} ${n}`;
}
