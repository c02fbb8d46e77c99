import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparableName, nameMeant } from '../../src/domain/plain-text.ts';
import { parseGiftMap, worthOf } from '../../src/gifts/gift-map.ts';
import { withGift } from '../../src/gifts/json.ts';
import { readyWorld } from '../appliance/ready-world.ts';
import { gift } from '../ledger/world.ts';

/** Ways in which one name is written; people see no difference. */
const alike: readonly (readonly string[])[] = [
  ['Caf\u00e9', 'Cafe\u0301', 'CAF\u00c9', ' Caf\u00e9 ', 'Caf\u00e9\u00a0'],
  ["Lover's Lock", 'Lover\u2019s Lock', 'lover\u02bcs  lock', 'Lover\u2019s\u00a0Lock'],
  ['Rose', 'ROSE', 'rose\u200b', '\ufeffRose', 'Ro\u2060se', 'Ro\u00adse'],
  ['Heart \u2764', 'heart \u2764\ufe0f', 'Heart \u2764\ufe0e'],
  ['Stra\u00dfe', 'STRASSE', 'STRA\u1e9eE'],
  ['The "Star"', 'The \u201cStar\u201d', 'the \u201eStar\u201c'],
  ['Ink-Pen', 'Ink\u2011Pen', 'ink\u2013pen', 'Ink\u2212Pen'],
  ['Galaxy fire', 'Galaxy \ufb01re', 'GALAXY \ufb01RE', 'Galaxy\u3000\uff26ire'],
  ['Sa\ufb04e', 'saffle', 'SAFFLE'],
  ['\uff32\uff4f\uff53\uff45 \uff11', 'Rose 1', 'ROSE \uff11'],
  ['\u0130nci', 'Inci', 'inci', '\u0131nci', 'I\u0307NC\u0130', 'i\u0307nci'],
  ['\u01c5ak', 'D\u017dak', 'd\u017eak', '\u01c4AK'],
  ['\uff76\uff9e', '\u30ac', '\u30ab\u3099'],
  ['Gift\u2026', 'Gift...'],
  ['It\u00b4s', "it's", 'it\uff07s'],
  ['\u1fb3', '\u0391\u0399', '\u03b1\u03b9', '\u1fbc'],
  ['\u03a3\u0391\u03a3', '\u03c3\u03b1\u03c2', '\u03c3\u03b1\u03c3'],
];

test('names that look alike are one, on both sides of every comparison', () => {
  for (const spellings of alike) {
    assert.equal(new Set(spellings.map(comparableName)).size, 1, spellings.join());
    for (const inMap of spellings) {
      const text = JSON.stringify({ version: 1, gifts: [{ name: inMap, rows: ['1'] }] });
      const read = parseGiftMap(text, ['1', '2']);
      assert.ok(read.ok);
      for (const name of spellings) {
        const event = gift();
        const payload = { ...event.payload, gift: { id: '9', name, coins: 1 } };
        assert.deepEqual(worthOf(read.map, { ...event, payload })?.rows, ['1'], `${inMap} and ${name}`);
        const changed = JSON.parse(withGift(text, name, ['2']));
        assert.deepEqual(changed.gifts, [{ name: inMap, rows: ['2'] }]);
      }
    }
    const [one = '', other = ''] = spellings;
    const twice = JSON.stringify({
      version: 1,
      gifts: [
        { name: one, row: '1' },
        { name: other, row: '2' },
      ],
    });
    assert.equal(parseGiftMap(twice, ['1', '2']).ok, false, 'the same gift twice');
  }
  assert.notEqual(comparableName('Rose'), comparableName('Rosa'));
});

test('a gift is found by any spelling of its name to be mapped, credited later and seen', async () => {
  const world = await readyWorld();
  world.source.give('Cafe\u0301', 3);
  await world.clock.advance(1_000);
  const { operator } = world.appliance;
  assert.ok(operator.mapGift('caf\u00e9', ['1']).ok);
  const credited = operator.backfill('CAF\u00c9\u00a0');
  assert.ok(credited.ok, JSON.stringify(credited));
  assert.equal(world.ledger.questions.accounts().find(({ row }) => row === '1')?.credited, 3);
  await world.clock.advance(1_000);
  await world.close();
});

test('a gift that comes without its name is known by its id, once the id was named', async () => {
  const world = await readyWorld();
  world.source.give('Rose', 2);
  await world.clock.advance(1_000);
  world.source.give('Rose', 3, 'ink_fan_01', false);
  await world.clock.advance(1_000);
  assert.equal(world.appliance.status().strokes.credited, 5);
  assert.equal(world.appliance.status().unmappedGifts, 0);
  await world.close();
});

test('a row is found by any spelling of its name, unless two rows look the same', async () => {
  assert.equal(nameMeant(['a', 'A'], 'A'), 'A');
  assert.equal(nameMeant(['a', 'A'], ' a'), null);
  const read = parseGiftMap(JSON.stringify({ Rose: 'caf\u00e9', Galaxy: ['CAF\u00c9', '2'] }), ['Cafe\u0301', '2']);
  assert.ok(read.ok);
  assert.deepEqual(
    [...read.map.byName.values()].map(({ rows }) => rows),
    [['Cafe\u0301'], ['Cafe\u0301', '2']],
  );
  assert.equal(parseGiftMap(JSON.stringify({ Rose: ['caf\u00e9', 'Cafe\u0301'] }), ['Cafe\u0301']).ok, false, 'twice');
  const world = await readyWorld();
  const { operator } = world.appliance;
  assert.ok(operator.credit('1\u00a0', 3, '', 'a promise').ok);
  assert.ok(operator.voidDebt(' 1', 1, 'a slip').ok);
  assert.equal(world.ledger.questions.accounts().find(({ row }) => row === '1')?.voided, 1);
  assert.equal(world.ledger.questions.payerOf(1, '1\u200b', 1)?.row, '1');
  await world.clock.advance(1_000);
  await world.close();
});
