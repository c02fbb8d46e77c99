import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { shippedSettings } from '../drawing/settings.ts';
import { barriers, boxOf, desktop, openPage, phone, serveWorld, shoot, startBrowser } from './browser.ts';
import { eventually, serveDrawing, serveEvening, stateShown } from './showroom.ts';

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

/** As shipped, with the ids that the shipped gift map names. */
const shippedRows = {
  ...shippedSettings,
  rows: shippedSettings.rows.map((row, index) => ({ ...row, id: String(index + 1) })),
};
const shippedGifts = readFileSync(new URL('../../config/gifts.json', import.meta.url), 'utf8');

/** The width that the page takes; wider than the device, a phone would show it smaller and cut what is fixed. */
const widthOf = (page: Page) => page.evaluate<number>('document.documentElement.scrollWidth');

const devices: readonly (readonly [name: string, options: BrowserContextOptions, width: number])[] = [
  ['phone', phone, 390],
  ['desktop', desktop, 1280],
];

for (const [device, options, width] of devices) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`an evening on the page, ${device}, ${colorScheme}: it fits, nothing bars the way, nothing goes wrong`, async (t) => {
      const served = await serveEvening(t);
      const { page, troubles } = await openPage(t, browser, served.url, { ...options, colorScheme });
      await page.locator('body[data-state="drawing"]').waitFor();
      await page.locator('.wet').first().waitFor({ state: 'attached' });
      await shoot(page, `evening-${device}-${colorScheme}`);
      assert.equal(await widthOf(page), width);
      assert.deepEqual(await barriers(page), []);
      await shoot(page, `evening-${device}-${colorScheme}-whole`, { fullPage: true });
      assert.deepEqual(troubles, []);
    });
  }
}

const long = 'W'.repeat(150);
const longGift = `هدية <b>🌹</b>${'G'.repeat(80)}`;

test('on every phone from 320 to 430 wide the page fits, and no button lies outside it, whatever names come', async (t) => {
  const served = await serveEvening(t);
  const names = [long, '👩‍👩‍👧‍👦🏳️‍🌈'.repeat(12), '\u202Eשלוםعالم'.repeat(12), '<img src=x onerror="document.title=1">'];
  for (const name of names) served.world.source.give(longGift, 1, name);
  const { page, troubles } = await openPage(t, browser, served.url, phone);
  await page.getByText(long).first().waitFor();
  for (const width of [320, 344, 360, 375, 412, 430]) {
    await page.setViewportSize({ width, height: 780 });
    await shoot(page, `phone-${width}`, { fullPage: true });
    const outside = await page.evaluate<string[]>(
      `[...document.querySelectorAll('button, select, h2, li')]
        .filter((each) => each.getBoundingClientRect().right > ${width} || each.scrollWidth > each.clientWidth + 1)
        .map((each) => each.innerText.slice(0, 60))`,
    );
    assert.deepEqual([await widthOf(page), outside], [width, []], `${width} wide`);
  }
  assert.deepEqual(troubles, []);
});

test('the board has room for names without end', async (t) => {
  const served = await serveEvening(t);
  served.world.source.give(longGift, 900, long);
  for (const [name, viewport] of [
    ['shot', { width: 1920, height: 1080 }],
    ['tablet', { width: 820, height: 1180 }],
    ['phone', { width: 360, height: 780 }],
  ] as const) {
    const { page, troubles } = await openPage(t, browser, `${served.url}/board`, { viewport });
    await page.locator('#name', { hasText: long }).waitFor();
    await shoot(page, `board-long-${name}`);
    const outside = await page.evaluate<string[]>(
      `[...document.querySelectorAll('#words *')]
        .filter((each) => each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.id || each.tagName)`,
    );
    assert.deepEqual([await widthOf(page), outside], [viewport.width, []], name);
    assert.deepEqual(troubles, []);
  }
});

const ofA4 = [
  ['landscape', { width: 1123, height: 794 }],
  ['portrait', { width: 794, height: 1123 }],
] as const;
for (const [name, viewport] of ofA4) {
  test(`on a board of the size of A4, ${name}, names and counts of the shipped rows can be read`, async (t) => {
    const served = await serveEvening(t, { layout: shippedRows, gifts: shippedGifts });
    const { page } = await openPage(t, browser, `${served.url}/board`, { viewport });
    await page.locator('#sheet text').first().waitFor();
    await shoot(page, `board-a4-${name}`);
    const shown = await page.evaluate<{ text: string; px: number }[]>(
      `[...document.querySelectorAll('#sheet text')].map((each) => ({
        text: each.textContent,
        px: parseFloat(each.getAttribute('font-size')) * each.getScreenCTM().a,
      }))`,
    );
    for (const { name: row } of shippedRows.rows)
      assert.ok(
        shown.some(({ text }) => text === row),
        row,
      );
    assert.ok(
      shown.some(({ text }) => /^\d+\/ 151$/.test(text)),
      JSON.stringify(shown),
    );
    for (const { text, px } of shown) assert.ok(px > 9.5, `"${text}" is ${px.toFixed(1)} pixels high`);
  });
}

