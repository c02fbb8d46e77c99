import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { openDrawingReader } from '../../src/commands/drawing-reader.ts';
import { systemClock } from '../../src/system/clock.ts';
import { smallLayout } from '../appliance/small-sheet.ts';
import { barriers, desktop, openPage, phone, serveWorld, shoot, startBrowser } from './browser.ts';
import { eventually } from './showroom.ts';

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

const plates = [{ id: 'main', name: 'main', xMm: 70, yMm: 20, widthMm: 90, heightMm: 50 }];
const layout = { ...smallLayout, paper: { ...smallLayout.paper, widthMm: 180 }, plates };
const svg = (inner: string) =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="40mm" height="20mm" viewBox="0 0 40 20">${inner}</svg>`);
const rings = svg(
  '<circle cx="10" cy="10" r="9" fill="none" stroke="black"/><circle cx="28" cy="10" r="9" fill="none" stroke="black"/><text>x</text>',
);

for (const lang of ['en', 'de']) {
  test(`on a phone (${lang}) a file is chosen, seen on the sheet with time and ink, accepted, and drawn`, async (t) => {
    const drawings = openDrawingReader({ clock: systemClock() });
    t.after(() => drawings.close());
    const served = await serveWorld(t, { layout, drawings, speed: 3 });
    const { appliance, ledger } = served.world;
    appliance.start();
    await eventually(() => appliance.state().name === 'needs-sheet');
    appliance.operator.paperChanged();
    const { page, troubles } = await openPage(t, browser, `${served.url}/?lang=${lang}`, phone);
    const choose = (name: string, buffer: Buffer) =>
      page.locator('#drawing-file').setInputFiles({ name, mimeType: 'image/svg+xml', buffer });
    await choose('rings.svg', rings);
    await page.locator('#drawing-picture svg').waitFor();
    assert.match(await page.locator('#drawing-figures').innerText(), /main.* 1.*m .*text \(1\)/);
    assert.deepEqual(ledger.questions.drawings(), []);
    assert.deepEqual(await barriers(page), []);
    await page.locator('#drawings').scrollIntoViewIfNeeded();
    await shoot(page, `drawings-phone-${lang}`, { fullPage: true });
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
    assert.equal(wide, phone.viewport?.width, 'it scrolls sideways');
    await page.locator('#drawing-accept').click();
    await page.locator('#drawing-list li').waitFor();
    assert.match(await page.locator('#drawing-list').innerText(), /rings\.svg/);
    await eventually(() => ledger.questions.drawing(1)?.state === 'drawn');
    await page.locator('#drawing-list li').waitFor({ state: 'detached' });
    assert.equal(await page.locator('#drawing-accept').isVisible(), false);
    assert.deepEqual(troubles, []);
  });
}

test('a file that cannot be drawn is refused in words on the page, and another one can be chosen', async (t) => {
  const drawings = openDrawingReader({ clock: systemClock() });
  t.after(() => drawings.close());
  const served = await serveWorld(t, { layout, drawings });
  served.world.appliance.start();
  const { page } = await openPage(t, browser, served.url, phone);
  await page
    .locator('#drawing-file')
    .setInputFiles({ name: 'a.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('no') });
  await page.locator('#drawing-figures', { hasText: /SVG/ }).waitFor();
  assert.equal(await page.locator('#drawing-accept').isVisible(), false);
  await page.locator('#drawing-file').setInputFiles({ name: 'b.svg', mimeType: 'image/svg+xml', buffer: rings });
  await page.locator('#drawing-accept').waitFor();
  await page.locator('#drawing-refuse').click();
  assert.equal(await page.locator('#drawing-picture svg').count(), 0);
});

test('on a German phone a refusal is German: its words come with the first of them, and not before', async (t) => {
  const drawings = openDrawingReader({ clock: systemClock() });
  t.after(() => drawings.close());
  const served = await serveWorld(t, { layout, drawings });
  served.world.appliance.start();
  const { page } = await openPage(t, browser, 'about:blank', phone);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(`${served.url}/?lang=de`);
  await page.locator('#outlook', { hasText: /offen|Nichts/ }).waitFor();
  const isRefusals = (path: string) => path === '/page/refusals/de.json';
  assert.equal(asked.some(isRefusals), false);
  for (const [file, words] of [
    ['no', 'Die Datei ist kein SVG. Speichere die Zeichnung als einfaches SVG und sende diese Datei.'],
    ['<html>', 'Die Datei ist eine Webseite (HTML), kein SVG.'],
  ] as const) {
    const buffer = Buffer.from(file);
    await page.locator('#drawing-file').setInputFiles({ name: 'a.svg', mimeType: 'image/svg+xml', buffer });
    await page.locator('#drawing-figures', { hasText: words }).waitFor();
  }
  assert.equal(asked.filter(isRefusals).length, 1);
});

const boards = {
  en: [/Thanks, Zoë\s*for Zoë, \d+ % on paper/, /Bo\s*waits for a free place/, /2 drawings, the last on sheet 2, /],
  de: [
    /Thanks, Zoë\s*für Zoë, \d+ % auf Papier/,
    /Bo\s*wartet auf einen freien Platz/,
    /2 Bilder, das letzte auf Blatt 2, /,
  ],
};
const pages = { en: /2 drawings owed: /, de: /2 Zeichnungen offen: / };
const gifts = JSON.stringify({
  version: 1,
  gifts: [
    { name: 'Galaxy', write: 'Thanks, {username}' },
    { name: 'Lion', write: '{username}' },
  ],
});

for (const lang of ['en', 'de'] as const) {
  test(`where drawings alone are owed the board says which, for whom and how far, and the page how many: ${lang}`, async (t) => {
    const served = await serveWorld(t, { layout, gifts, speed: 0.1 });
    const { appliance, source } = served.world;
    appliance.start();
    await eventually(() => appliance.state().name === 'needs-sheet');
    appliance.operator.paperChanged();
    source.give('Galaxy', 1, 'Zoë');
    source.give('Lion', 1, 'Bo');
    const { page, troubles } = await openPage(t, browser, `${served.url}/board?lang=${lang}`, desktop);
    for (const text of boards[lang]) await page.locator('#queue', { hasText: text }).waitFor();
    assert.deepEqual(await barriers(page), []);
    await shoot(page, `board-drawings-${lang}`);
    const whole = await openPage(t, browser, `${served.url}/?lang=${lang}`, phone);
    await whole.page.locator('#outlook', { hasText: pages[lang] }).waitFor();
    assert.deepEqual([troubles, whole.troubles], [[], []]);
  });
}
