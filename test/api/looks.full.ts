import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { barriers, desktop, openPage, phone, shoot, startBrowser } from './browser.ts';
import { serveEvening } from './showroom.ts';

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

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
