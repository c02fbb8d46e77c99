import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEvents, settle } from './event-reader.ts';
import { bluePng, hashOf, toneWav } from './media.ts';
import { bearer, type Call, tokens, withApi } from './with-api.ts';

const workerToken = 'w'.repeat(43);
const inNetwork = { tokens, workerToken };
const asWorker = { authorization: `Bearer ${workerToken}` };
const board = { path: `/events?token=${tokens.board}` };
const horn = toneWav(0.2);

const bring = (
  call: Call,
  bytes: Uint8Array<ArrayBuffer>,
  hash = hashOf(bytes),
  headers: Record<string, string> = asWorker,
) => call('PUT', `/board/media/${hash}`, { headers, body: bytes });
const cue = (call: Call, body: unknown, headers: Record<string, string> = asWorker) =>
  call('POST', '/board/cues', {
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const got = (call: Call, bytes: Uint8Array, token = `?token=${tokens.board}`) =>
  call('GET', `/board/media/${hashOf(bytes)}${token}`);
/** Another sound each time, so many bytes long. */
const soundOf = (length: number, n: number) => {
  const bytes = Buffer.alloc(length, n % 251);
  horn.copy(bytes, 0, 0, 44);
  bytes.writeUInt32LE(n, 44);
  return bytes;
};

test('a sound or a picture that was sent is there for the board, by its real kind, and no browser guesses another', () =>
  withApi(async (call, _, api) => {
    for (const [bytes, type] of [
      [horn, 'audio/wav'],
      [Buffer.from('ID3\u0004 and more', 'latin1'), 'audio/mpeg'],
      [Buffer.from('fffb9064', 'hex'), 'audio/mpeg'],
      [Buffer.from('OggS and more'), 'audio/ogg'],
      [bluePng, 'image/png'],
      [Buffer.from('ffd8ffe000104a464946', 'hex'), 'image/jpeg'],
      [Buffer.from('GIF89a and more'), 'image/gif'],
      [Buffer.from('RIFFxxxxWEBPVP8 '), 'image/webp'],
    ] as const) {
      const sent = await bring(call, bytes);
      assert.deepEqual([sent.status, sent.json.type], [200, type]);
      const path = `/board/media/${hashOf(bytes)}?token=${tokens.board}`;
      const response = await api.app.request(`http://127.0.0.1:8420${path}`, { headers: { host: '127.0.0.1:8420' } });
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytes);
      assert.equal(response.headers.get('content-type'), type);
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
      assert.match(response.headers.get('content-security-policy') ?? '', /^default-src 'none'/);
    }
  }, inNetwork));

test('in base64 it arrives, too: so does a signed request, whose body is text', () =>
  withApi(async (call) => {
    const path = `/board/media/${hashOf(horn)}?encoding=base64`;
    const sent = await call('PUT', path, { headers: bearer, body: horn.toString('base64') });
    assert.deepEqual([sent.status, (await got(call, horn)).type], [200, 'audio/wav']);
  }, inNetwork));

test('what has another hash, is too long, is empty or is none of these kinds is refused, and not kept', () =>
  withApi(async (call) => {
    const page = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
    for (const [bytes, hash, status, said] of [
      [horn, hashOf(bluePng), 422, /its SHA-256 is another one/],
      [soundOf(1_000_001, 1), undefined, 413, /may hold/],
      [soundOf(2_000_000, 1), undefined, 413, /may hold/],
      [Buffer.alloc(0), undefined, 422, /empty/],
      [page, undefined, 422, /no WAV, MP3, Ogg/],
      [Buffer.from('#!/bin/sh'), undefined, 422, /no WAV, MP3, Ogg/],
      [horn, 'A'.repeat(64), 422, /64 small hexadecimal digits/],
      [horn, '..%2f..%2fetc', 422, /64 small hexadecimal digits/],
    ] as const) {
      const answer = await bring(call, bytes, hash);
      assert.equal(answer.status, status, answer.body);
      assert.match(answer.json.detail, said);
      assert.equal((await got(call, bytes)).status, 404);
    }
    assert.equal((await bring(call, soundOf(1_000_000, 1))).status, 200, 'a whole megabyte is none too many');
  }, inNetwork));

test('only owner and worker may bring something; the board only looks, and the worker does not', () =>
  withApi(async (call) => {
    const asBoard = { authorization: `Bearer ${tokens.board}` };
    assert.equal((await bring(call, horn, hashOf(horn), asBoard)).status, 403);
    assert.equal((await bring(call, horn, hashOf(horn), {})).status, 401);
    assert.equal((await bring(call, horn, hashOf(horn), bearer)).status, 200);
    assert.equal((await got(call, horn, '')).status, 401);
    assert.equal((await got(call, horn)).status, 200);
  }, inNetwork));

test('64 are kept, and of large ones 16 MB; what was not used for longest goes first', () =>
  withApi(async (call) => {
    const all = Array.from({ length: 65 }, (_, n) => soundOf(64, n));
    for (const each of all.slice(0, 64)) await bring(call, each);
    // A cue uses it, and so does a board that loads it.
    await cue(call, { sound: { media: hashOf(all[0] ?? horn) } });
    await got(call, all[1] ?? horn);
    await bring(call, all[64] ?? horn);
    const left = await Promise.all(all.map(async (each) => (await got(call, each)).status));
    assert.deepEqual(
      left.flatMap((status, n) => (status === 404 ? [n] : [])),
      [2],
    );
    for (let n = 100; n < 130; n++) {
      assert.equal((await bring(call, soundOf(1_000_000, n))).status, 200);
      assert.equal((await got(call, soundOf(1_000_000, n))).status, 200);
    }
    const large = await Promise.all(
      Array.from({ length: 30 }, async (_, n) => (await got(call, soundOf(1_000_000, 100 + n))).status),
    );
    assert.equal(large.filter((status) => status === 200).length, 16);
    assert.deepEqual(large.slice(14), Array(16).fill(200));
  }, inNetwork));

test('a sound, and an alert with a picture and a sound, go to every board that is open; what is not there is said', () =>
  withApi(async (call, _, api) => {
    const reader = await readEvents(api, null, board);
    await settle();
    const [sound, picture] = [hashOf(horn), hashOf(bluePng)];
    const early = await cue(call, { sound: { media: sound } });
    assert.deepEqual([early.status, early.json.type], [409, '/problems/media-unknown']);
    await bring(call, horn);
    assert.equal((await cue(call, { alert: { text: 'Hi', picture } })).status, 409);
    await bring(call, bluePng);
    const played = await cue(call, { sound: { media: sound, volume: 0.4 } });
    assert.deepEqual([played.status, played.json.readers], [200, 1]);
    assert.equal((await cue(call, { alert: { text: 'Hi', picture, sound: { media: sound } } })).status, 200);
    await settle();
    assert.deepEqual(
      reader.heard
        .filter(({ event }) => event === 'alert' || event === 'sound')
        .map(({ event, data }) => [event, data]),
      [
        ['sound', { media: sound, volume: 0.4 }],
        [
          'alert',
          {
            text: 'Hi',
            seconds: 6,
            animation: 'fade',
            emoji: '',
            picture,
            sound: { media: sound, volume: 1 },
          },
        ],
      ],
    );
    for (const [wrong, said] of [
      [{}, /must have "alert" or "sound", and not both/],
      [{ alert: { text: 'Hi' }, sound: { media: sound } }, /must have "alert" or "sound", and not both/],
      [{ sound: { media: 'horn.wav' } }, /sound\.media.*SHA-256/],
      [{ sound: { media: sound, volume: 2 } }, /sound\.volume.*from 0 to 1/],
      [{ alert: { text: 'Hi', picture: '/etc/passwd' } }, /alert\.picture.*SHA-256/],
    ] as const) {
      const answer = await cue(call, wrong);
      assert.equal(answer.status, 422, JSON.stringify(wrong));
      assert.match(answer.json.detail, said);
    }
    await reader.close();
  }, inNetwork));
