import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { barriers, desktop, openPage, phone, serveWorld, shoot, startBrowser } from './browser.ts';
import { bluePng, hashOf, toneWav } from './media.ts';
import { serveEvening } from './showroom.ts';

let browser: Browser;
/** As OBS starts its own: pages are heard without a click. */
let obs: Browser;
before(async () => {
  browser = await startBrowser();
  obs = await startBrowser('--autoplay-policy=no-user-gesture-required');
});
after(() => Promise.all([browser.close(), obs.close()]));

async function send(url: string, body: unknown): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/board/cues`, { method: 'POST', headers, body: JSON.stringify(body) });
  return response.status;
}

const cue = (url: string, alert: unknown) => send(url, { alert });

/** Brings a sound or a picture. @returns how cues name it */
async function bring(url: string, bytes: Buffer<ArrayBuffer>): Promise<string> {
  const response = await fetch(`${url}/board/media/${hashOf(bytes)}`, { method: 'PUT', body: bytes });
  assert.equal(response.status, 200);
  return hashOf(bytes);
}

/**
 * Writes down in the page what is played, and whether it was heard to its end. A page that is looked into counts as
 * touched: what a browser does to one that is not is done here in its place.
 */
const listenIn = (mayPlay: boolean) => `(() => {
  window.heard = [];
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    const hash = this.src.replace(/^.*media.|[?].*$/g, '');
    window.heard.push('begins ' + hash + ' ' + this.volume);
    this.addEventListener('ended', () => window.heard.push('ends ' + hash), { capture: true });
    return ${mayPlay} ? play.call(this) : Promise.reject(new DOMException('', 'NotAllowedError'));
  };
})()`;

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
    const alert = alertsIn({ box, picture: new Image(), emoji, text, sky }, () => '', () => {});
    for (let n = 0; n < 500; n++) alert({ text: String(n), seconds: 0.05, animation: 'fade', emoji: '' });
    await new Promise((done) => setTimeout(done, 25_000));
    return shown;
  })()`);
  assert.deepEqual(
    shown,
    Array.from({ length: 21 }, (_, n) => String(n)),
  );
});

/** What was heard, once it is so much. */
async function heardIn(page: Page, count: number): Promise<readonly string[]> {
  for (let attempts = 0; attempts < 500; attempts++) {
    const heard = await page.evaluate<readonly string[]>('window.heard');
    if (heard.length >= count) return heard;
    await page.waitForTimeout(20);
  }
  throw new Error(`${count} were not heard`);
}

test('as a source in OBS the board plays sounds one after the other, and the sound of an alert with its picture', async (t) => {
  const served = await serveWorld(t);
  const { page, troubles } = await openPage(t, obs, `${served.url}/board?show=alerts`, desktop);
  await page.locator('#owed', { hasText: /./ }).waitFor({ state: 'attached' });
  await page.evaluate(listenIn(true));
  const [horn, bell] = [await bring(served.url, toneWav(0.4)), await bring(served.url, toneWav(0.3, { hz: 660 }))];
  const picture = await bring(served.url, bluePng);
  assert.equal(await send(served.url, { sound: { media: horn, volume: 0.5 } }), 200);
  assert.equal(await send(served.url, { sound: { media: bell } }), 200);
  assert.deepEqual(await heardIn(page, 4), [`begins ${horn} 0.5`, `ends ${horn}`, `begins ${bell} 1`, `ends ${bell}`]);
  await cue(served.url, { text: 'mila', seconds: 2, animation: 'pop', picture, sound: { media: horn } });
  await page.locator('#alert-picture').waitFor();
  await shoot(page, 'board-alert-picture');
  assert.deepEqual((await heardIn(page, 6)).slice(4), [`begins ${horn} 1`, `ends ${horn}`]);
  await page.locator('#alert').waitFor({ state: 'hidden' });
  await cue(served.url, { text: 'none', seconds: 1 });
  await shownIn(page).filter({ hasText: 'none' }).waitFor();
  assert.equal(await page.locator('#alert-picture').isVisible(), false, 'the next one has none');
  assert.deepEqual(troubles, []);
});

test('with ?sound=no a board is silent; one that nobody has touched leaves sounds out and goes on', async (t) => {
  const served = await serveWorld(t);
  const silent = await openPage(t, obs, `${served.url}/board?sound=no`, desktop);
  const untouched = await openPage(t, obs, `${served.url}/board`, desktop);
  const horn = await bring(served.url, toneWav(0.4));
  for (const { page } of [silent, untouched]) {
    await page.locator('#owed', { hasText: /./ }).waitFor({ state: 'attached' });
    await page.evaluate(listenIn(page === silent.page));
  }
  await send(served.url, { sound: { media: horn } });
  await cue(served.url, { text: 'mila', seconds: 4, sound: { media: horn } });
  await Promise.all(
    [silent, untouched].map(async ({ page }) => {
      await shownIn(page).filter({ hasText: 'mila' }).waitFor();
      await page.locator('#alert').waitFor({ state: 'hidden' });
    }),
  );
  assert.deepEqual(await silent.page.evaluate('window.heard'), []);
  assert.deepEqual(await untouched.page.evaluate('window.heard'), [`begins ${horn} 1`, `begins ${horn} 1`]);
  assert.deepEqual([...silent.troubles, ...untouched.troubles], []);
});
