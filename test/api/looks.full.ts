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
