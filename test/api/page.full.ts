import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { barriers, boxOf, desktop, openPage, phone, serveWorld, shoot, startBrowser } from './browser.ts';
import { englishIn } from './page-sentences.ts';
import { eventually, serveDrawing, stateShown } from './showroom.ts';

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

test('the page is under 60 KB in all that it loads, and so is the board; another language comes with its words', async (t) => {
  const served = await serveDrawing(t);
  for (const [path, most] of [
    ['/', 60_000],
    ['/board?lang=de', 60_000],
    ['/?lang=de', 100_000],
  ] as const) {
    const { page } = await openPage(t, browser, 'about:blank', phone);
    const sizes: Promise<number>[] = [];
    page.on('response', (response) => {
      // What is told of the sheet and the gifts is no part of the page.
      const isPart = /^\/($|page\/|board)/.test(new URL(response.url()).pathname);
      if (isPart) sizes.push(response.body().then(({ length }) => length));
    });
    await page.goto(`${served.url}${path}`);
    await page.locator('#sheet svg').waitFor();
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    assert.ok(sizes.length > 4, `${path} loaded ${sizes.length} files`);
    assert.ok(bytes < most, `${path}: ${bytes} bytes`);
    t.diagnostic(`${path}: ${bytes} bytes in ${sizes.length} files`);
  }
});

for (const [device, options] of [
  ['phone', phone],
  ['desktop', desktop],
] as const) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`on a ${device}, ${colorScheme}, the page shows all, axe finds nothing, and nothing comes from elsewhere`, async (t) => {
      const served = await serveDrawing(t);
      const { page, troubles, asked } = await openPage(t, browser, served.url, { ...options, colorScheme });
      await stateShown(page, 'drawing');
      await page.locator('#sheet svg').waitFor();
      await page.locator('.pen').waitFor();
      // Before what takes long: the world draws on meanwhile.
      const shown = await page.locator('main').innerText();
      await shoot(page, `page-${device}-${colorScheme}`);
      assert.deepEqual(await barriers(page), []);
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
      assert.equal(wide, options.viewport?.width, 'it scrolls sideways, or a phone shows it smaller');
      for (const text of [
        /Drawing/,
        /Row 1/,
        /ink_fan_01/,
        /Rose/,
        /sheet \d, in (about|under)/,
        /not in the gift map/,
      ])
        assert.match(shown, text);
      for (const name of ['try', 'dry']) {
        await page.locator(`[data-dialog="${name}"]`).click();
        assert.deepEqual(await barriers(page), [], `dialog ${name}`);
        await page.keyboard.press('Escape');
      }
      await eventually(() => served.world.appliance.state().name === 'needs-sheet');
      await stateShown(page, 'needs-sheet');
      await shoot(page, `page-${device}-${colorScheme}-needs-sheet`);
      assert.deepEqual(await barriers(page), []);
      for (const name of ['changed', 'origin']) {
        await page.locator(`[data-dialog="${name}"]:not([aria-disabled])`).click();
        assert.deepEqual(await barriers(page), [], `dialog ${name}`);
        await page.keyboard.press('Escape');
      }
      await page.locator('#past').scrollIntoViewIfNeeded();
      await shoot(page, `page-${device}-${colorScheme}-end`);
      assert.deepEqual(troubles, []);
      assert.deepEqual(
        asked.filter((address) => !address.startsWith(served.url)),
        [],
      );
    });
  }
}

test('every button does what it says: pause, go on, try a gift, pen dry, jog, lift, park, stop, fresh paper', async (t) => {
  const served = await serveDrawing(t);
  const { world } = served;
  const { page } = await openPage(t, browser, served.url, phone);
  await stateShown(page, 'drawing');
  await page.locator('#first').tap();
  await stateShown(page, 'paused');
  await eventually(() => world.appliance.status().plotter.parked);
  assert.equal(await page.locator('[data-dialog="home"]').isVisible(), false, 'this plotter has no end switches');
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
  // A plotter that takes long to stand still is not waited for: that the stop is on its way is an answer, too.
  await page.locator('#say', { hasText: /^(Stopped|The stop was sent)/ }).waitFor();
  await eventually(() => world.appliance.state().name === 'paused' && !world.appliance.status().plotter.stopping);
  await page.locator('#first').tap();
  await stateShown(page, 'needs-sheet');
  await page.locator('#first').tap();
  await page.locator('#changed button.first').click();
  await eventually(() => world.appliance.views.openSheet() === 2);
  await page.locator('#sheets', { hasText: 'Sheet 2, now' }).waitFor();
});

