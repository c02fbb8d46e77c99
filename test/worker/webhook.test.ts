import assert from 'node:assert/strict';
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { LookupFunction } from 'node:net';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/system/clock.ts';
import { isOfHouse, refusedAddress, type WebPorts } from '../../src/worker/outlets/web.ts';
import { keyOfSecret, webhookOutlet } from '../../src/worker/outlets/webhook.ts';
import { outletContract } from './outlet-contract.ts';
import { task } from './tasks.ts';
import { type Posted, WebReceiver } from './web-receiver.ts';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** What a receiver does that follows the specification of Standard Webhooks, written from that alone. */
function isFromOwner({ headers, body }: Posted, nowS: number): boolean {
  const id = String(headers['webhook-id']);
  const sentS = String(headers['webhook-timestamp']);
  if (Math.abs(nowS - Number(sentS)) > 5 * 60) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const wanted = createHmac('sha256', key).update([id, sentS, body].join('.')).digest();
  return String(headers['webhook-signature'])
    .split(' ')
    .some((each) => {
      const [version, given = ''] = each.split(',');
      const bytes = Buffer.from(given, 'base64');
      return version === 'v1' && bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
    });
}

function outletTo(address: string, ports: WebPorts, isLocal = true) {
  return webhookOutlet({ name: 'friends', url: new URL(address), isLocal, secret, kinds: [] }, systemClock(), ports);
}

async function rigOf(context: TestContext) {
  const receiver = await WebReceiver.open(context);
  return {
    outlet: outletTo(`${receiver.address}?key=in-the-address`, receiver.ports),
    taskOf: (text: string) => task('webhook', { to: 'friends', data: { text } }),
    received: () => receiver.posted.map(({ body }) => JSON.parse(body).data.values.text),
    become: (mood: Parameters<WebReceiver['become']>[0]) => receiver.become(mood),
    secrets: [secret, secret.slice(6), 'in-the-address'],
  };
}

outletContract('webhook', rigOf, ['slow', 'hangs', 'refuses', 'gone', 'forbids']);

const never = new AbortController().signal;
const someTask = task('webhook', { to: 'friends', data: { text: 'hello' } });

test('a webhook is signed so that a receiver of Standard Webhooks knows whose it is, and each try has the same id', async (context) => {
  const receiver = await WebReceiver.open(context);
  const outlet = outletTo(receiver.address, receiver.ports);
  await outlet.send(someTask, never);
  await outlet.send(someTask, never);
  const nowS = systemClock().wallMs() / 1_000;
  assert.deepEqual(
    receiver.posted.map((each) => isFromOwner(each, nowS)),
    [true, true],
  );
  const [first, second] = receiver.posted;
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(first.headers['webhook-id'], someTask.id);
  assert.equal(second.headers['webhook-id'], first.headers['webhook-id']);
  assert.equal(isFromOwner({ ...first, body: `${first.body} ` }, nowS), false);
  assert.deepEqual(JSON.parse(first.body), {
    type: 'rule.fired',
    timestamp: '2026-01-01T00:00:00.000Z',
    data: { rule: 'thanks', event: 'gift', viewer: 'Anna', origin: 'live', prize: '', values: { text: 'hello' } },
  });
});

test('a name that means an address of this house is connected to only where the webhook is listed as local', async (context) => {
  const receiver = await WebReceiver.open(context);
  const sent = await outletTo(receiver.address, receiver.ports, false).send(someTask, never);
  assert.ok(!sent.ok && sent.kind === 'refused', JSON.stringify(sent));
  assert.match(sent.fault.what, /its name means an address of another network/);
  assert.equal(receiver.connections, 0);
});

test('a name that is bound anew between looking and connecting gets nobody into the house', async (context) => {
  const answers = ['203.0.113.7', '127.0.0.1'];
  const asked: string[] = [];
  const rebinding: LookupFunction = (name, options, callback) => {
    const address = answers[Math.min(asked.length, 1)] ?? '';
    asked.push(name);
    if (options.all === true) callback(null, [{ address, family: 4 }]);
    else callback(null, address, 4);
  };
  const receiver = await WebReceiver.open(context, rebinding);
  const outlet = outletTo(receiver.address, receiver.ports, false);
  await outlet.send(someTask, AbortSignal.timeout(300));
  await outlet.send(someTask, AbortSignal.timeout(300));
  assert.equal(asked.length, 2, 'each try looks it up, and connects to what it found then');
  assert.equal(receiver.connections, 0);
});

test('an address of this house is known in all its forms', () => {
  for (const address of [
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    'fd00::1',
    'fe80::1',
    '64:ff9b::a00:1',
    '2002:7f00:1::',
    'no address',
  ])
    assert.equal(isOfHouse(address), true, address);
  for (const address of ['203.0.113.7', '8.8.8.8', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])
    assert.equal(isOfHouse(address), false, address);
});

