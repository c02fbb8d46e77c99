import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const systemd = join(import.meta.dirname, '../../systemd');
const dropIns = readdirSync(join(systemd, 'drop-ins'));

/** What `systemd-analyze` says to the unit with these drop-ins, whose programs need not be on this machine. */
function analyze(
  context: { after(task: () => void): void },
  words: readonly string[],
  extra: readonly string[] = [],
  unit = 'livepen',
): string {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-unit-'));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const name of readdirSync(systemd).filter((each) => each.endsWith('.service'))) {
    const text = readFileSync(join(systemd, name), 'utf8');
    writeFileSync(join(folder, name), text.replaceAll(/\/usr\/(bin\/livepen|lib\/livepen\/\S+)/g, '/bin/true'));
  }
  mkdirSync(join(folder, 'livepen.service.d'));
  for (const name of extra) copyFileSync(join(systemd, 'drop-ins', name), join(folder, 'livepen.service.d', name));
  const { stdout, stderr, error } = spawnSync('systemd-analyze', [...words, join(folder, `${unit}.service`)], {
    encoding: 'utf8',
  });
  assert.equal(error, undefined, 'systemd-analyze must be there: apt-get install systemd');
  return stdout + stderr;
}

for (const extra of [[], ...dropIns.map((name) => [name]), dropIns]) {
  test(`the sandbox scores 2.0 at most, with ${extra.join(' and ') || 'no drop-in'}`, (context) => {
    const said = analyze(context, ['security', '--offline=true'], extra);
    const score = Number(/Overall exposure level[^:]*: ([\d.]+)/.exec(said)?.[1]);
    assert.ok(score <= 2, said);
  });
}

test("the worker's sandbox scores 2.5 at most", (context) => {
  const said = analyze(context, ['security', '--offline=true'], [], 'livepen-worker');
  const score = Number(/Overall exposure level[^:]*: ([\d.]+)/.exec(said)?.[1]);
  assert.ok(score <= 2.5, said);
});

test('with the sound card that docs/worker.md gives it, the sandbox of the worker scores 2.5 at most, too', (context) => {
  const found = /```ini\n([\s\S]*?)```/.exec(readFileSync(join(systemd, '../docs/worker.md'), 'utf8'))?.[1] ?? '';
  assert.match(found, /^DeviceAllow=char-alsa rw$/m);
  const unit = `${readFileSync(join(systemd, 'livepen-worker.service'), 'utf8')}\n${found}`;
  const folder = mkdtempSync(join(tmpdir(), 'livepen-unit-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'livepen-worker.service');
  writeFileSync(file, unit);
  const { stdout, stderr } = spawnSync('systemd-analyze', ['security', '--offline=true', file], { encoding: 'utf8' });
  const score = Number(/Overall exposure level[^:]*: ([\d.]+)/.exec(`${stdout}${stderr}`)?.[1]);
  assert.ok(score <= 2.5, `${stdout}${stderr}`);
});

for (const unit of ['livepen', 'livepen-worker'])
  test(`systemd finds nothing to say about ${unit} and the units that it names`, (context) => {
    assert.equal(
      analyze(context, ['verify'], [], unit).replaceAll(/^.*(?:Failed to create|boot-firmware|man page).*$\n?/gm, ''),
      '',
    );
  });

test('the worker has no device and no group of the service, is handed its files, and is not started by installing it', () => {
  const unit = readFileSync(join(systemd, 'livepen-worker.service'), 'utf8');
  assert.doesNotMatch(unit, /DeviceAllow|SupplementaryGroups|ReadWritePaths|^(?:User|Group)=livepen$/m);
  const handed = [...unit.matchAll(/^LoadCredential=([^:]+):/gm)].map(([, name]) => name);
  assert.deepEqual(handed, ['worker-token', 'worker.toml', 'worker-secrets.env']);
  const scripts = ['postinst', 'preinst'].map((name) => readFileSync(join(systemd, '../deploy/debian', name), 'utf8'));
  assert.doesNotMatch(scripts.join('\n'), /enable[^\n]*livepen-worker|(?<!try-re)start livepen-worker/);
});

test('each driver that needs more than every box has a drop-in of its own, and nothing else', () => {
  assert.deepEqual(dropIns.toSorted(), ['button-gpiod.conf', 'button-onoff.conf']);
});