test('a button that would be refused says why, moves nothing, and asks before it hurts when it may', async (t) => {
  const served = await serveDrawing(t, 1);
  const { world } = served;
  const { page } = await openPage(t, browser, served.url, phone);
  await stateShown(page, 'drawing');
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') asked.push(new URL(request.url()).pathname);
  });
  await page.locator('[data-post="/plotter/lift"][aria-disabled="true"]').waitFor();
  for (const name of ['Lift', 'Park', 'Set origin', 'Paper changed', 'Up', 'To the left']) {
    const button = page.locator('#hands').getByRole('button', { name, exact: true });
    assert.equal(await button.getAttribute('aria-disabled'), 'true', name);
    await button.tap({ force: true });
    await page.locator('#say.trouble', { hasText: /drawing|parked/ }).waitFor();
  }
  assert.deepEqual(asked, []);
  assert.equal(await page.locator('dialog[open]').count(), 0);
  await page.locator('#first').tap();
  await page.locator('[data-dialog="origin"]:not([aria-disabled])').tap();
  await page.locator('dialog[open]', { hasText: 'Is the tip on the mark?' }).waitFor();
  await page.locator('#origin button', { hasText: 'Cancel' }).tap();
  assert.deepEqual(asked, ['/pause']);
  assert.equal(world.appliance.status().plotter.epoch, 1);
});

test('a gift that is not in the map is mapped with a tap, and what came of it is credited', async (t) => {
  const served = await serveDrawing(t);
  const { page } = await openPage(t, browser, served.url, phone);
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
});

for (const [locale, tokens, unpaid, sum] of [
  ['en-GB', '25 tokens', 'The gift map does not pay for donations in USD.', '7.50 EUR'],
  ['de-DE', '25 Tokens', 'Die Geschenkliste zahlt nicht für Spenden in USD.', '7.50 EUR'],
] as const) {
  test(`money is named by its amount and its giver on page and board, and what has no rate says so: ${locale}`, async (t) => {
    const events = { donation: { per: '1.00 EUR', strokes: 2, row: '1' }, tip: { per: 10, row: '1' } };
    const served = await serveWorld(t, { gifts: JSON.stringify({ version: 1, events }) });
    const { appliance, source } = served.world;
    appliance.start();
    await eventually(() => appliance.state().name === 'needs-sheet');
    const head = { ...source.give('Rose'), user: { id: '9', name: 'Anna' } };
    const donation = { text: '', isAudio: false };
    for (const [id, amountMinor, currency] of [
      ['1', 500, 'EUR'],
      ['2', 250, 'EUR'],
      ['3', 1_250, 'USD'],
    ] as const)
      source.emit({ ...head, id, kind: 'donation', payload: { ...donation, amountMinor, currency } });
    source.emit({ ...head, id: '4', kind: 'tip', payload: { tokens: 25, item: '', text: '' } });
    const { page, troubles } = await openPage(t, browser, served.url, { ...phone, locale });
    await page
      .locator('#last li', { hasText: 'Anna' })
      .filter({ hasText: /(^|[^.\d])5\.00 EUR/ })
      .waitFor();
    await page.locator('#last li', { hasText: 'Anna' }).filter({ hasText: tokens }).waitFor();
    await page.locator('.seen:not(.new)', { hasText: sum }).waitFor();
    await page.locator('.seen:not(.new)', { hasText: tokens }).waitFor();
    assert.deepEqual(await barriers(page), []);
    await page.locator('.seen.new', { hasText: '12.50 USD' }).tap();
    await page.locator('#say.trouble', { hasText: unpaid }).waitFor();
    const board = await openPage(t, browser, `${served.url}/board?lang=${locale.slice(0, 2)}`, desktop);
    await board.page.locator('#gifts', { hasText: '5.00 EUR' }).waitFor();
    await board.page.locator('main', { hasText: tokens }).waitFor();
    assert.deepEqual([troubles.filter((each) => !each.includes('409')), board.troubles], [[], []]);
  });
}

test('on a German phone the page is German: its words, what the service says, refusals, dialogs and times', async (t) => {
  const served = await serveDrawing(t);
  const { world } = served;
  const { page, troubles } = await openPage(t, browser, served.url, { ...phone, locale: 'de-DE' });
  await stateShown(page, 'drawing');
  await page.locator('#state-name', { hasText: 'Zeichnet' }).waitFor();
  assert.equal(await page.evaluate('document.documentElement.lang'), 'de');
  const isGerman = async (what: string) => {
    const said = await page.locator('body').innerText();
    assert.deepEqual(englishIn(said), [], `${what}: ${said}`);
  };
  await isGerman('drawing');
  await shoot(page, 'page-german', { fullPage: true });
  // Until the pen is on its way, it may be lifted.
  await page.locator('[data-post="/plotter/lift"][aria-disabled]').click({ force: true });
  await page.locator('#say.trouble', { hasText: 'Der Stift zeichnet gerade.' }).waitFor();
  await page.locator('#first').tap();
  await page.locator('#say', { hasText: 'Pause: Der Stift zeichnet Geplantes zu Ende' }).waitFor();
  await stateShown(page, 'paused');
  await isGerman('paused');
  await page.locator('[data-dialog="origin"]:not([aria-disabled])').tap();
  await page.locator('dialog[open]', { hasText: 'Die Marke ist vorne links' }).waitFor();
  await isGerman('asked for the origin');
  await page.locator('#origin button', { hasText: 'Abbrechen' }).tap();
  await page.locator('[data-view="full"]').tap();
  await page.locator('#preview p', { hasText: /^Blatt \d, geschätzt: \d+ Striche? in / }).waitFor();
  world.ports.unplug('/dev/ttyUSB0');
  await stateShown(page, 'no-plotter');
  await isGerman('no plotter');
  assert.deepEqual(troubles, []);
});

