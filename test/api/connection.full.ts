import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { listen } from '../../src/commands/api-server.ts';
import { barriers, desktop, openPage, phone, serveWorld, shoot, startBrowser } from './browser.ts';
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
  await page.locator('#lost', { hasText: /^The service does not answer\. This is how it was at \d/ }).waitFor();
  await page.locator('#link', { hasText: 'Not connected' }).waitFor();
  await shoot(page, 'page-phone-lost');
  const stop = await page.locator('.stop').boundingBox();
  assert.ok(stop !== null && stop.y > 700 && stop.y + stop.height <= 844, 'the bar of buttons stays where it is');
  await page.locator('.stop').tap();
  await page.locator('#say.trouble', { hasText: 'does not answer' }).waitFor();
  served.world.appliance.operator.pause();
  await served.serveAgain();
  await page.locator('#link', { hasText: 'Connected' }).waitFor();
  await stateShown(page, 'paused');
});

test('a page that finds another ledger behind its address shows that one, and hears what is new there', async (t) => {
  const first = await serveDrawing(t, 1);
  const { page } = await openPage(t, browser, first.url, phone);
  await stateShown(page, 'drawing');
  await page.locator('#link', { hasText: 'Connected' }).waitFor();
  await first.cutOff();
  const second = await serveWorld(t);
  second.world.appliance.start();
  await eventually(() => second.world.appliance.state().name === 'needs-sheet');
  const again = await listen(second.api.app, '127.0.0.1', Number(new URL(first.url).port));
  assert.ok(again.ok);
  t.after(() => again.close());
  await page.locator('#link', { hasText: 'Connected' }).waitFor();
  await stateShown(page, 'needs-sheet');
  assert.ok(second.world.appliance.operator.paperChanged().ok);
  await stateShown(page, 'ready');
});

test('in the network a browser signs in with the link once, and stays signed in', async (t) => {
  const served = await serveWorld(t, { tokens });
  served.world.appliance.start();
  const { page } = await openPage(t, browser, served.url, phone);
  await page.locator('input[name="token"]').waitFor();
  assert.deepEqual(await barriers(page), []);
  await shoot(page, 'sign-in');
  await page.locator('#token').fill('guess');
  await page.locator('button').click();
  await page.getByRole('alert').filter({ hasText: 'That is not the token' }).waitFor();
  await shoot(page, 'sign-in-wrong');
  assert.equal(new URL(page.url()).search, '', 'the token stands in no address');
  await page.locator('#token').fill(tokens.owner);
  await page.locator('button').click();
  await page.locator('body[data-state]').waitFor();
  await page.context().clearCookies();
  await page.reload();
  await page.locator('#token').waitFor();
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

test('eight pages in one browser hold one stream, and "Stop now" in the last of them stops at once', async (t) => {
  // Slow enough for it to be drawing still when the last of them is there.
  const served = await serveDrawing(t, 0.35);
  const context = await browser.newContext(desktop);
  t.after(() => context.close());
  const pages: Page[] = [];
  for (let tab = 0; tab < 8; tab++) {
    const page = await context.newPage();
    await page.goto(served.url);
    pages.push(page);
  }
  for (const page of pages) await stateShown(page, 'drawing');
  assert.equal(served.api.streams, 1);
  const last = pages.at(-1);
  await last?.click('button.stop');
  await eventually(() => served.world.appliance.state().name === 'paused');
  for (const page of pages) await stateShown(page, 'paused');
});

test('when the page that holds the stream goes, another takes it over, and all go on hearing', async (t) => {
  const served = await serveDrawing(t, 0.2);
  const context = await browser.newContext(desktop);
  t.after(() => context.close());
  const [first, second, third] = [await context.newPage(), await context.newPage(), await context.newPage()];
  for (const page of [first, second, third]) {
    await page.goto(served.url);
    await stateShown(page, 'drawing');
  }
  await first.close();
  await eventually(() => served.api.streams === 1);
  served.world.appliance.operator.pause();
  for (const page of [second, third]) await stateShown(page, 'paused');
  assert.equal(served.api.streams, 1);
});

test('a stop that nobody answers is said loudly, with what to do instead', async (t) => {
  const served = await serveDrawing(t);
  const page = await browser.newPage(desktop);
  t.after(() => page.close());
  await page.goto(served.url);
  await stateShown(page, 'drawing');
  await page.route('**/plotter/stop', () => {});
  await page.click('button.stop');
  await page.locator('#say.trouble', { hasText: /NOT STOPPED.*Cut the power/ }).waitFor();
});

test('a stop that is refused is said as loudly, with the reason', async (t) => {
  const served = await serveDrawing(t);
  const page = await browser.newPage(desktop);
  t.after(() => page.close());
  await page.goto(served.url);
  await stateShown(page, 'drawing');
  const refusal = { type: '/problems/plotter-not-ready', detail: 'No plotter answers.', remedy: 'Switch it on.' };
  await page.route('**/plotter/stop', (route) => route.fulfill({ status: 409, json: refusal }));
  await page.click('button.stop');
  await page.locator('#say.trouble', { hasText: /NOT STOPPED.*Cut the power.*No plotter answers/ }).waitFor();
});