test('a test is no gift of a person: the board says so and thanks nobody', async (t) => {
  const served = await serveEvening(t);
  for (const [lang, first, listed] of [
    ['en', 'This is a test', 'A test'],
    ['de', 'Das ist ein Test', 'Ein Test'],
  ] as const) {
    const { page } = await openPage(t, browser, `${served.url}/board?lang=${lang}`, desktop);
    assert.equal(served.world.appliance.operator.simulateGift({ gift: 'Rose', count: 2 }).ok, true);
    await page.locator('#name', { hasText: first }).waitFor();
    served.world.source.give('Rose', 1, `viewer ${lang}`);
    await page.locator('#name', { hasText: `viewer ${lang}` }).waitFor();
    await page.locator('#gifts b', { hasText: listed }).first().waitFor();
  }
  const { page } = await openPage(t, browser, served.url, phone);
  await page.locator('.giver', { hasText: 'A test' }).first().waitFor();
});

test('names take two lines at most, on board and page', async (t) => {
  const served = await serveEvening(t);
  served.world.source.give(longGift, 3, long);
  served.world.source.give('Rose', 3, long);
  served.world.source.give(longGift, 3, long);
  const lines = `[...document.querySelectorAll('#name, #gifts b, #givers b, .giver, .what')].map((each) => {
    const { lineHeight } = getComputedStyle(each);
    return [each.textContent.slice(0, 20), Math.round(each.getBoundingClientRect().height / parseFloat(lineHeight))];
  })`;
  for (const [path, options] of [
    ['/board', desktop],
    ['/', phone],
  ] as const) {
    const { page } = await openPage(t, browser, `${served.url}${path}`, options);
    await page.getByText(long).first().waitFor();
    const found = await page.evaluate<[string, number][]>(lines);
    assert.ok(
      found.some(([, count]) => count === 2),
      `${path}: ${JSON.stringify(found)}`,
    );
    for (const [text, count] of found) assert.ok(count <= 2, `${path}: "${text}" takes ${count} lines`);
  }
});

/** Words that stand over two lines although they are one, by the button in which they stand. */
const brokenWords = `[...document.querySelectorAll('button')].filter((each) => each.checkVisibility()).flatMap((each) => {
  const texts = document.createTreeWalker(each, NodeFilter.SHOW_TEXT);
  const broken = [];
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    for (const { index, 0: word } of node.textContent.matchAll(/\\S+/g)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      if (range.getClientRects().length > 1) broken.push(word);
    }
  }
  return broken;
})`;

test('on a phone no row and no word of a button is cut, before the first sheet and in every dialog, in both languages', async (t) => {
  const served = await serveWorld(t);
  served.world.appliance.start();
  await eventually(() => served.world.appliance.state().name === 'needs-sheet');
  served.world.source.give('Rose', 900, 'a fan');
  served.world.source.give('Unicorn', 1, 'a fan');
  for (const lang of ['en', 'de']) {
    const { page } = await openPage(t, browser, `${served.url}/?lang=${lang}`, phone);
    await stateShown(page, 'needs-sheet');
    await page.locator('.away b', { hasText: '+900' }).waitFor();
    for (const width of [320, 390]) {
      await page.setViewportSize({ width, height: 844 });
      const cut = await page.evaluate<string[]>(
        `[...document.querySelectorAll('#rows span')]
          .filter((each) => each.scrollWidth > each.clientWidth + 1 || each.getBoundingClientRect().right > ${width - 16})
          .map((each) => each.textContent)`,
      );
      assert.deepEqual(cut, [], `${lang}, ${width} wide`);
      await shoot(page, `rows-away-${lang}-${width}`, { fullPage: true });
      for (const opens of ['[data-dialog="try"]', '[data-dialog="dry"]', '[data-dialog="origin"]', '.seen.new']) {
        await page.locator(opens).first().click();
        assert.deepEqual(await page.evaluate<string[]>(brokenWords), [], `${lang}, ${width} wide, ${opens}`);
        await page.keyboard.press('Escape');
      }
    }
  }
});

test('words on a sheet of short rows lie beside each other and on the paper, in both languages', async (t) => {
  const served = await serveDrawing(t);
  await eventually(() => served.world.appliance.state().name === 'needs-sheet');
  for (const path of ['/?lang=en', '/?lang=de', '/board?lang=de']) {
    const { page } = await openPage(t, browser, `${served.url}${path}`, desktop);
    await page.locator('#sheet text').first().waitFor();
    await shoot(page, `short-rows-${path.replaceAll(/\W+/g, '-')}`);
    const wrong = await page.evaluate<string[]>(`(() => {
      const paper = document.querySelector('#sheet svg > rect[fill^="url"]').getBoundingClientRect();
      const words = [...document.querySelectorAll('#sheet svg text')];
      const outside = words.filter((each) => {
        const { left, right } = each.getBoundingClientRect();
        return left < paper.left || right > paper.right;
      });
      const over = words.filter((one, index) => words.slice(index + 1).some((other) => {
        const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
        return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
      }));
      return [...outside, ...over].map((each) => each.textContent);
    })()`);
    assert.deepEqual(wrong, [], path);
  }
});