for (const written of [
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://[::1]/',
  'https://[::ffff:7f00:1]/',
])
  test(`${written} is an address of this house, and is not connected to`, async () => {
    const ports: WebPorts = { lookup: () => assert.fail('a literal address is not looked up') };
    const sent = await outletTo(written, ports, false).send(someTask, never);
    assert.ok(!sent.ok && sent.kind === 'refused', JSON.stringify(sent));
  });

test('a listed local host without TLS is taken only while it is in this house', async () => {
  const ports: WebPorts = {
    lookup: (_name, _options, callback) => callback(null, [{ address: '203.0.113.7', family: 4 }]),
  };
  const sent = await outletTo('http://homeassistant.local/', ports, true).send(someTask, never);
  assert.ok(!sent.ok && sent.kind === 'refused', JSON.stringify(sent));
});

test('a certificate that nobody vouches for is not believed', async (context) => {
  const receiver = await WebReceiver.open(context);
  const sent = await outletTo(receiver.address, { lookup: receiver.ports.lookup }).send(someTask, never);
  assert.ok(!sent.ok && sent.kind === 'unreachable', JSON.stringify(sent));
  assert.equal(receiver.posted.length, 0);
});

test('a redirect is not followed and is a no; 410 switches off; 429 and 503 are tried again, as late as they ask', async (context) => {
  const receiver = await WebReceiver.open(context);
  const answers: readonly (readonly [number, Record<string, string>])[] = [
    [302, { location: receiver.address }],
    [410, {}],
    [429, { 'retry-after': '7' }],
    [503, { 'retry-after': 'soon' }],
  ];
  let asked = 0;
  receiver.answer = (_incoming, outgoing) => {
    const [status, headers] = answers[asked] ?? [500, {}];
    asked += 1;
    outgoing.writeHead(status, headers).end();
  };
  const outlet = outletTo(receiver.address, receiver.ports);
  const kinds: unknown[] = [];
  for (const _ of answers) {
    const sent = await outlet.send(someTask, never);
    kinds.push(sent.ok ? 'taken' : [sent.kind, sent.afterMs ?? null]);
  }
  assert.deepEqual(kinds, [
    ['refused', null],
    ['off', null],
    ['unreachable', 7_000],
    ['unreachable', 0],
  ]);
  assert.equal(asked, 4);
});

test('an answer without an end is not read to its end', async (context) => {
  const receiver = await WebReceiver.open(context);
  receiver.answer = (_incoming, outgoing) => {
    outgoing.writeHead(200);
    const more = () => outgoing.write('x'.repeat(1_000), () => !outgoing.destroyed && setImmediate(more));
    more();
  };
  assert.deepEqual(await outletTo(receiver.address, receiver.ports).send(someTask, never), { ok: true });
});

test('only https is listed, unless the host is local, and no address with a password in it', () => {
  assert.equal(refusedAddress('https://example.org/hook', false), null);
  assert.equal(refusedAddress('http://homeassistant.local:8123/x', true), null);
  for (const written of ['http://example.org/', 'ftp://example.org/', 'example.org', 'https://a:b@example.org/', ''])
    assert.notEqual(refusedAddress(written, false), null, written);
});

test('a secret has 24 to 64 bytes', () => {
  for (const bytes of [24, 32, 64])
    assert.equal(keyOfSecret(`whsec_${Buffer.alloc(bytes).toString('base64')}`)?.length, bytes);
  for (const written of [
    '',
    'whsec_',
    `whsec_${Buffer.alloc(23).toString('base64')}`,
    Buffer.alloc(32).toString('base64'),
  ])
    assert.equal(keyOfSecret(written), null, written);
});

test('Retry-After is obeyed in seconds and as a date, by the clock of whoever answers', async (context) => {
  const receiver = await WebReceiver.open(context);
  const outlet = outletTo(receiver.address, receiver.ports);
  const date = 'Sun, 06 Nov 1994 08:49:37 GMT';
  for (const [headers, afterMs] of [
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': 'Sun, 06 Nov 1994 08:51:37 GMT', date }, 120_000],
    [{ 'retry-after': 'Sun, 06 Nov 1994 08:40:00 GMT', date }, 0],
    [{ 'retry-after': 'soon' }, 0],
    [{ 'retry-after': '-5' }, 0],
    [{ 'retry-after': '' }, 0],
    [{}, 0],
  ] as const) {
    receiver.answer = (_incoming, outgoing) => outgoing.writeHead(503, headers).end();
    const sent = await outlet.send(someTask, never);
    assert.ok(!sent.ok && sent.kind === 'unreachable', JSON.stringify(sent));
    assert.equal(sent.afterMs, afterMs, JSON.stringify(headers));
  }
});
