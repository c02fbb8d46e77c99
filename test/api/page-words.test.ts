import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sameIn, translator } from '../../src/api/page/translate.js';
import { deriveState } from '../../src/appliance/state.ts';
import { stateTitles } from '../../src/domain/appliance-state.ts';
import { sheetCorners } from '../../src/domain/sheet.ts';
import { calm } from '../appliance/calm.ts';
import { englishIn, outletFaults, pageSentences, refusalSentences, serviceSentences } from './page-sentences.ts';
import { withApi } from './with-api.ts';

type Texts = Readonly<Record<string, string>>;

const folder = join(import.meta.dirname, '../../src/api/page');
const languages = readdirSync(join(folder, 'texts')).map((file) => file.replace(/\.json$/, ''));
const textsOf = (language: string, kind: 'texts' | 'refusals' = 'texts'): Texts =>
  JSON.parse(readFileSync(join(folder, kind, `${language}.json`), 'utf8'));
const holesOf = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].toSorted().join();

test('the page speaks German besides English', () => assert.ok(languages.includes('de')));

for (const language of languages) {
  test(`${language}: all that the page says, and all that the service says to it, is there, with the same parts`, () => {
    const texts = textsOf(language);
    const said = [...pageSentences(), ...serviceSentences()];
    assert.ok(said.length > 300, `${said.length} sentences were found`);
    assert.deepEqual(
      said.filter((text) => !(text in texts)),
      [],
    );
    for (const [english, other] of Object.entries(texts)) {
      assert.match(other, /\S/, english);
      assert.equal(holesOf(other), holesOf(english), english);
    }
  });
}

for (const language of languages) {
  test(`${language}: all that a request is refused with is there, with the same parts, and stands nowhere twice`, () => {
    const [texts, refusals] = [textsOf(language), textsOf(language, 'refusals')];
    const said = refusalSentences();
    assert.ok(said.length > 80, `${said.length} sentences were found`);
    assert.deepEqual(
      said.filter((text) => !(text in refusals) && !(text in texts)),
      [],
    );
    for (const [english, other] of Object.entries(refusals)) {
      assert.match(other, /\S/, english);
      assert.equal(holesOf(other), holesOf(english), english);
      assert.ok(!(english in texts), english);
    }
  });
}