const sizes = [
  [390, 844],
  [794, 1123],
  [1123, 794],
  [1280, 800],
  [1920, 1080],
  [1280, 400],
] as const;

/** What of cards, lines and words does not fit on the board as it is now. */
const cutOnBoard = `(() => {
  const words = document.getElementById('words').getBoundingClientRect();
  const seen = (selector) => [...document.querySelectorAll(selector)].filter((each) => each.checkVisibility());
  const below = seen('#words > div, #words li').filter((each) => each.getBoundingClientRect().bottom > words.bottom + 1);
  const fates = seen('#what i:last-child, #gifts i:last-child, #gifts span, #what')
    .filter((each) => each.clientWidth > 0 && each.scrollWidth > each.clientWidth + 1);
  const clamped = seen('#what, #gifts span').filter((each) => each.scrollHeight > each.clientHeight + 1);
  const beside = seen('#words i').filter((each) => each.getBoundingClientRect().right > words.right + 1);
  return [...below, ...fates, ...clamped, ...beside].map((each) => each.textContent.slice(0, 40));
})()`;

test('on the board no card, no line and no word on what becomes of a gift is cut, at any size', async (t) => {
  const served = await serveEvening(t);
  served.world.source.give(longGift, 3, 'somebody with two names and one more');
  served.world.source.give('Rose', 3, long);
  served.world.source.give('Rose', 3, 'the last of them');
  for (const query of ['?lang=de', '?transparent', '?show=gifts']) {
    const { page } = await openPage(t, browser, `${served.url}/board${query}`, desktop);
    await page.locator('#name', { hasText: 'the last of them' }).waitFor();
    await page.locator('#sheet svg').waitFor({ state: 'attached' });
    for (const [width, height] of sizes) {
      await page.setViewportSize({ width, height });
      await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
      await shoot(page, `board-cut-${width}${query.replaceAll(/\W+/g, '-')}`);
      assert.deepEqual(await page.evaluate<string[]>(cutOnBoard), [], `${width} by ${height}, ${query}`);
      if (width > 390 || query !== '?lang=de') continue;
      const paper = await boxOf(page.locator('#sheet svg'));
      assert.ok(paper.width > 300, 'the paper is as wide as a phone');
      assert.ok((await page.locator('#gifts li:visible').count()) > 1);
    }
  }
});

test('what is printed is black on white, without what can only be pressed', async (t) => {
  const served = await serveEvening(t);
  for (const [path, hidden] of [
    ['/', '#actions, #hands, .views'],
    ['/board', '#nothing'],
  ] as const) {
    const { page } = await openPage(t, browser, `${served.url}${path}`, { ...desktop, colorScheme: 'dark' });
    await page.locator('#sheet text').first().waitFor();
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await page.setViewportSize({ width: 794, height: 1123 });
    await shoot(page, `print${path.replaceAll('/', '-')}`, { fullPage: true });
    assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)');
    const ink = await page.evaluate<string>('getComputedStyle(document.body).color');
    assert.ok(Number(/\d+/.exec(ink)?.[0]) < 60, ink);
    assert.equal(await page.locator(hidden).filter({ visible: true }).count(), 0, path);
    const fixed = `[...document.querySelectorAll('body *')]
      .filter((each) => each.checkVisibility() && ['fixed', 'sticky'].includes(getComputedStyle(each).position) && each.textContent !== '')
      .map((each) => each.id)`;
    assert.deepEqual(await page.evaluate<string[]>(fixed), [], 'nothing lies over something else');
    assert.equal(await widthOf(page), 794);
  }
});

const boards: readonly (readonly [name: string, query: string, options: BrowserContextOptions])[] = [
  ['shot', '?lang=en', { viewport: { width: 1920, height: 1080 } }],
  ['shot-dark', '?lang=de', { viewport: { width: 1920, height: 1080 }, colorScheme: 'dark' }],
  ['shot-transparent', '?lang=en&transparent', { viewport: { width: 1920, height: 1080 } }],
  ['tablet-upright', '?lang=de', { viewport: { width: 820, height: 1180 } }],
  ['tablet', '?lang=en', { viewport: { width: 1180, height: 820 } }],
];
for (const [name, query, options] of boards) {
  test(`an evening on the board, ${name}: it fits, nothing bars the way, nothing goes wrong`, async (t) => {
    const served = await serveEvening(t);
    const { page, troubles } = await openPage(t, browser, `${served.url}/board${query}`, options);
    await page.locator('#givers li').first().waitFor();
    await page.locator('.wet').first().waitFor({ state: 'attached' });
    await shoot(page, `board-${name}`);
    const sizes = await page.evaluate<number[]>(
      '[document.documentElement.scrollWidth, innerWidth, document.documentElement.scrollHeight, innerHeight]',
    );
    assert.deepEqual([sizes[0], sizes[2]], [sizes[1], sizes[3]]);
    if (!query.includes('transparent')) assert.deepEqual(await barriers(page), []);
    assert.deepEqual(troubles, []);
  });
}
