import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { barriers, openPage, phone, serveWorld, shoot, startBrowser } from './browser.ts';
import { eventually, serveDrawing, stateShown } from './showroom.ts';
import { tokens } from './with-api.ts';

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

test('when the service is lost the page says so plainly, and comes back by itself', async (t) => {
  const served = await serveDrawing(t, 1);
  const { page } = await openPage(t, browser, served.url, phone);
  await stateShown(page, 'drawing');
  await page.locator('#link', { hasText: 'Connected' }).waitFor();
  await served.cutOff();
  await page.locator('#lost', { hasText: /^The service is not heard\. This is how it was at \d/ }).waitFor();
  await page.locator('#link', { hasText: 'Not connected' }).waitFor();
  await shoot(page, 'page-phone-lost');
  const stop = await page.locator('.stop').boundingBox();
  assert.ok(stop !== null && stop.y > 700 && stop.y + stop.height <= 844, 'the bar of buttons stays where it is');
  await page.locator('.stop').tap();
  await page.locator('#say.trouble', { hasText: 'did not answer' }).waitFor();
  served.world.appliance.operator.pause();
  await served.serveAgain();
  await page.locator('#link', { hasText: 'Connected' }).waitFor();
  await stateShown(page, 'paused');
});

test('in the network a browser signs in with the link once, and stays signed in', async (t) => {
  const served = await serveWorld(t, { tokens });
  served.world.appliance.start();
  const { page } = await openPage(t, browser, served.url, phone);
  await page.locator('input[name="token"]').waitFor();
  assert.deepEqual(await barriers(page), []);
  await shoot(page, 'sign-in');
  await page.locator('input[name="token"]').fill('guess');
  await page.keyboard.press('Enter');
  await page.locator('input[name="token"]').waitFor();
  await page.goto(`${served.url}/sign-in?token=${tokens.owner}`);
  await page.locator('#link', { hasText: 'Connected' }).waitFor();
  await page.goto(served.url);
  await page.locator('#link', { hasText: 'Connected' }).waitFor();
});

test('before the first sheet an empty place is shown, and nothing is asked for that is not there', async (t) => {
  const served = await serveWorld(t);
  served.world.appliance.start();
  await eventually(() => served.world.appliance.state().name === 'needs-sheet');
  for (const path of ['/', '/board']) {
    const { page, troubles } = await openPage(t, browser, `${served.url}${path}`, phone);
    await page.locator('.empty').waitFor({ state: 'attached' });
    await page.locator('body[data-state="needs-sheet"]').waitFor();
    assert.deepEqual(await barriers(page), []);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
    const place = await page.locator('.empty').boundingBox();
    assert.ok(place !== null && place.x + place.width <= 390, `${path}: the empty place is cut`);
    assert.deepEqual(troubles, []);
    await shoot(page, `empty-${path === '/' ? 'page' : 'board'}`);
  }
});
