import fc from 'fast-check';
import { anyFrame, type Frame } from './frames.ts';

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

const row = fc.constantFrom('a', 'b', 'c');
const upTo = (max: number) => fc.integer({ min: 1, max });
const frames = fc.array(anyFrame, { minLength: 1, maxLength: 6 });

/** Gifts come and are drawn most of the time; what a person does is rarer. */
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('record'), frames }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('take'), strokes: upTo(6), pick: fc.nat(9) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('confirm'), strokes: upTo(6), twice: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('let-go') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('turn'), a: upTo(9), b: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('void'), row, strokes: upTo(8) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('spoil'), row, from: upTo(6), length: upTo(5), back: fc.nat(2) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('spoil-last'), strokes: upTo(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('credit'), row, strokes: upTo(4) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('backfill'), gift: fc.constantFrom('NEW', 'id-new', 'rose') }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart') }) },
);
