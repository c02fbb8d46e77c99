import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { barriers, desktop, openPage, phone, serveWorld, shoot, startBrowser } from './browser.ts';
import { serveEvening } from './showroom.ts';

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

async function cue(url: string, alert: unknown): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/board/cues`, { method: 'POST', headers, body: JSON.stringify({ alert }) });
  return response.status;
}

const isHeard = (page: Page) => page.locator('#owed:not(:empty)').waitFor();
const shownIn = (page: Page) => page.locator('#alert-text');

for (const [device, options, animation, emoji] of [
  ['desktop', desktop, 'rain', '🌹'],
  ['phone', phone, 'pop', undefined],
] as const) {
  test(`an alert lies over the board for its seconds, and is gone: ${device}, ${animation}`, async (t) => {
    const served = await serveEvening(t);
    const { page, troubles } = await openPage(t, browser, `${served.url}/board`, options);
    await isHeard(page);
    assert.equal(await page.locator('#alert').isVisible(), false);
    assert.equal(await cue(served.url, { text: 'mila gave 30 roses <i>', seconds: 4, animation, emoji }), 200);
    await shownIn(page).filter({ hasText: 'mila gave 30 roses <i>' }).waitFor();
    await page.waitForTimeout(1_500);
    await shoot(page, `board-alert-${device}`);
    assert.deepEqual(await barriers(page), []);
    assert.equal(await page.locator('#sky span').count(), animation === 'rain' ? 24 : 0);
    await page.locator('#alert').waitFor({ state: 'hidden' });
    assert.equal(await page.locator('#sky span').count(), 0);
    assert.deepEqual(troubles, []);
  });
}

test('alerts come one after the other, never two at once, and no more than may wait', async (t) => {
  const served = await serveWorld(t);
  served.world.appliance.start();
  const { page } = await openPage(t, browser, `${served.url}/board?show=alerts`, {
    ...desktop,
    reducedMotion: 'reduce',
  });
  await page.locator('#alert').waitFor({ state: 'attached' });
  await page.locator('#owed', { hasText: /./ }).waitFor({ state: 'attached' });
  assert.equal(await page.locator('main').isVisible(), false, 'with ?show=alerts nothing else is there');
  await page.evaluate(`
    window.shown = [];
    new MutationObserver(() => {
      const box = document.getElementById('alert');
      const text = box.hidden ? '' : document.getElementById('alert-text').textContent;
      if (text !== window.shown.at(-1)) window.shown.push(text);
    }).observe(document.getElementById('alert'), { attributes: true, subtree: true, childList: true });
  `);
  for (const text of ['one', 'two', 'three']) await cue(served.url, { text, seconds: 1, animation: 'rain' });
  await shownIn(page).filter({ hasText: 'three' }).waitFor();
  assert.equal(await page.locator('#sky span').count(), 0, 'nothing rains for who wants no motion');
  await page.locator('#alert').waitFor({ state: 'hidden' });
  assert.deepEqual(await page.evaluate('window.shown'), ['one', '', 'two', '', 'three', '']);
});

test('of a flood of alerts twenty wait for their turn, and no more', async (t) => {
  const served = await serveWorld(t);
  const { page } = await openPage(t, browser, `${served.url}/board`, desktop);
  await page.locator('#owed', { hasText: /./ }).waitFor({ state: 'attached' });
  const shown = await page.evaluate<string[]>(`(async () => {
    const { alertsIn } = await import('/page/alerts.js');
    const box = document.createElement('div');
    const [text, emoji, sky] = [1, 2, 3].map(() => document.createElement('p'));
    const shown = [];
    new MutationObserver(() => shown.push(text.textContent)).observe(text, { childList: true });
    const alert = alertsIn({ box, emoji, text, sky });
    for (let n = 0; n < 500; n++) alert({ text: String(n), seconds: 0.05, animation: 'fade', emoji: '' });
    await new Promise((done) => setTimeout(done, 25_000));
    return shown;
  })()`);
  assert.deepEqual(
    shown,
    Array.from({ length: 21 }, (_, n) => String(n)),
  );
});
