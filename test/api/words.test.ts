import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { withApi } from './with-api.ts';

type Words = { readonly [name: string]: string | Words };

const folder = join(import.meta.dirname, '../../src/api/page/words');
const languages = readdirSync(folder).map((file) => file.replace(/\.json$/, ''));
const wordsOf = (language: string): Words => JSON.parse(readFileSync(join(folder, `${language}.json`), 'utf8'));

/** What a plural rule chooses by is a language's own affair, but `other` must be there. */
const isPlural = (words: Words) => 'other' in words && Object.keys(words).every((key) => plurals.has(key));
const plurals = new Set(['zero', 'one', 'two', 'few', 'many', 'other']);

/** Each phrase by its name, with what stands in its braces. */
function phrases(words: Words, prefix = ''): string[] {
  return Object.entries(words).flatMap(([name, phrase]) => {
    if (typeof phrase !== 'string' && !isPlural(phrase)) return phrases(phrase, `${prefix}${name}.`);
    const texts = typeof phrase === 'string' ? [phrase] : Object.values(phrase);
    const parts = [...new Set(texts.join().match(/\{\w+\}/g) ?? [])].toSorted();
    return [`${prefix}${name} ${parts.join()}`];
  });
}

test('the board speaks English and German at least', () => {
  for (const language of ['en', 'de']) assert.ok(languages.includes(language));
});

for (const language of languages) {
  test(`the board's words in ${language} are all there, with the same parts in them, and nothing else`, () => {
    assert.deepEqual(phrases(wordsOf(language)).toSorted(), phrases(wordsOf('en')).toSorted());
    for (const [name, phrase] of Object.entries(wordsOf(language))) {
      const texts = typeof phrase === 'string' ? [phrase] : Object.values(phrase);
      for (const text of texts) assert.match(String(text), /\S/, name);
    }
  });

  test(`${language}: what a number chooses among is there`, () => {
    const wanted = new Intl.PluralRules(language).resolvedOptions().pluralCategories.toSorted();
    for (const [name, phrase] of Object.entries(wordsOf(language))) {
      if (typeof phrase === 'string' || name === 'states' || name === 'units' || name === 'picture') continue;
      assert.deepEqual(Object.keys(phrase).toSorted(), wanted, name);
    }
  });
}

test('another language is one file: whatever stands in the folder is served, and nothing beside it', () =>
  withApi(async (call) => {
    for (const language of languages) {
      const answer = await call('GET', `/page/words/${language}.json`);
      assert.deepEqual([answer.status, answer.json], [200, wordsOf(language)]);
    }
    for (const name of ['xx', '..%2fboard', '%2e%2e%2f..%2f..%2fpackage', 'en.json%00']) {
      assert.equal((await call('GET', `/page/words/${name}.json`)).status, 404, name);
    }
  }));