test('whatever the state is, all that is said of it is German on a German page', () => {
  const translate = translator(textsOf('de'));
  const plain = (text: string) => text.replaceAll(/ \((?:or run )?`[^`]*`\)/g, '');
  const plotters = [
    calm.plotter,
    { ...calm.plotter, parked: false },
    { ...calm.plotter, stopping: true },
    { ...calm.plotter, link: 'absent' },
    { ...calm.plotter, link: 'connecting' },
    { ...calm.plotter, origin: 'unknown' },
    { ...calm.plotter, origin: 'confirm-hover' },
    { ...calm.plotter, origin: 'confirm-hover', pen: null },
  ] as const;
  const seen = new Set<string>();
  for (let bits = 0; bits < 256; bits++) {
    const is = (bit: number) => (bits & (1 << bit)) !== 0;
    for (const plotter of plotters) {
      for (const mark of sheetCorners) {
        const live = { ...calm.live, heard: is(0) };
        const flags = { hasButton: is(1), sheetOpen: is(2), changePaper: is(3), paused: is(4), stopped: is(5) };
        const facts = { ...calm, live, plotter, mark, ...flags, drawable: is(6), sheetFull: is(7) };
        const { what, todo } = deriveState(facts);
        for (const text of [what, todo ?? '']) seen.add(plain(text));
      }
    }
  }
  assert.ok(seen.size > 40);
  for (const text of seen) assert.deepEqual(englishIn(translate(text)), [], `${text}\n${translate(text)}`);
});

test('whatever an outlet of the worker reports is German on a German page', () => {
  const translate = translator({ ...textsOf('de'), ...textsOf('de', 'refusals') });
  const faults = outletFaults();
  assert.ok(faults.length > 8, faults.join('\n'));
  for (const fault of faults) assert.notEqual(translate(fault), fault);
  assert.equal(translate('not reached: the connection is refused.'), 'nicht erreicht: die Verbindung wird abgelehnt.');
});

test('what the service leaves open is filled in, and translated where it is known; names stay as they are', () => {
  const translate = translator(textsOf('de'));
  const cases: Texts = {
    'A test gift is credited: 3 × Rose, worth 3 strokes in row 1.':
      'Ein Testgeschenk ist gutgeschrieben: 3 × Rose, das sind 3 Striche in Reihe 1.',
    'It is not paused any more. No plotter answers. Switch the plotter on and plug its USB cable in.':
      'Die Pause ist vorbei. Kein Plotter antwortet. Schalte den Plotter ein und stecke sein USB-Kabel an.',
    'There is no row "the (odd) one?".': 'Es gibt keine Reihe „the (odd) one?“.',
    'Not connected to the live: the connection was cut.':
      'Nicht mit dem Live verbunden: die Verbindung wurde getrennt.',
    'The plotter is ready. @somebody is not live. Next attempt at 20:15, not before.':
      'Der Plotter ist bereit. @somebody ist nicht live. Der nächste Versuch ist um 20:15, nicht früher.',
    '3 strokes of row 1 taken back: a slip.': '3 Striche der Reihe 1 zurückgenommen: a slip.',
    '3 strokes of row 1 taken back (of 9 asked for: there were no more): a slip.':
      '3 Striche der Reihe 1 zurückgenommen (verlangt waren 9, mehr gab es nicht): a slip.',
    'The pen was dry: 1 stroke owed again (of 7 asked for: there were no more).':
      'Der Stift war trocken: 1 Strich wieder offen (verlangt waren 7, mehr gab es nicht).',
    'Row 2 of sheet 1 has no stroke 3 yet: 2 strokes of it are drawn. Nothing needs to be done.':
      'Reihe 2 auf Blatt 1 hat noch keinen Strich 3: 2 Striche sind gezeichnet. Es ist nichts zu tun.',
    'Rose from mila, 2026-11-29 14:05': 'Rose von mila, 2026-11-29 14:05',
    'manual credit for mila, 2026-11-29 14:05': 'Gutschrift von Hand für mila, 2026-11-29 14:05',
    'Nothing from anybody, whatever it is.': 'Nothing from anybody, whatever it is.',
    'Sheet 7: 12 of 40 strokes drawn, 3 owed': 'Blatt 7: 12 von 40 Strichen gezeichnet, 3 offen',
    'Nobody ever said this.': 'Nobody ever said this.',
  };
  for (const [english, german] of Object.entries(cases)) assert.equal(translate(english), german);
});

test('the words of the page are for those who may see the page', () =>
  withApi(async (call) => {
    for (const kind of ['texts', 'refusals'] as const) {
      for (const language of languages) {
        const answer = await call('GET', `/page/${kind}/${language}.json`);
        assert.equal(answer.status, 200);
        const texts = Object.entries(textsOf(language, kind));
        assert.equal(Object.keys(answer.json).length, texts.length);
        for (const [english, other] of texts) assert.equal(sameIn(answer.json, english), other, english);
      }
      for (const name of ['xx', 'en', '..%2fwords%2fde']) {
        assert.equal((await call('GET', `/page/${kind}/${name}.json`)).status, 404, name);
      }
    }
  }));

test('a state has one name: on the page, on the card of the lights and on the terminal', () => {
  const page = readFileSync(join(folder, 'view.js'), 'utf8');
  const titles = [...page.matchAll(/^ {2}'?([\w-]+)'?: \{ title: t\('([^']+)'\)/gm)].map(([, name, title]) => [
    name,
    title,
  ]);
  assert.deepEqual(Object.fromEntries(titles), stateTitles);
});
