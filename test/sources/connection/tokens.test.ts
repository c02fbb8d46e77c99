/** A sign-in whose refresh token can be used once: whatever happens, the newest one is on disk. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLog } from '../../../src/domain/log.ts';
import { networkTo } from '../../../src/simulators/platform/in-memory.ts';
import { type AskedOfPlatform, jsonAnswer } from '../../../src/simulators/platform/platform.ts';
import { virtualClock } from '../../../src/simulators/virtual-clock.ts';
import type { HttpAnswer } from '../../../src/sources/connection/ports.ts';
import { newProof } from '../../../src/sources/connection/sign-in.ts';
import { type TokenFile, tokenFile } from '../../../src/sources/connection/token-file.ts';
import { keepTokens, takeSignIn } from '../../../src/sources/connection/tokens.ts';

/** Gives tokens, each refresh token once, as the platforms do. */
class Issuer {
  given = 0;
  readonly asked: URLSearchParams[] = [];
  /** What it says in place of tokens. */
  instead: (() => HttpAnswer | null) | null = null;
  expiresIn: unknown = 3_600;
  #current = '';

  answer({ body }: AskedOfPlatform): HttpAnswer | null {
    const fields = new URLSearchParams(body);
    this.asked.push(fields);
    if (this.instead !== null) return this.instead();
    const isKnown = fields.get('grant_type') === 'authorization_code' || fields.get('refresh_token') === this.#current;
    if (!isKnown) return jsonAnswer(400, { error: 'invalid_grant' });
    this.given += 1;
    this.#current = `refresh-${this.given}`;
    const access_token = `access-${this.given}`;
    return jsonAnswer(200, {
      token_type: 'Bearer',
      access_token,
      refresh_token: this.#current,
      expires_in: this.expiresIn,
    });
  }

  connect(): never {
    throw new Error('nobody connects');
  }
}

async function rig(t: TestContext, disk: (file: TokenFile) => TokenFile = (file) => file) {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-tokens-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'sign-in.json');
  const clock = virtualClock();
  const issuer = new Issuer();
  const network = networkTo({ clock, platform: issuer });
  const file = disk(tokenFile(path));
  const settings = {
    clock,
    http: network.http,
    clockIsSet: () => true,
    name: 'Toy',
    log: silentLog,
    platform: 'toy',
    tokenUrl: 'https://toy.example/token',
    fields: () => ({ client_id: '12' }),
  };
  /** Runs time until it has come. */
  async function inTime<T>(asked: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    asked.then(over, over);
    await clock.runUntil(() => isOver, 60_000);
    return asked;
  }
  const signIn = () => inTime(takeSignIn(settings, file, { code: 'a-code' }));
  return { folder, path, clock, issuer, network, file, settings, keeper: keepTokens(settings, file), inTime, signIn };
}

const onDisk = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

test('a sign-in is in a file that only its owner may read, whole or not at all', async (t) => {
  const { path, folder, signIn, keeper, inTime } = await rig(t);
  assert.ok((await signIn()).ok);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), ['sign-in.json']);
  assert.deepEqual(await inTime(keeper.access()), { ok: true, token: 'access-1' });
  assert.equal(keeper.signIn()?.refreshToken, 'refresh-1');
});

test('who signs in again keeps in the file when they did it first, through refreshes too', async (t) => {
  const { path, clock, keeper, inTime, signIn } = await rig(t);
  await signIn();
  const first = onDisk(path).since;
  await clock.advance(600_000);
  await signIn();
  assert.ok(onDisk(path).since > first);
  await clock.advance(3_541_000);
  await inTime(keeper.access());
  assert.equal(onDisk(path).firstSince, first);
  writeFileSync(path, 'no sign-in');
  await signIn();
  assert.equal(onDisk(path).firstSince, onDisk(path).since);
});

test('a token that ends within a minute is refreshed once, however many ask, and is on disk before it is used', async (t) => {
  const { path, clock, issuer, keeper, inTime, signIn } = await rig(t);
  await signIn();
  await clock.advance(3_541_000);
  const all = Promise.all(Array.from({ length: 20 }, () => keeper.access()));
  for (const answer of await inTime(all)) assert.deepEqual(answer, { ok: true, token: 'access-2' });
  assert.equal(issuer.given, 2);
  assert.deepEqual([onDisk(path).accessToken, onDisk(path).refreshToken], ['access-2', 'refresh-2']);
  assert.equal(issuer.asked.at(-1)?.get('client_id'), '12');
});

