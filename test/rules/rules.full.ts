import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duesAreThoseOfAPlainCount } from '../ledger/any-dues.ts';
import { tempFolder } from '../ledger/world.ts';
import { anyConditionIsJudged, soundConditionsHold } from './any-condition.ts';

test('thousands of sound conditions come to what they say', () => {
  assert.ok(soundConditionsHold(5_000) > 500);
});

test('tens of thousands of whatever stands as a condition are refused or judged', () => {
  anyConditionIsJudged(30_000);
});

test('after hundreds of orders of frames the same is due as a plain count says', (t) => {
  duesAreThoseOfAPlainCount(tempFolder(t), 800);
});