test('strokes that were taken back are told of, so that nobody waits for them', async (t) => {
  const served = await serveDrawing(t, 0.35);
  const { page } = await openPage(t, browser, served.url, phone);
  await stateShown(page, 'drawing');
  await page.request.post(`${served.url}/void`, { data: { row: '1', count: 2, why: 'a slip' } });
  await page.locator('#orphans', { hasText: /^2 strokes will not be drawn: taken back/ }).waitFor();
});

test('it can be used with the keyboard alone, and says in words what a light says in colours', async (t) => {
  const served = await serveDrawing(t, 1);
  const { page } = await openPage(t, browser, served.url, desktop);
  await stateShown(page, 'drawing');
  const focused = () => page.evaluate<string>('document.activeElement.textContent.trim()');
  await page.keyboard.press('Tab');
  assert.match(await focused(), /^Skip to the status$/);
  await page.keyboard.press('Enter');
  for (let presses = 0; presses < 5 && (await focused()) !== 'Pause'; presses++) await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Pause');
  await page.keyboard.press('Enter');
  await stateShown(page, 'paused');
  assert.equal(await focused(), 'Go on', 'the focus stays');
  assert.match(await page.locator('#telling[aria-live="polite"]').innerText(), /Paused[\s\S]*Go on from the page/);
  const sheet = await page.locator('#sheet svg').getAttribute('aria-label');
  assert.match(sheet ?? '', /^Sheet 1: \d+ of 15 strokes drawn, \d+ owed$/);
});

test('a preview shows the sheet with time, ink and travel, and says that it is an estimate', async (t) => {
  const served = await serveDrawing(t);
  const { page } = await openPage(t, browser, served.url, phone);
  for (const view of ['owed', 'full']) {
    await page.locator(`[data-view="${view}"]`).tap();
    await page
      .locator('#preview p', {
        hasText:
          /^Sheet \d, estimated: \d+ strokes?, (under a minute|about \d+ min), [\d.]+ m of ink, [\d.]+ m of travel\.$/,
      })
      .waitFor();
    await shoot(page, `page-phone-preview-${view}`);
  }
  await page.locator('[data-view="now"]').tap();
  await eventually(() => served.world.appliance.status().strokes.drawn > 2);
  const paper = await boxOf(page.locator('#sheet svg'));
  await page.mouse.click(paper.x + paper.width * 0.21, paper.y + paper.height * 0.3);
  await page.locator('#who', { hasText: 'Rose from ink_fan_01' }).waitFor();
});

test('before any sheet is open the page says so, on the paper and when somebody taps it', async (t) => {
  const served = await serveWorld(t, { speed: 20 });
  served.world.appliance.start();
  await eventually(() => served.world.appliance.state().name === 'needs-sheet');
  for (const [query, told] of [
    ['', 'No sheet is open.'],
    ['?lang=de', 'Kein Blatt ist offen.'],
  ] as const) {
    const { page, troubles } = await openPage(t, browser, `${served.url}/${query}`, phone);
    await stateShown(page, 'needs-sheet');
    const empty = page.locator('#sheet .empty');
    await empty.waitFor();
    assert.equal(await empty.innerText(), told);
    await empty.click();
    await page.locator('#who', { hasText: told }).waitFor();
    assert.deepEqual(
      troubles.filter((trouble) => !/404/.test(trouble)),
      [],
    );
  }
});

test('of several lives each has its line, also where one says much on a phone, and each gap its platform', async (t) => {
  const served = await serveDrawing(t);
  const { source, ledger } = served.world;
  const why = 'DonationAlerts does not accept the sign-in any more. Sign in anew: `livepen connect donationalerts`.';
  const facts = source.facts();
  const one = { ...facts, channel: '', isOff: false, signsIn: true };
  const silence = { code: 'refused', what: why, todo: null, nextAtMs: null } as const;
  const lives = [
    { ...one, name: 'tiktok', platform: 'tiktok', signsIn: false },
    { ...one, name: 'donationalerts', platform: 'donationalerts', heard: false, silence },
  ];
  Object.assign(source, { facts: () => ({ ...facts, lives }) });
  ledger.live((times) => {
    times.openGap(facts.room ?? '', Date.now() - 60_000, 'the connection broke');
  });
  const { page } = await openPage(t, browser, served.url, phone);
  const line = page.locator('#lives li', { hasText: why.slice(0, 20) });
  await line.waitFor();
  const [text, row] = [await line.locator('span').boundingBox(), await line.boundingBox()];
  assert.ok(text !== null && row !== null && text.width > row.width * 0.6, 'the sentence has room');
  assert.equal(await line.locator('button').count(), 2);
  await page.locator('#gaps li', { hasText: /^\w+, \d.* until now: the connection broke$/ }).waitFor();
  assert.deepEqual(await barriers(page), []);
});