test('a token that was refused is refreshed once, though it has not ended', async (t) => {
  const { keeper, inTime, signIn, issuer } = await rig(t);
  await signIn();
  keeper.refuse('access-1');
  assert.deepEqual(await inTime(keeper.access()), { ok: true, token: 'access-2' });
  keeper.refuse('access-1');
  assert.deepEqual(await inTime(keeper.access()), { ok: true, token: 'access-2' });
  assert.equal(issuer.given, 2);
});

test('how long a token holds is read as seconds, as a moment, as text, or as nothing', async (t) => {
  const { clock, file, settings, signIn, issuer } = await rig(t);
  const wallSeconds = () => Math.floor(clock.wallMs() / 1_000);
  const cases: readonly [unknown, () => number | null][] = [
    [600, () => wallSeconds() + 600],
    ['600', () => wallSeconds() + 600],
    [1_900_000_000, () => 1_900_000_000],
    [undefined, () => null],
    // Each costs nothing but a token that is used until it is refused.
    [null, () => null],
    ['soon', () => null],
    [0, () => null],
    [-1, () => null],
    [1e300, () => null],
  ];
  for (const [given, expected] of cases) {
    issuer.expiresIn = given;
    assert.ok((await signIn()).ok, String(given));
    const { endsAtMs = null } = keepTokens(settings, file).signIn() ?? assert.fail(`${given}: nobody is signed in`);
    const seconds = expected();
    assert.ok(seconds === null ? endsAtMs === null : Math.abs((endsAtMs ?? 0) / 1_000 - seconds) < 2, String(given));
  }
});

test('a 400 or 401 of the token endpoint asks for a person and is not repeated; all else is tried again', async (t) => {
  const { clock, issuer, keeper, network, inTime, signIn } = await rig(t);
  await signIn();
  keeper.refuse('access-1');
  for (const [status, kind] of [
    [500, 'lost'],
    [403, 'lost'],
    [429, 'rate-limited'],
  ] as const) {
    issuer.instead = () => jsonAnswer(status, {});
    const answer = await inTime(keeper.access());
    assert.equal(!answer.ok && answer.ending.kind, kind, String(status));
  }
  issuer.instead = () => ({ status: 200, headers: {}, body: '<html>' });
  assert.ok(!(await inTime(keeper.access())).ok);
  issuer.instead = () => null;
  assert.ok(!(await inTime(keeper.access())).ok, 'a server that never answers is given up');
  network.isDown = true;
  assert.ok(!(await inTime(keeper.access())).ok);
  network.isDown = false;
  issuer.instead = null;
  assert.deepEqual(await inTime(keeper.access()), { ok: true, token: 'access-2' });

  for (const status of [400, 401]) {
    keeper.refuse(`access-${issuer.given}`);
    issuer.instead = () => jsonAnswer(status, { error: 'invalid_grant' });
    const before = issuer.asked.length;
    for (let time = 0; time < 3; time += 1) {
      const answer = await inTime(keeper.access());
      assert.ok(!answer.ok && answer.ending.kind === 'mend');
      assert.equal(answer.ending.fault.code, 'live-sign-in-refused');
    }
    assert.equal(issuer.asked.length, before + 1);
    assert.equal(keeper.isMended(), false);
    issuer.instead = null;
    await clock.advance(1_000);
    await signIn();
    assert.equal(keeper.isMended(), true);
    assert.deepEqual(await inTime(keeper.access()), { ok: true, token: `access-${issuer.given}` });
  }
});

test('a disk that does not take the new sign-in keeps it from being used, and costs it not', async (t) => {
  let isFull = false;
  const { path, keeper, inTime, signIn, issuer } = await rig(t, (file) => ({
    ...file,
    write(next) {
      if (isFull) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      file.write(next);
    },
  }));
  await signIn();
  isFull = true;
  keeper.refuse('access-1');
  for (let time = 0; time < 3; time += 1) {
    const answer = await inTime(keeper.access());
    assert.ok(!answer.ok && answer.ending.kind === 'lost');
    assert.equal(answer.ending.fault?.code, 'live-sign-in-unwritable');
  }
  assert.equal(onDisk(path).accessToken, 'access-1');
  isFull = false;
  assert.deepEqual(await inTime(keeper.access()), { ok: true, token: 'access-2' });
  assert.equal(issuer.given, 2, 'the refresh token was used once');
  assert.equal(onDisk(path).refreshToken, 'refresh-2');
});

