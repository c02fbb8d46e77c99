import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { Goal } from '../../src/domain/goals.ts';
import { barriers, desktop, openPage, phone, serveWorld, startBrowser } from './browser.ts';
import { type Weight, weigh } from './page-weight.ts';
import { eventually, serveEvening, wallGifts, wallLayout } from './showroom.ts';
import { tokens } from './with-api.ts';

const hourMs = 3_600_000;
/** An hour passes in a minute. */
const speed = 60;
const giftEveryMs = 3_000;

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

const textOf = (page: Page) => page.locator('main').innerText();

const queues = {
  en: {
    paused: /Still to come[\s\S]*\d+ strokes, the last on sheet 1, once the pen is back/,
    drawn: /\d+ strokes, the last on sheet 1, in /,
  },
  de: {
    paused: /Noch zu zeichnen[\s\S]*\d+ Striche, der letzte auf Blatt 1, sobald der Stift wieder da ist/,
    drawn: /\d+ Striche, der letzte auf Blatt 1, in /,
  },
};

for (const [lang, thanks, most] of [
  ['en', /Thank you, mila!/, /Most ink on this live/],
  ['de', /Danke, mila!/, /Am meisten Tinte/],
] as const) {
  test(`the board thanks, says what comes and when, and who gave most: ${lang}`, async (t) => {
    const served = await serveEvening(t);
    // The world runs on while a browser starts: what is owed now is to be owed still when the page is read.
    served.world.appliance.operator.pause();
    const { page, troubles } = await openPage(t, browser, `${served.url}/board`, { ...desktop, locale: lang });
    await page.locator('#givers li').first().waitFor();
    assert.equal(await page.evaluate('document.documentElement.lang'), lang);
    for (const text of [thanks, queues[lang].paused, most, /papierliebe/, /30 × Rose/])
      assert.match(await textOf(page), text);
    served.world.source.give('Rose', 5, 'ein neuer Gast');
    await page.locator('#name', { hasText: 'ein neuer Gast' }).waitFor();
    served.world.appliance.operator.resume();
    await page.getByText(queues[lang].drawn).waitFor();
    assert.deepEqual(await barriers(page), []);
    assert.deepEqual(troubles, []);
  });
}

const goals: readonly Goal[] = [
  { name: 'Five hundred coins tonight', of: 'coins', currency: null, target: 500, per: 'live' },
  { name: 'A hundred strokes', of: 'strokes', currency: null, target: 100, per: 'lasting' },
];

for (const [lang, words] of [
  ['en', [/A hundred strokes\s+\d+ of 100 strokes: done!/, /Five hundred coins tonight\s+\d+ of 500 coins$/m]],
  ['de', [/A hundred strokes\s+\d+ von 100 Strichen: geschafft!/, /Five hundred coins tonight\s+\d+ von 500 Münzen$/m]],
] as const) {
  test(`the board shows how far viewers are together, each goal with a bar: ${lang}`, async (t) => {
    const served = await serveEvening(t, { goals });
    const { page, troubles } = await openPage(t, browser, `${served.url}/board`, { ...desktop, locale: lang });
    const bars = page.locator('#goals li');
    await bars.nth(1).waitFor();
    for (const text of words) assert.match(await textOf(page), text);
    const far = await bars.evaluateAll((lines: { style: { getPropertyValue(name: string): string } }[]) =>
      lines.map(({ style }) => Number.parseFloat(style.getPropertyValue('--far'))),
    );
    assert.equal(far[1], 100);
    assert.ok((far[0] ?? 0) > 10 && (far[0] ?? 0) < 100, String(far));
    assert.deepEqual(await barriers(page), []);
    assert.deepEqual(troubles, []);
    if (process.env.SHOT) await page.screenshot({ path: `${process.env.SHOT}-${lang}.png` });
  });
}

test('a name that is written from right to left changes places with no number, on page and board', async (t) => {
  const served = await serveEvening(t);
  const name = '\u05e9\u05dc\u05d5\u05dd';
  served.world.source.give(name, 7, name);
  for (const path of ['/', '/board']) {
    const { page, troubles } = await openPage(t, browser, `${served.url}${path}`, desktop);
    await page.getByText(`7 × \u2068${name}\u2069`).first().waitFor();
    await page
      .getByText(`\u2068${name}\u2069`, { exact: true })
      .or(page.getByText(`\u2068${name}\u2069!`))
      .first()
      .waitFor();
    assert.deepEqual(troubles, []);
  }
});

test('a name that is code is a name and nothing more, on page and board', async (t) => {
  const served = await serveEvening(t);
  const name = '<img src=x onerror="document.title=1">';
  served.world.source.give('<b>Rose</b>', 1, name);
  for (const path of ['/', '/board']) {
    const { page, troubles } = await openPage(t, browser, `${served.url}${path}`, desktop);
    await page.getByText(name).first().waitFor();
    assert.equal(await page.locator('img[src="x"]').count(), 0);
    assert.deepEqual(troubles, []);
  }
});

