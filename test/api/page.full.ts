import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { barriers, desktop, openPage, phone, type ServedWorld, serveWorld, shoot, startBrowser } from './browser.ts';
import { tokens } from './with-api.ts';

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

/** A sheet is open, gifts are being drawn, more is owed than fits. */
async function serveDrawing(): Promise<ServedWorld> {
  const served = await serveWorld();
  const { world } = served;
  world.appliance.start();
  await eventually(() => world.appliance.state().name === 'needs-sheet');
  world.appliance.operator.paperChanged();
  world.source.give('Rose', 9, 'ink_fan_01');
  world.source.give('Corgi', 2, 'ink_fan_02');
  world.source.give('Unicorn', 1, 'a_fan_with_a_very_long_name_that_does_not_end_soon');
  await eventually(() => world.appliance.state().name === 'drawing');
  return served;
}

async function eventually(holds: () => boolean): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!holds()) {
    assert.ok(performance.now() < endMs, `it did not come to this: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const stateShown = (page: Page, name: string) => page.locator(`body[data-state="${name}"]`).waitFor();

test('the files of page and board are under 60 KB in all', () => {
  const folder = join(import.meta.dirname, '../../src/api/page');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => statSync(join(folder, name)));
  const bytes = files.filter((file) => file.isFile()).reduce((sum, { size }) => sum + size, 0);
  assert.ok(bytes < 60_000, `${bytes} bytes`);
});

for (const [device, options] of [
  ['phone', phone],
  ['desktop', desktop],
] as const) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`on a ${device}, ${colorScheme}, the page shows all, axe finds nothing, and nothing comes from elsewhere`, async () => {
      const served = await serveDrawing();
      const { page, troubles, asked } = await openPage(browser, served.url, { ...options, colorScheme });
      await stateShown(page, 'drawing');
      await page.locator('#sheet svg').waitFor();
      await page.locator('.pen').waitFor();
      await shoot(page, `page-${device}-${colorScheme}`);
      assert.deepEqual(await barriers(page), []);
      const [wide, width] = await page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]');
      assert.ok(wide <= width, `it scrolls sideways: ${wide} of ${width}`);
      const shown = await page.locator('main').innerText();
      for (const text of [
        /Drawing/,
        /Row 1/,
        /ink_fan_01/,
        /Rose/,
        /sheet \d, in (about|under)/,
        /not in the gift map/,
      ])
        assert.match(shown, text);
      for (const name of ['try', 'dry', 'changed', 'origin']) {
        await page.locator(`[data-dialog="${name}"]`).click();
        assert.deepEqual(await barriers(page), [], `dialog ${name}`);
        await page.keyboard.press('Escape');
      }
      await eventually(() => served.world.appliance.state().name === 'needs-sheet');
      await stateShown(page, 'needs-sheet');
      await shoot(page, `page-${device}-${colorScheme}-needs-sheet`);
      assert.deepEqual(await barriers(page), []);
      await page.locator('#past').scrollIntoViewIfNeeded();
      await shoot(page, `page-${device}-${colorScheme}-end`);
      assert.deepEqual(troubles, []);
      assert.deepEqual(
        asked.filter((address) => !address.startsWith(served.url)),
        [],
      );
      await page.context().close();
      await served.close();
    });
  }
}

test('every button does what it says: pause, go on, try a gift, pen dry, jog, lift, park, stop, fresh paper', async () => {
  const served = await serveDrawing();
  const { world } = served;
  const { page } = await openPage(browser, served.url, phone);
  await stateShown(page, 'drawing');
  await page.locator('#first').tap();
  await stateShown(page, 'paused');
  await eventually(() => world.appliance.status().plotter.parked);
  await page.locator('[data-post="/plotter/home"]').click();
  await page.locator('#say.trouble', { hasText: 'end switches' }).waitFor();
  await page.locator('[data-jog="0 1 0"]').click();
  await eventually(() => world.appliance.status().plotter.pen?.yMm === 5);
  await page.locator('[data-post="/plotter/park"]').click();
  await eventually(() => world.appliance.status().plotter.parked);
  await page.locator('#first').tap();
  await stateShown(page, 'drawing');
  const { credited } = world.appliance.status().strokes;
  await page.locator('[data-dialog="try"]').click();
  await page.locator('#try-row').selectOption('3');
  await page.locator('#try-count').fill('2');
  await page.locator('#try button.first').click();
  await eventually(() => world.appliance.status().strokes.credited === credited + 2);
  await eventually(() => world.appliance.status().strokes.drawn > 3);
  await page.locator('[data-dialog="dry"]').click();
  await page.locator('#dry-count').fill('2');
  await page.locator('#dry button.first').click();
  await eventually(() => world.appliance.status().strokes.spoiled === 2);
  await page.locator('.stop').tap();
  await page.locator('#say', { hasText: 'Stopped' }).waitFor();
  assert.equal(world.appliance.state().name, 'paused');
  await page.locator('#first').tap();
  await stateShown(page, 'needs-sheet');
  await page.locator('#first').tap();
  await page.locator('#changed button.first').click();
  await eventually(() => world.appliance.views.openSheet() === 2);
  await page.locator('#sheets', { hasText: 'Sheet 2, now' }).waitFor();
  await served.close();
});

test('a gift that is not in the map is mapped with a tap, and what came of it is credited', async () => {
  const served = await serveDrawing();
  const { page } = await openPage(browser, served.url, phone);
  await page.locator('.seen.new', { hasText: 'Unicorn' }).tap();
  await page.locator('#map-rows button', { hasText: 'Row 3' }).tap();
  await page.locator('#map-rows button', { hasText: 'Row 1' }).tap();
  assert.deepEqual(await barriers(page), []);
  await shoot(page, 'page-phone-map');
  await page.locator('#map-save').tap();
  await page.locator('#say', { hasText: 'credited' }).waitFor();
  await page.locator('.seen:not(.new)', { hasText: 'Unicorn' }).waitFor();
  const gift = served.world.ledger.questions.lastGifts(10).find((each) => each.gift === 'Unicorn');
  assert.deepEqual([gift?.mapped, gift?.strokes], [true, 1]);
  await served.close();
});

test('it can be used with the keyboard alone, and says in words what a light says in colours', async () => {
  const served = await serveDrawing();
  const { page } = await openPage(browser, served.url, desktop);
  await stateShown(page, 'drawing');
  const focused = () => page.evaluate<string>('document.activeElement.textContent.trim()');
  await page.keyboard.press('Tab');
  assert.match(await focused(), /^To what is going on$/);
  await page.keyboard.press('Enter');
  for (let presses = 0; presses < 5 && (await focused()) !== 'Pause'; presses++) await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Pause');
  await page.keyboard.press('Enter');
  await stateShown(page, 'paused');
  assert.equal(await focused(), 'Go on', 'the focus stays');
  assert.match(await page.locator('#telling[aria-live="polite"]').innerText(), /Paused[\s\S]*resume/);
  const sheet = await page.locator('#sheet svg').getAttribute('aria-label');
  assert.match(sheet ?? '', /^Sheet 1: \d+ of 15 strokes drawn, \d+ owed$/);
  await served.close();
});

test('when the service is lost the page says so plainly, and comes back by itself', async () => {
  const served = await serveDrawing();
  const { page } = await openPage(browser, served.url, phone);
  await stateShown(page, 'drawing');
  await page.locator('#link', { hasText: 'Connected' }).waitFor();
  await served.cutOff();
  await page.locator('#link', { hasText: 'not heard' }).waitFor();
  await shoot(page, 'page-phone-lost');
  await page.locator('.stop').tap();
  await page.locator('#say.trouble', { hasText: 'did not answer' }).waitFor();
  served.world.appliance.operator.pause();
  await served.serveAgain();
  await page.locator('#link', { hasText: 'Connected' }).waitFor();
  await stateShown(page, 'paused');
  await served.close();
});

test('a preview shows the sheet with time, ink and travel, and says that it is an estimate', async () => {
  const served = await serveDrawing();
  const { page } = await openPage(browser, served.url, phone);
  for (const view of ['owed', 'full']) {
    await page.locator(`[data-view="${view}"]`).tap();
    await page
      .locator('#preview p', { hasText: /^Sheet \d, estimated: \d+ strokes?, \d+ min, [\d.]+ m of ink, / })
      .waitFor();
    await shoot(page, `page-phone-preview-${view}`);
  }
  await page.locator('[data-view="now"]').tap();
  const paper = await page.locator('#sheet svg').boundingBox();
  assert.ok(paper);
  await page.mouse.click(paper.x + paper.width * 0.25, paper.y + paper.height * 0.3);
  await page.locator('#who', { hasText: 'Rose from ink_fan_01' }).waitFor();
  await served.close();
});

test('in the network a browser signs in with the link once, and stays signed in', async () => {
  const served = await serveWorld({}, tokens);
  served.world.appliance.start();
  const { page } = await openPage(browser, served.url, phone);
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
  await served.close();
});