test('a disk that takes but a part of the new sign-in leaves the old one', async (t) => {
  const { path, file } = await rig(t);
  file.write({ accessToken: 'access-1', refreshToken: 'refresh-1', endsAtMs: null, since: 0 });
  const rooms = new URL('../../../src/sources/connection/token-file.ts', import.meta.url).href;
  const program = `
    const { tokenFile } = await import(${JSON.stringify(rooms)});
    const accessToken = 'a'.repeat(3_000);
    tokenFile(${JSON.stringify(path)}).write({ accessToken, refreshToken: 'refresh-2', endsAtMs: null, since: 0 });`;
  // Two blocks of 512 or 1024 bytes: the system writes those, says so, and refuses the rest.
  const limited = ['-c', 'ulimit -f 2 && exec "$0" --input-type=module -e "$1"', process.execPath, program];
  const { status, stderr } = spawnSync('sh', limited, { encoding: 'utf8' });
  assert.notEqual(status, 0);
  assert.match(stderr, /EFBIG/);
  assert.equal(file.read()?.refreshToken, 'refresh-1');
});

test('new tokens count whatever good status they come with, and stand in nothing that is said where they do not', async (t) => {
  const { keeper, issuer, inTime, signIn, path } = await rig(t);
  await signIn();
  const tokens = { access_token: 'access-new', refresh_token: 'refresh-new' };
  for (const body of [JSON.stringify(tokens), new URLSearchParams(tokens).toString()]) {
    for (const status of [302, 400, 500]) {
      keeper.refuse(`access-${issuer.given}`);
      issuer.instead = () => ({ status, headers: {}, body });
      const answer = await inTime(keeper.access());
      assert.ok(!answer.ok);
      assert.doesNotMatch(JSON.stringify(answer), /-new/, `${status} ${body}`);
      // Somebody signs in anew.
      issuer.instead = null;
      await signIn();
    }
  }
  keeper.refuse(`access-${issuer.given}`);
  issuer.instead = () => jsonAnswer(201, { ...tokens, refresh_token: null });
  assert.deepEqual(await inTime(keeper.access()), { ok: true, token: 'access-new' });
  assert.equal(onDisk(path).refreshToken, `refresh-${issuer.given}`, 'the one of before goes on');
});

test('a secret that cannot be read is said, and what asks for a token gets an answer', async (t) => {
  const { settings, file, inTime, signIn } = await rig(t);
  await signIn();
  const keeper = keepTokens(
    {
      ...settings,
      fields: () => {
        throw Object.assign(new Error('open /secrets'), { code: 'EACCES' });
      },
    },
    file,
  );
  keeper.refuse('access-1');
  const answer = await inTime(keeper.access());
  assert.ok(!answer.ok && answer.ending.kind === 'lost');
  assert.equal(answer.ending.fault?.code, 'live-no-secrets-file');
  assert.equal(answer.ending.why, 'The secrets file for Toy cannot be read: this user may not.');
});

test('who signs in while a refresh is under way is not written over', async (t) => {
  const { clock, keeper, file, inTime, signIn } = await rig(t);
  await signIn();
  keeper.refuse('access-1');
  const asked = keeper.access();
  file.write({ accessToken: 'anew', refreshToken: 'anew-too', endsAtMs: null, since: clock.wallMs() });
  assert.deepEqual(await inTime(asked), { ok: true, token: 'anew' });
  assert.equal(keeper.signIn()?.refreshToken, 'anew-too');
});

test('no sign-in, one that is spoilt and one that may not be read are faults, each with its remedy', async (t) => {
  const { path, keeper, inTime } = await rig(t);
  const faultNow = async () => {
    const answer = await inTime(keeper.access());
    return !answer.ok && answer.ending.kind === 'mend' ? answer.ending.fault : assert.fail('it was to fail');
  };
  assert.equal((await faultNow()).code, 'live-not-signed-in');
  for (const spoilt of ['', '{', '[]', '{"version":1,"accessToken":7}', 'null']) {
    writeFileSync(path, spoilt);
    const fault = await faultNow();
    assert.equal(fault.code, 'live-sign-in-unreadable');
    assert.ok(fault.what.includes(path));
    assert.equal((await faultNow()).code, 'live-sign-in-unreadable', 'and again');
  }
  if (process.getuid?.() !== 0) {
    chmodSync(path, 0);
    assert.match((await faultNow()).what, /may not/);
  }
  assert.ok(existsSync(path));
});

test('a proof is as RFC 7636 has it', () => {
  const octets = [
    116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191, 240, 91,
    88, 5, 88, 83, 132, 141, 121,
  ];
  assert.deepEqual(
    newProof(() => Buffer.from(octets)),
    {
      verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
      challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    },
  );
  assert.notEqual(newProof().verifier, newProof().verifier);
});