test('with ?transparent nothing lies behind it; with ?show= one of the two is there alone', async (t) => {
  const served = await serveEvening(t);
  const background = 'getComputedStyle(document.body).backgroundColor';
  const { page } = await openPage(t, browser, `${served.url}/board?transparent`, desktop);
  await page.locator('#givers li').first().waitFor();
  assert.equal(await page.evaluate(background), 'rgba(0, 0, 0, 0)');
  assert.equal(await page.evaluate('getComputedStyle(document.documentElement).backgroundColor'), 'rgba(0, 0, 0, 0)');
  await page.goto(`${served.url}/board?show=paper`);
  await page.locator('#sheet svg').waitFor();
  assert.deepEqual([await page.locator('#words').isVisible(), await page.locator('#sheet').isVisible()], [false, true]);
  await page.goto(`${served.url}/board?show=gifts`);
  await page.locator('#name').waitFor();
  assert.deepEqual([await page.locator('#words').isVisible(), await page.locator('#sheet').isVisible()], [true, false]);
  await page.goto(`${served.url}/board`);
  await page.locator('#name').waitFor();
  assert.notEqual(await page.evaluate(background), 'rgba(0, 0, 0, 0)');
});

test('in the network the board opens with its own token in the address, and opens nothing else', async (t) => {
  const served = await serveEvening(t, { tokens });
  const { page, asked, troubles } = await openPage(t, browser, `${served.url}/board?token=${tokens.board}`, desktop);
  await page.locator('#sheet svg').waitFor();
  await page.locator('#givers li').first().waitFor();
  await served.cutOff();
  await page.locator('body.lost').waitFor();
  await served.serveAgain();
  await page.locator('body:not(.lost)').waitFor();
  assert.deepEqual(
    troubles.filter((trouble) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE|ERR_CONNECTION_RESET/.test(trouble)),
    [],
  );
  for (const address of asked) assert.equal(new URL(address).searchParams.get('token'), tokens.board, address);
  const answer = await page.goto(`${served.url}/status?token=${tokens.board}`);
  assert.equal(answer?.status(), 403);
});

test('an hour of gifts, and board and page weigh what they weighed at its beginning', async (t) => {
  const served = await serveWorld(t, { layout: wallLayout, gifts: wallGifts, speed, apiSpeed: speed });
  const { appliance, source, clock } = served.world;
  appliance.start();
  await eventually(() => appliance.state().name === 'needs-sheet');
  const boards = await Promise.all(
    ['/board?lang=de', '/board?transparent', '/'].map(async (path) => {
      const { page, troubles } = await openPage(t, browser, `${served.url}${path}`, path === '/' ? phone : desktop);
      // The pictures of the last twelve sheets are documents of their own, which the browser keeps as it likes.
      await page.route('**/sheets/*.svg*', (route) =>
        route.fulfill({ contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg"/>' }),
      );
      return { path, page, troubles };
    }),
  );
  const gifts = ['Rose', 'Heart Me', 'GG', 'Corgi', 'Confetti'];
  let given = 0;
  async function live(forMs: number): Promise<void> {
    const endMs = clock.nowMs() + forMs;
    for (let dueMs = clock.nowMs(); dueMs < endMs; dueMs += giftEveryMs) {
      source.give(gifts[given % gifts.length] ?? 'Rose', 1 + (given % 4), `fan ${given % 300}`);
      given += 1;
      if (appliance.state().name === 'needs-sheet') appliance.operator.paperChanged();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, (dueMs + giftEveryMs - clock.nowMs()) / speed)));
    }
  }
  /**
   * While nothing is drawn, and once all has been shown, which a busy browser does later: a picture that is just being
   * changed for another one is there twice.
   */
  async function weighAll(): Promise<Weight[]> {
    appliance.operator.pause();
    await eventually(() => ['paused', 'needs-sheet'].includes(appliance.state().name));
    const weights = await Promise.all(
      boards.map(async ({ page }) => {
        await page
          .getByText(`fan ${(given - 1) % 300}`)
          .first()
          .waitFor();
        return weigh(page);
      }),
    );
    appliance.operator.resume();
    return weights;
  }
  // Until the lists are full and each code path has run.
  await live(hourMs / 6);
  const before = await weighAll();
  await live(hourMs);
  const later = await weighAll();
  for (const [index, { path, troubles }] of boards.entries()) {
    const [was, is] = [before[index], later[index]];
    assert.ok(was !== undefined && is !== undefined);
    t.diagnostic(`${path}: ${JSON.stringify(was)} → ${JSON.stringify(is)} after ${given} gifts`);
    assert.ok(is.nodes < was.nodes + 500, `${path}: ${was.nodes} nodes became ${is.nodes}`);
    assert.ok(is.listeners <= was.listeners + 40, `${path}: ${was.listeners} listeners became ${is.listeners}`);
    assert.ok(is.heapBytes < was.heapBytes + 3e6, `${path}: ${was.heapBytes} bytes became ${is.heapBytes}`);
    assert.deepEqual(troubles, []);
  }
  assert.equal(served.api.streams, boards.length);
});
