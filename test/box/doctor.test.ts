import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as v from 'valibot';
import { plotterOnPty } from '../marlin/plotter-on-pty.ts';

const shipped = readFileSync(join(import.meta.dirname, '../../config/livepen.toml'), 'utf8');

/** What a doctor says to a config, on a machine with nothing attached, with nobody at its terminal. */
async function doctorOn(context: { after(task: () => void): void }, config: string, ...words: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-doctor-'));
  context.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'livepen.toml'), config);
  writeFileSync(join(folder, 'gifts.json'), '{ "version": 1, "gifts": [] }');
  const main = join(import.meta.dirname, '../../src/main.ts');
  const ask = [main, 'doctor', '--config', join(folder, 'livepen.toml'), ...words];
  const child = spawn(process.execPath, ask, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
  const [code] = await once(child, 'close');
  return { said, code };
}

const parseCheck = (line: string) =>
  v.parse(
    v.strictObject({
      check: v.string(),
      verdict: v.picklist(['ok', 'warning', 'problem']),
      what: v.string(),
      remedy: v.nullable(v.string()),
    }),
    JSON.parse(line),
  );

test('with a broken config all is looked at that does not need one', async (context) => {
  const { said, code } = await doctorOn(context, '[nonsense]\n');
  assert.match(said, /^problem +config .*nonsense/ms);
  for (const about of ['version', 'service', 'rights', 'clock', 'disk', 'syncs', 'power', 'network', 'signing'])
    assert.match(said, new RegExp(`^(ok|warning|problem) +${about} `, 'm'), said);
  assert.doesNotMatch(said, /\dT\d\d:/, 'people read the clock on the wall');
  assert.equal(code, 1);
});

test('a config that cannot be read at all does not make a service one that does not run', async (context) => {
  const { said, code } = await doctorOn(context, '[live\n');
  assert.match(said, /^warning +service .*not checked: the config/ms);
  assert.doesNotMatch(said, /it does not run/);
  assert.equal(code, 1);
});

test('for machines each check is an object on a line of its own, and trials by hand are refused', async (context) => {
  const { said, code } = await doctorOn(context, '[nonsense]\n', '--json');
  const checks = said.trim().split('\n').map(parseCheck);
  assert.deepEqual(
    checks.map(({ check }) => check),
    ['version', 'config', 'service', 'rights', 'clock', 'disk', 'syncs', 'power', 'network', 'signing'],
  );
  assert.match(checks[1]?.what ?? '', /nonsense/);
  for (const { verdict, remedy } of checks) assert.equal(remedy === null, verdict === 'ok');
  assert.equal(code, 1);
  assert.equal((await doctorOn(context, '[nonsense]\n', '--json', '--move')).code, 2);
});

test('a light or a button that is not there is told where it is to be tried', async (context) => {
  const none = shipped.replaceAll(/^driver = "auto"/gm, 'driver = "none"');
  assert.deepEqual(await doctorOn(context, none, '--light', '--button'), {
    said: 'There is no light: the config says so ([light] driver).\nThere is no button: the config says so ([button] driver).\n',
    code: 1,
  });
});

test('where nobody answers whether the pen moved, it did not', async (context) => {
  const pty = plotterOnPty();
  context.after(() => pty.close());
  const config = shipped.replace(/^port = .*$/m, `port = "${pty.path}"`);
  const { said, code } = await doctorOn(context, config, '--move');
  assert.match(said, /warning +motion/);
  assert.equal(code, 1);
});
