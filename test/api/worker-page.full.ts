import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { barriers, openPage, phone, serveWorld, shoot, startBrowser } from './browser.ts';

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

const workerToken = 'w'.repeat(43);
const counts = { waiting: 0, sent: 12, retried: 0, dropped: 0, dead: 0 };
const name = 'webhook friends-of-the-plotter-that-live-very-far-away-from-here';
const outlets = [
  { name: 'obs', kind: 'instant', fault: 'obs: not reached: the connection is refused.', ...counts, dropped: 3 },
  { name, kind: 'durable', fault: `${name}: it answered with status 410.`, ...counts, waiting: 2, dead: 12 },
];
const letter = (seq: number) => ({
  ...{ seq, outlet: name, rule: 'thanks', viewer: 'ein_sehr_langer_name_der_kaum_enden_will', atMs: 1_790_000_000_000 },
  why: `${name}: it answered with status 410: nothing is wanted there any more, so it is switched off.`,
});

for (const lang of ['en', 'de'])
  test(`on a phone (${lang}) the page shows a worker that came, what its outlets say and what did not arrive, and passes on what is to be done with it`, async (t) => {
    const { url, world } = await serveWorld(t, { workerToken });
    world.appliance.start();
    const { page, troubles } = await openPage(t, browser, 'about:blank', phone);
    const loaded: string[] = [];
    page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
    await page.goto(`${url}/?lang=${lang}`);
    await page.locator('#rows li').first().waitFor();
    assert.ok(!loaded.includes('/page/worker.js'), 'a page without a worker loads nothing of it');

    const report = async (dead: readonly number[]) => {
      const answer = await fetch(`${url}/worker/report`, {
        method: 'POST',
        headers: { authorization: `Bearer ${workerToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ outlets, dead: dead.map(letter) }),
      });
      assert.equal(answer.status, 200);
      return ((await answer.json()) as { readonly orders: readonly unknown[] }).orders;
    };
    await report([12, 11, 7]);
    await page.reload();
    await page.locator('#worker-dead li').first().waitFor();
    const text = await page.locator('#worker').innerText();
    const said =
      lang === 'en'
        ? [/It is there\./, /obs 12 sent · 3 dropped · not reached: the connection is refused\./, /and 9 earlier ones/]
        : [/Er ist da\./, /obs 12 gesendet · 3 verworfen · nicht erreicht: die Verbindung wird/, /und 9 frühere/];
    for (const each of said) assert.match(text, each);
    assert.doesNotMatch(text, lang === 'de' ? /switched off|sent|The worker/ : /abgeschaltet/);
    assert.deepEqual(await barriers(page), []);
    await page.locator('#worker').scrollIntoViewIfNeeded();
    await shoot(page, `worker-phone-${lang}`, { fullPage: true });
    assert.equal(await page.evaluate<number>('document.documentElement.scrollWidth'), phone.viewport?.width);

    await page.locator('#worker-dead [data-act="drop"][data-seq="7"]').click();
    await page.locator('#worker-dead [data-act="drop"][data-seq="7"]:disabled').waitFor();
    await page.locator('#worker-all').click();
    const orders: unknown[] = [];
    for (let turn = 0; turn < 100 && orders.length < 2; turn++) {
      orders.push(...(await report([])));
      await page.waitForTimeout(50);
    }
    assert.deepEqual(orders, [
      { act: 'drop', seq: 7, earlier: false },
      { act: 'send', seq: 12, earlier: true },
    ]);
    await page.reload();
    await page.locator('#worker-outlets li').first().waitFor();
    assert.equal(await page.locator('#worker-dead li', { hasText: /thanks/ }).count(), 0);
    assert.deepEqual(troubles, []);
  });
