/** Donations by socket and by list: each is credited once, whenever it came and whatever failed meanwhile. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { jsonAnswer } from '../../../src/simulators/platform/platform.ts';
import { tokenFile } from '../../../src/sources/connection/token-file.ts';
import { firstSignIn } from '../../../src/sources/connection/tokens.ts';
import { donating } from './donating.ts';

const euro = (amount: unknown) => ({ amount, currency: 'EUR' });

test('a donation comes at once by the socket, and its list repeats it without another credit', async (t) => {
  const { clock, platform, begin, credited, until } = donating(t);
  const box = await begin();
  await until('it is heard', () => box.source.facts().heard);
  const { phase, room } = box.source.facts();
  assert.deepEqual([phase, room], ['connected', 'donationalerts:4711']);
  platform.give(euro(5));
  await clock.advance(100);
  assert.deepEqual(credited(box), [500]);
  await clock.advance(600_000);
  assert.deepEqual(credited(box), [500]);
  const [event] = box.events.filter(({ kind }) => kind === 'donation');
  assert.deepEqual(
    [event?.platform, event?.channel, event?.room, event?.id, event?.user?.id],
    ['donationalerts', 'penroom', 'donationalerts:4711', '171900000', 'donationalerts:inky'],
  );
});

test('what the socket never says is in the list: told within a poll, once', async (t) => {
  const { clock, platform, begin, credited, until } = donating(t);
  const box = await begin();
  await until('it is heard', () => box.source.facts().heard);
  platform.faults.isSocketMute = true;
  for (let number = 1; number <= 95; number += 1) platform.give(euro(number));
  await clock.advance(61_000 + 5_000);
  assert.deepEqual(
    credited(box),
    Array.from({ length: 95 }, (_, index) => 100 * (index + 1)),
  );
  const pages = platform.counts.pages;
  await clock.advance(60_000);
  assert.equal(platform.counts.pages, pages + 1, 'what is known is not read again');
});

test('doubled, reordered and late on the socket, each donation is credited once', async (t) => {
  const { clock, platform, begin, credited, until } = donating(t);
  const box = await begin();
  await until('it is heard', () => box.source.facts().heard);
  platform.faults.repeats = 2;
  let turn = 0;
  platform.faults.lateMs = () => {
    turn += 1;
    return (turn * 7_919) % 90_000;
  };
  for (let number = 1; number <= 20; number += 1) platform.give(euro(number));
  await clock.advance(180_000);
  assert.deepEqual(
    credited(box),
    Array.from({ length: 20 }, (_, index) => 100 * (index + 1)),
  );
});

test('donations that came while the box was off are credited once; so are those of a dead socket', async (t) => {
  const { clock, platform, network, begin, credited, until } = donating(t);
  const one = await begin();
  await until('it is heard', () => one.source.facts().heard);
  platform.give(euro(1));
  await clock.advance(100);
  await one.end();
  for (let number = 2; number <= 40; number += 1) platform.give(euro(number));
  await clock.advance(3 * 24 * 3_600_000);
  const two = await begin();
  await clock.advance(10_000);
  assert.deepEqual(
    credited(two),
    Array.from({ length: 40 }, (_, index) => 100 * (index + 1)),
  );
  network.isSilent = true;
  platform.give(euro(41));
  await clock.advance(50_000);
  assert.equal(two.source.facts().heard, false);
  network.isSilent = false;
  await clock.advance(120_000);
  assert.deepEqual(credited(two).at(-1), 4_100);
  const [late] = two.events.filter(({ id }) => id === '171900040');
  assert.ok(late !== undefined && late.arrivedAtMs - (late.atMs ?? 0) > 40_000, 'it says when it was given');
  two.inbox.flush();
  const gaps = two.ledger.live((times) => times.gapsOf('donationalerts:4711'));
  assert.ok(gaps.length >= 2 && gaps.every(({ over }) => over), JSON.stringify(gaps));
});

test('who signs in does not pay for what was given before, and a later ledger reaches back a day at most', async (t) => {
  const { clock, platform, begin, credited, folder } = donating(t, false);
  for (let number = 1; number <= 200; number += 1) platform.give(euro(number));
  await clock.advance(3_600_000);
  tokenFile(join(folder, 'sign-in.json')).write({ ...platform.grant(), since: clock.wallMs() });
  await clock.advance(600_000);
  platform.give(euro(300));
  const box = await begin();
  await clock.advance(30_000);
  assert.deepEqual(credited(box), [30_000]);
  assert.ok(platform.counts.pages <= 3, 'years of donations are not read');
  // What was given before is shown again by the widget.
  platform.publish(platform.donations[0]);
  await clock.advance(1_000);
  assert.deepEqual(credited(box), [30_000]);
});

test('who signed in while the clock was ahead is paid from the moment on that somebody listens', async (t) => {
  const { clock, platform, begin, credited, folder, until } = donating(t, false);
  platform.give(euro(1));
  await clock.advance(60_000);
  const aheadMs = 365 * 24 * 3_600_000;
  tokenFile(join(folder, 'sign-in.json')).write({ ...platform.grant(), since: clock.wallMs() + aheadMs });
  const box = await begin();
  await until('it is heard', () => box.source.facts().heard);
  await clock.advance(5_000);
  platform.give(euro(2));
  await clock.advance(70_000);
  assert.deepEqual(credited(box), [200]);
});

test('who has to sign in again before the list was ever read loses nothing that was given since the first time', async (t) => {
  const { clock, platform, begin, credited, folder } = donating(t);
  platform.revoke();
  const box = await begin();
  await clock.advance(60_000);
  assert.equal(box.source.facts().problem?.code, 'live-sign-in-refused');
  platform.give(euro(7));
  await clock.advance(60_000);
  const file = tokenFile(join(folder, 'sign-in.json'));
  const again = () => ({ ...platform.grant(), since: clock.wallMs(), firstSince: firstSignIn(file) ?? 0 });
  file.write(again());
  await clock.advance(70_000);
  assert.deepEqual(credited(box), [700]);
  // The ledger knows from now on: another account begins with its own sign-in.
  platform.revoke();
  await clock.advance(120_000);
  platform.give(euro(8));
  file.write(again());
  await clock.advance(130_000);
  assert.deepEqual(credited(box), [700, 800]);
});

test('a sign-in of another time is not paid for anew by another ledger', async (t) => {
  const { clock, platform, begin, credited } = donating(t);
  platform.give(euro(1));
  await clock.advance(30 * 24 * 3_600_000);
  platform.give(euro(2));
  await clock.advance(60_000);
  const box = await begin();
  await clock.advance(10_000);
  assert.deepEqual(credited(box), [200]);
});

test('a 401 is followed by one refresh, and the new sign-in is on disk before it is used', async (t) => {
  const { clock, platform, begin, until, folder } = donating(t);
  const box = await begin();
  await until('it is heard', () => box.source.facts().heard);
  platform.endTokens();
  await clock.advance(61_000);
  assert.equal(platform.counts.tokens, 2);
  assert.equal(JSON.parse(readFileSync(join(folder, 'sign-in.json'), 'utf8')).accessToken, 'access-2');
  platform.faults.unauthorized = 1;
  await clock.advance(60_000);
  assert.equal(platform.counts.tokens, 3);
  assert.equal(box.source.facts().problem, null);
  await clock.advance(8 * 3_600_000);
  assert.ok(platform.counts.tokens <= 3 + 9, 'an hour each');
});

test('who takes back the sign-in is asked to sign in anew, and nothing is lost meanwhile', async (t) => {
  const { clock, platform, begin, credited, until, folder, network } = donating(t);
  const box = await begin();
  await until('it is heard', () => box.source.facts().heard);
  platform.revoke();
  network.drop();
  await clock.advance(120_000);
  const { problem, silence } = box.source.facts();
  assert.equal(problem?.code, 'live-sign-in-refused');
  assert.equal(silence?.code, 'refused');
  const requests = platform.counts.requests;
  await clock.advance(600_000);
  assert.ok(platform.counts.requests - requests < 10, 'the platform is left alone');
  platform.give(euro(7));
  const file = tokenFile(join(folder, 'sign-in.json'));
  file.write({ ...platform.grant(), since: clock.wallMs() });
  await clock.advance(70_000);
  assert.equal(box.source.facts().heard, true);
  assert.equal(box.source.facts().problem, null);
  assert.deepEqual(credited(box), [700]);
});

test('without a sign-in it says so, and begins as soon as there is one', async (t) => {
  const { clock, platform, begin, folder } = donating(t, false);
  const box = await begin();
  await clock.advance(1_000);
  assert.equal(box.source.facts().problem?.code, 'live-not-signed-in');
  tokenFile(join(folder, 'sign-in.json')).write({ ...platform.grant(), since: clock.wallMs() });
  await clock.advance(8_000);
  assert.equal(box.source.facts().heard, true);
});

test('a platform that asks to wait is left alone as long as it says; no more than one question a second is asked', async (t) => {
  const { clock, platform, begin, until } = donating(t);
  const box = await begin();
  await until('it is heard', () => box.source.facts().heard);
  for (let number = 1; number <= 300; number += 1)
    platform.donations.push({ ...platform.give(euro(1)), id: 500 + number });
  platform.faults.listInstead = () => jsonAnswer(429, {}, { 'retry-after': '600' });
  await clock.advance(61_000);
  const pages = platform.counts.pages;
  await clock.advance(500_000);
  assert.equal(platform.counts.pages, pages);
  platform.faults.listInstead = null;
  const requests = platform.counts.requests;
  await clock.advance(300_000);
  assert.ok(platform.counts.requests > requests);
  assert.ok(platform.counts.requests - requests <= 301);
});

test('a platform that asks to wait for years is asked again within a day', async (t) => {
  const { clock, platform, begin, until } = donating(t);
  const box = await begin();
  await until('it is heard', () => box.source.facts().heard);
  platform.faults.listInstead = () => jsonAnswer(429, {}, { 'retry-after': '99999999999' });
  await clock.advance(61_000);
  platform.faults.listInstead = null;
  const pages = platform.counts.pages;
  await clock.advance(24 * 3_600_000 + 61_000);
  assert.ok(platform.counts.pages > pages);
});

test('a server that closes for good, refuses a token or speaks another way is tried again at its pace', async (t) => {
  const { clock, platform, begin, credited, until } = donating(t);
  platform.faults.tokensEnded = 3;
  const box = await begin();
  await until('it is heard', () => box.source.facts().heard);
  assert.ok(platform.counts.sockets >= 4);
  platform.closeAll(false);
  await clock.advance(10_000);
  assert.equal(box.source.facts().heard, true);
  for (const text of [
    '{"connect":{}}',
    'no json',
    '{"result":{"type":9,"channel":"$alerts:donation_4711"}}',
    '[]',
    '7',
    'null',
  ])
    platform.say(text);
  platform.give(euro(3));
  await clock.advance(1_000);
  assert.equal(box.source.facts().heard, true);
  assert.ok(box.source.facts().undecodable >= 4);
  assert.deepEqual(credited(box), [300]);
});

test('the ping of the socket is ours, and keeps it open through hours of silence', async (t) => {
  const { clock, platform, begin, until } = donating(t);
  const box = await begin();
  await until('it is heard', () => box.source.facts().heard);
  await clock.advance(4 * 3_600_000);
  assert.equal(box.source.facts().reconnects, 0);
  assert.ok(platform.counts.pings >= 700);
});

test('bad input is bounded and told, and costs no other donation', async (t) => {
  const { clock, platform, begin, credited, until } = donating(t);
  const box = await begin();
  await until('it is heard', () => box.source.facts().heard);
  const bad: readonly object[] = [
    { ...euro(5), currency: 'EURO' },
    { ...euro(5), currency: null },
    euro(-5),
    euro(0),
    euro('1e999'),
    euro('abc'),
    euro(null),
  ];
  for (const each of bad) platform.give({ ...euro(1), ...each });
  platform.publish({ id: 1, ...euro(5), recipient: { user_id: 99 } });
  platform.publish(null);
  platform.publish({ id: -1 });
  platform.publish({ ...platform.donations[0], id: 'x'.repeat(1_000) });
  platform.say(
    `{"result":{"channel":"$alerts:donation_4711","data":{"seq":1,"data":{"id":171999999,"amount":1e999,"currency":"EUR"}}}}`,
  );
  platform.give({
    ...euro(8),
    username: '<b>x</b>\u202e\u0000',
    message: `<script>alert(1)</script>${'y'.repeat(100_000)}`,
  });
  await clock.advance(1_000);
  assert.deepEqual(credited(box), [800]);
  const [event] = box.events.filter(({ kind }) => kind === 'donation');
  assert.ok(event?.kind === 'donation' && [...event.payload.text].length === 500);
  assert.equal(event.user?.name, '<b>x</b>');
  assert.equal(box.source.facts().undecodable, 12);
  await clock.advance(200_000);
  assert.deepEqual(credited(box), [800]);
  assert.equal(box.source.facts().undecodable, 12, 'the list says it again and again, and it is told once');
  assert.equal(box.source.facts().heard, true);
});

test('a message of half a million lines that nobody can read holds nothing up, and costs no donation', async (t) => {
  const { clock, platform, begin, credited, until } = donating(t);
  const box = await begin();
  await until('it is heard', () => box.source.facts().heard);
  platform.say('1\n'.repeat(500_000));
  platform.give(euro(3));
  await clock.advance(30_000);
  assert.equal(box.source.facts().undecodable, 20);
  assert.equal(box.source.facts().heard, true);
  assert.deepEqual(credited(box), [300]);
});

test('a disk that is full for a while costs no donation, be it of the socket or of the list', async (t) => {
  const { clock, platform, begin, credited, until } = donating(t);
  let isFull = false;
  const box = await begin({
    disk: (ledger) => ({
      ...ledger,
      record(items) {
        const batch = [...items];
        if (isFull && batch.length > 0) throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL');
        return ledger.record(batch);
      },
    }),
  });
  await until('it is heard', () => box.source.facts().heard);
  isFull = true;
  for (let number = 1; number <= 50; number += 1) platform.give(euro(number));
  await clock.advance(300_000);
  platform.faults.isSocketMute = true;
  for (let number = 51; number <= 100; number += 1) platform.give(euro(number));
  await clock.advance(300_000);
  isFull = false;
  await clock.advance(130_000);
  assert.deepEqual(
    credited(box),
    Array.from({ length: 100 }, (_, index) => 100 * (index + 1)),
  );
});

test('an older ledger that was put back learns again what it does not know any more', async (t) => {
  const { clock, platform, begin, credited, until, folder } = donating(t);
  const file = join(folder, 'livepen.db');
  const one = await begin();
  await until('it is heard', () => one.source.facts().heard);
  platform.give(euro(1));
  await clock.advance(70_000);
  await one.end();
  const copy = readFileSync(file);
  const two = await begin();
  for (let number = 2; number <= 70; number += 1) platform.give(euro(number));
  await clock.advance(70_000);
  assert.equal(credited(two).length, 70);
  await two.end();
  writeFileSync(file, copy);
  const three = await begin();
  await clock.advance(30_000);
  assert.deepEqual(
    credited(three),
    Array.from({ length: 70 }, (_, index) => 100 * (index + 1)),
  );
});

test('deletions while the list is read make it skip nobody', async (t) => {
  const { clock, platform, begin, credited, until } = donating(t);
  const one = await begin();
  await until('it is heard', () => one.source.facts().heard);
  await one.end();
  for (let number = 1; number <= 120; number += 1) platform.give(euro(number));
  await clock.advance(1_000);
  const box = await begin();
  const pages = platform.counts.pages;
  await until('two pages are read', () => platform.counts.pages >= pages + 2);
  // Somebody takes back the newest twenty.
  platform.donations.splice(-20);
  await clock.advance(30_000);
  assert.equal(credited(box).length, 120);
});

test('whoever stops while the disk takes nothing does not wait for it', async (t) => {
  const { clock, platform, begin, until } = donating(t);
  let isFull = false;
  const box = await begin({
    disk: (ledger) => ({
      ...ledger,
      record(items) {
        const batch = [...items];
        if (isFull && batch.length > 0) throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL');
        return ledger.record(batch);
      },
    }),
  });
  await until('it is heard', () => box.source.facts().heard);
  isFull = true;
  platform.faults.isSocketMute = true;
  platform.give(euro(1));
  await clock.advance(61_000);
  let isStopped = false;
  void box.source.stop().then(() => {
    isStopped = true;
  });
  await clock.advance(10_000);
  assert.equal(isStopped, true);
  isFull = false;
});

test('an id counts as the number that it is, however it is written', async (t) => {
  const { clock, platform, begin, credited, until } = donating(t);
  const box = await begin();
  await until('it is heard', () => box.source.facts().heard);
  const { recipient: _, ...given } = platform.give(euro(5));
  for (const id of [String(given.id), `00${given.id}`, `0${given.id}`]) platform.publish({ ...given, id });
  await clock.advance(1_000);
  assert.deepEqual(credited(box), [500]);
  for (const id of [1.5, '1e3', '-3', '', ' ', null, 1e20, '9'.repeat(21)]) platform.publish({ ...given, id });
  await clock.advance(1_000);
  assert.deepEqual(credited(box), [500]);
  assert.equal(box.source.facts().undecodable, 8);
});

for (const lacking of [['links'], ['meta'], ['links', 'meta']] as const) {
  test(`a list whose pages have no ${lacking.join(' and no ')} is read to its end`, async (t) => {
    const { clock, platform, begin, credited, until } = donating(t);
    const one = await begin();
    await until('it is heard', () => one.source.facts().heard);
    await one.end();
    platform.faults.listLacks = lacking;
    for (let number = 1; number <= 95; number += 1) platform.give(euro(number));
    const two = await begin();
    await clock.advance(30_000);
    assert.equal(credited(two).length, 95);
    const { pages } = platform.counts;
    await clock.advance(60_000);
    assert.equal(platform.counts.pages, pages + 1);
  });
}

for (const [what, answer] of [
  ['asks to wait', jsonAnswer(429, {}, { 'retry-after': '5' })],
  ['has trouble of its own', jsonAnswer(503, {})],
] as const) {
  test(`a long list is read to its end though the platform ${what} now and then, and no page twice for that`, async (t) => {
    const { clock, platform, begin, credited, until } = donating(t);
    const one = await begin();
    await until('it is heard', () => one.source.facts().heard);
    await one.end();
    for (let number = 1; number <= 3_000; number += 1) platform.give(euro(number));
    let asked = 0;
    platform.faults.listInstead = () => {
      asked += 1;
      return asked % 40 === 0 ? answer : undefined;
    };
    const two = await begin();
    await clock.advance(300_000);
    assert.equal(credited(two).length, 3_000);
    assert.ok(asked < 115, `${asked} pages were asked for`);
  });
}

test('what is given while a long list is broken off and gone on with is credited, and so is what is far down in it', async (t) => {
  const { clock, platform, begin, credited, until } = donating(t);
  const one = await begin();
  await until('it is heard', () => one.source.facts().heard);
  await one.end();
  for (let number = 1; number <= 900; number += 1) platform.give(euro(number));
  let asked = 0;
  platform.faults.listInstead = () => {
    asked += 1;
    return asked % 7 === 0 ? null : undefined;
  };
  platform.faults.isSocketMute = true;
  const two = await begin();
  for (let round = 0; round < 20; round += 1) {
    for (let number = 1; number <= 45; number += 1) platform.give(euro(1_000 + 45 * round + number));
    // One that appears late stands among newer ones, and is not taken for where it is known again.
    if (round === 10) platform.donations.splice(-15, 0, { ...platform.give(euro(5_000)), id: 171_899_999 });
    await clock.advance(20_000);
  }
  platform.faults.listInstead = null;
  await clock.advance(300_000);
  const given = platform.donations.map(({ amount }) => Number(amount) * 100);
  assert.deepEqual(
    credited(two),
    given.toSorted((a, b) => a - b),
  );
});

test('a server that says twice in a row that nobody is to come again is left alone until a person looks', async (t) => {
  const { clock, platform, begin, credited, until, folder } = donating(t);
  const box = await begin();
  await until('it is heard', () => box.source.facts().heard);
  platform.faults.isClosed = true;
  platform.closeAll(false);
  await clock.advance(60_000);
  assert.equal(box.source.facts().problem?.code, 'live-not-wanted');
  const { sockets } = platform.counts;
  await clock.advance(600_000);
  assert.equal(platform.counts.sockets, sockets);
  platform.give(euro(4));
  await clock.advance(61_000);
  assert.deepEqual(credited(box), [400], 'the list is read all the same');
  platform.faults.isClosed = false;
  tokenFile(join(folder, 'sign-in.json')).write({ ...platform.grant(), since: clock.wallMs() });
  await clock.advance(70_000);
  assert.equal(box.source.facts().heard, true);
});

test('a page in place of an answer is the network’s, and no reason to sign in anew', async (t) => {
  const { clock, platform, begin, until } = donating(t);
  const box = await begin();
  await until('it is heard', () => box.source.facts().heard);
  platform.faults.instead = () => ({
    status: 403,
    headers: { 'content-type': 'text/html' },
    body: '<html>sign in</html>',
  });
  await clock.advance(61_000);
  assert.equal(box.source.facts().problem?.code, 'live-portal');
  platform.faults.instead = () => jsonAnswer(403, { message: 'Forbidden.' });
  await clock.advance(60_000);
  assert.equal(box.source.facts().problem?.code, 'live-rights-lacking');
});
