/** Signing in at a terminal, and what the doctor says of it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exit } from '../../src/commands/command.ts';
import { connect, signInByPaste } from '../../src/commands/connect.ts';
import { checkSignIns } from '../../src/commands/doctor/sign-ins.ts';
import { isSignedIn } from '../../src/config/load.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import { tokenFile } from '../../src/sources/connection/token-file.ts';
import { configOf } from '../config/parsed.ts';
import { heardConsole } from './heard-console.ts';

async function* lines(...all: readonly string[]): AsyncIterable<string> {
  yield* all;
}

test('the address is printed, and answers are taken until one holds', async () => {
  const console = heardConsole();
  const pasted: string[] = [];
  const underWay = {
    address: 'https://platform.example/authorize?client_id=1',
    async take(answer: string) {
      pasted.push(answer);
      const fault = { code: 'x', what: 'It holds no code.', remedy: 'Paste all of it.' };
      return answer === 'right' ? ({ ok: true } as const) : ({ ok: false, fault } as const);
    },
  };
  assert.equal(await signInByPaste('Platform', underWay, lines('', 'wrong', 'right', 'never'), console), exit.ok);
  assert.deepEqual(pasted, ['wrong', 'right']);
  assert.ok(console.said.includes(underWay.address));
  assert.ok(console.said.includes('It holds no code. Paste all of it.'));
  assert.equal(await signInByPaste('Platform', underWay, lines('wrong'), console), exit.failed);
});

test('who signs in to what the config does not have reads what it has', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-connect-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'livepen.toml');
  writeFileSync(join(folder, 'gifts.json'), '{"version": 1, "gifts": []}');
  writeFileSync(
    file,
    '[[live]]\nuser = "one"\n[[live]]\nplatform = "donationalerts"\nclientId = "1"\n[[rows]]\nid = "1"\nyMm = 100\n',
  );
  const console = heardConsole();
  assert.equal(await connect.run({ words: ['nowhere'], options: { config: file } }, console), exit.config);
  assert.match(console.said.join('\n'), /no \[\[live\]\] with platform = "nowhere"; you can sign in to donationalerts/);
});

test('a secrets file that cannot be read is named before anybody is sent to a platform', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-connect-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'livepen.toml');
  writeFileSync(join(folder, 'gifts.json'), '{"version": 1, "gifts": []}');
  writeFileSync(
    file,
    '[[live]]\nplatform = "joystick"\nclientId = "1"\nsecretsFile = "none.env"\n[[rows]]\nid = "1"\nyMm = 100\n',
  );
  const console = heardConsole();
  assert.equal(await connect.run({ words: ['joystick'], options: { config: file } }, console), exit.config);
  assert.match(console.said.join('\n'), /cannot be read.*secretsFile/s);
});

test('the doctor says who is signed in and how long it holds, and warns of whom is not', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-connect-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'sign-in.json');
  const clock = virtualClock();
  const { lives } = configOf(
    `[live]\nplatform = "donationalerts"\nclientId = "1"\ntokenFile = "${path}"\n[[rows]]\nid = "1"\nyMm = 100\n`,
  );
  const checks = () =>
    checkSignIns(lives.filter(isSignedIn), clock, heardConsole()).map(({ verdict, what }) => `${verdict}: ${what}`);
  assert.deepEqual(checks(), ['warning: nobody has signed in to DonationAlerts']);
  const tips = configOf(
    `[live]\nplatform = "joystick"\nclientId = "1"\ntokenFile = "${path}"\n[[rows]]\nid = "1"\nyMm = 100\n`,
  ).lives;
  const [ofTips] = checkSignIns(tips.filter(isSignedIn), clock, heardConsole());
  assert.equal(ofTips?.what, 'nobody has signed in to Joystick.tv');
  const write = (endsAtMs: number | null) =>
    tokenFile(path).write({ accessToken: 'a', refreshToken: 'b', endsAtMs, since: 0 });
  write(clock.wallMs() + 7_200_000);
  assert.deepEqual(checks(), [
    'ok: signed in to DonationAlerts; the access holds for 2 h 0 min, and is renewed by itself',
  ]);
  write(clock.wallMs() - 60_000);
  assert.deepEqual(checks(), ['ok: signed in to DonationAlerts; the access ended 1 min ago, and is renewed by itself']);
  write(null);
  assert.deepEqual(checks(), ['ok: signed in to DonationAlerts; it does not say for how long']);
  writeFileSync(path, 'spoilt');
  assert.match(
    checks()[0] ?? '',
    /^warning: the sign-in to DonationAlerts cannot be read: what stands there is no sign-in/,
  );
});
