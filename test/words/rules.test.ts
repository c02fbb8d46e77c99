import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'smol-toml';
import * as v from 'valibot';
import { parseConfig } from '../../src/config/load.ts';
import { configSchema, rowKeys, sections } from '../../src/config/schema.ts';
import { ruleInWords } from '../../src/domain/problems.ts';
import { parseGiftMap } from '../../src/gifts/gift-map.ts';
import { readLiveEvent } from '../../src/sources/live-event-form.ts';

/** How the library of forms speaks. */
const librarysOwn = /Invalid |Expected |received/;

function assertOurs(rules: readonly string[]): void {
  for (const rule of rules) {
    assert.doesNotMatch(rule, librarysOwn);
    assert.match(rule, /^(must|is|has|holds|stands) /, 'it reads well after the name of a key');
  }
}

const wrong = fc.oneof(
  fc.constantFrom<unknown>('', ' ', 'x', '\u0007', -1, 0, 0.5, 1e9, true, [], [[]], [3], ['x'], [{}], {}, { x: 1 }),
  fc.string(),
);

test('whatever stands at a key of the config, the rule that it breaks is told in words of our own', () => {
  const keys = [
    ...Object.keys(configSchema.entries).map((key) => [key]),
    ...Object.entries(sections).flatMap(([section, inner]) => Object.keys(inner).map((key) => [section, key])),
    ...Object.keys(rowKeys).map((key) => ['rows', key]),
  ];
  let broken = 0;
  fc.assert(
    fc.property(fc.constantFrom(...keys), wrong, ([section = '', key], value) => {
      const table = key === undefined ? value : section === 'rows' ? [{ [key]: value }] : { [key]: value };
      const result = parseConfig(
        stringify({ live: { user: 'a' }, rows: [{ id: '1', yMm: 1 }], [section]: table }),
        'f',
      );
      if (result.ok) return;
      broken += 1;
      assertOurs(result.problems.map(({ rule }) => rule));
    }),
    { numRuns: 2_000 },
  );
  assert.ok(broken > 1_000, `only ${broken} were broken`);
});

test('whatever a gift map holds, what is wrong is told in words of our own', () => {
  const line = fc.dictionary(
    fc.constantFrom('name', 'id', 'row', 'rows', 'strokes', 'strokesPerCoin', 'minCoins'),
    wrong,
  );
  const part = fc.oneof(wrong, line, fc.array(line));
  const names = fc.constantFrom('$schema', 'version', 'gifts', 'coinRanges', 'otherGifts', 'events', 'Rose');
  let broken = 0;
  fc.assert(
    fc.property(fc.dictionary(names, part), (map) => {
      const result = parseGiftMap(JSON.stringify(map), ['1']);
      if (result.ok) return;
      broken += 1;
      for (const { rule } of result.problems) assert.doesNotMatch(rule, librarysOwn);
    }),
    { numRuns: 2_000 },
  );
  assert.ok(broken > 1_000, `only ${broken} were broken`);
});

test('a live event that is not one is refused in words of our own', () => {
  const keys = fc.constantFrom('version', 'kind', 'id', 'source', 'room', 'session', 'atMs', 'user', 'payload', 'more');
  fc.assert(
    fc.property(fc.dictionary(keys, fc.oneof(wrong, fc.constantFrom('gift', 'chat', 'join'))), (event) => {
      const result = readLiveEvent(event);
      assert.ok(!result.ok);
      for (const problem of result.problems) assert.doesNotMatch(problem, librarysOwn);
    }),
  );
});

test('each kind of rule has its words', () => {
  const said = (schema: v.GenericSchema, value: unknown) =>
    v.safeParse(schema, value, { message: ruleInWords }).issues?.map(({ message }) => message);
  assert.deepEqual(said(v.string(), 3), ['must be text, in quotes']);
  assert.deepEqual(said(v.pipe(v.number(), v.integer(), v.minValue(3)), 1.5), [
    'must be a whole number',
    'must be at least 3',
  ]);
  assert.deepEqual(said(v.picklist(['a', 'b']), 'c'), ['must be "a" or "b"']);
  assert.deepEqual(said(v.strictObject({ a: v.string() }), { b: 1 }), ['is missing', 'is not known here']);
  assert.deepEqual(said(v.pipe(v.string(), v.regex(/x/)), 'y'), ['has not the form that it must have']);
});
