import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { badWordsWith, languageOf, speakable } from '../../src/worker/sound/speakable.ts';

const isBad = badWordsWith(['flauschig*', 'Кефир', '1488']);

for (const [script, words] of [
  [
    'English',
    'fuck FUCKING Fück ｆｕｃｋ 𝐟𝐮𝐜𝐤 f.u.c.k f-u-c-k fuuuuck f*ck sh1t $hit a55hole nigger niggggger (fuck) hey,fuck',
  ],
  ['German', 'Scheiße SCHEISSE scheisse Arschloch F1cken Wichser Hurensohn H.u.r.e'],
  ['Russian', 'хуй ХУЙ пиздец блять б.л.я.т.ь сука сукааа ёбаный заебал ебать cyka с_у_к_а'],
  ['letters of two scripts', 'fuсk shіt ѕhit хyй cукa bitсh'],
  ['words of the streamer', 'flauschig Flauschiger кефир КЕФИР 1488'],
] as const)
  test(`bad words are left out, however they are written: ${script}`, () => {
    for (const word of words.split(' ')) assert.equal(speakable(`before ${word} behind`, isBad), 'before behind', word);
  });

test('bad words that are spelled letter by letter are left out, too', () => {
  assert.equal(speakable('hello f u c k mila', isBad), 'hello mila');
  assert.equal(speakable('привет х у й мила', isBad), 'привет мила');
  assert.equal(speakable('so am I at it', isBad), 'so am I at it');
});

test('words that only hold or resemble bad ones stay', () => {
  const fine =
    'Scunthorpe document class assassin night Nigeria Dickens peacock cocktail grape therapist pedometer shiitake ' +
    'Saturn button hello Arsenal';
  for (const word of [
    ...fine.split(' '),
    ...'Bonn Masse Fikus Marsch Sparschwein Schlampermäppchen huren-los'.split(' ').slice(0, 5),
    ...'мандарин колебать хлеб рубля корабля оскорблять команда сукно учебный потребовать тебе небо себя'.split(' '),
    'mila1993',
    'Anna5',
    '100',
    '👋🏽',
  ])
    assert.equal(speakable(word, isBad), word);
});

test('what a program might take for orders is not spoken, links are not, and texts end at 150 letters, in whole words', () => {
  assert.equal(
    speakable('[[h@l0U]] <break time="30s"/> {x} a|b `id` $(id)', isBad),
    'h@l0U break time="30s"/ x a b id $(id)',
  );
  assert.equal(speakable('look https://example.org/a?b=c www.example.org now', isBad), 'look now');
  assert.equal(speakable('line\nline\u202e\u0000 end', isBad), 'line line end');
  const long = speakable('word '.repeat(100), isBad);
  assert.ok(long.length <= 150 && long.endsWith('word'), long);
  assert.equal([...speakable('ы'.repeat(1_000), isBad)].length, 150);
  assert.equal(speakable('fuck shit', isBad), '');
});

test('whatever is written, nothing that is spoken is bad, too long or an order, and it is found at once', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.constantFrom('fuck', 'ХУЙ', 'Scheiße', 'f u c k', '[[', ']]', '<', '-v', '\n', '\0'),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const said = speakable(pieces.join(' '), isBad);
      assert.ok([...said].length <= 150);
      assert.doesNotMatch(said, /[[\]<>\n\0]/);
      for (const word of said.split(' ')) assert.ok(word === '' || !isBad(word) || !pieces.includes(word), said);
    }),
    { numRuns: 300 },
  );
  speakable(`${'a'.repeat(50_000)} ${'a '.repeat(50_000)}`, isBad);
});

test('a language is told by its script, its letters and its small words', () => {
  for (const [text, language] of [
    ['hello from mila', 'en'],
    ['Привет, mila', 'ru'],
    ['schöne Grüße', 'de'],
    ['das ist nicht so', 'de'],
    ['12 roses', 'en'],
    ['', 'en'],
  ] as const)
    assert.equal(languageOf(text), language, text);
});
