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
): string {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-unit-'));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const name of readdirSync(systemd).filter((each) => each.endsWith('.service'))) {
    const text = readFileSync(join(systemd, name), 'utf8');
    writeFileSync(join(folder, name), text.replaceAll(/\/usr\/(bin\/livepen|lib\/livepen\/\S+)/g, '/bin/true'));
  }
  mkdirSync(join(folder, 'livepen.service.d'));
  for (const name of extra) copyFileSync(join(systemd, 'drop-ins', name), join(folder, 'livepen.service.d', name));
  const { stdout, stderr, error } = spawnSync('systemd-analyze', [...words, join(folder, 'livepen.service')], {
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

test('systemd finds nothing to say about the units', (context) => {
  assert.equal(
    analyze(context, ['verify']).replaceAll(/^.*(?:Failed to create|boot-firmware|man page).*$\n?/gm, ''),
    '',
  );
});

test('each driver that needs more than every box has a drop-in of its own, and nothing else', () => {
  assert.deepEqual(dropIns.toSorted(), ['button-gpiod.conf', 'button-onoff.conf']);
});
