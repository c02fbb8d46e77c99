/** A card without ssh: card.ts first|later. Runs inside the lab, as root, at the first start and at the next one. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { installedVersion, packages, property, repo, setting, sh, until, untilItAnswers } from './box.ts';

const boot = '/boot/firmware';
const { deb, next } = packages();

/** The commands of our user-data, which cloud-init runs at a first start. */
function runcmd(): string[][] {
  const text = readFileSync(`${repo}/deploy/boot/user-data`, 'utf8');
  const lines = /^runcmd:\n((?: {2}- .*\n)+)/m.exec(text)?.[1]?.trim().split('\n') ?? [];
  return lines.map((line) =>
    [...line.matchAll(/'([^']*)'|([\w-]+)(?=[,\]])/g)].map(([, quoted, plain]) => quoted ?? plain ?? ''),
  );
}

/** The boot partition: FAT, mounted as Raspberry Pi OS does. A kernel that knows no FAT has a plain folder there. */
function putCard(): void {
  mkdirSync(boot, { recursive: true });
  if (!/\bvfat$/m.test(readFileSync('/proc/filesystems', 'utf8'))) return;
  sh('mkfs.vfat -F 32 -n bootfs /dev/ubdb');
  appendFileSync('/etc/fstab', `/dev/ubdb ${boot} vfat defaults 0 2\n`);
  sh(`systemctl daemon-reload && mount ${boot}`);
}

if (process.argv[2] === 'first') {
  test('the first start installs the package that lies on the card, with its settings, and prepares config.txt', async () => {
    putCard();
    copyFileSync(`/share/${deb}`, `${boot}/${deb}`);
    writeFileSync(`${boot}/config.txt`, 'dtparam=audio=on\n');
    const shipped = readFileSync(`${repo}/config/livepen.toml`, 'utf8');
    writeFileSync(`${boot}/livepen.toml`, setting(shipped, 'light', 'brightness', '0.25').replaceAll('\n', '\r\n'));
    writeFileSync(`${boot}/gifts.json`, '{ "version": 1, "gifts": [ { "name": "Rose", "row": "7" } ] }');
    const commands = runcmd();
    assert.equal(commands.length, 2);
    for (const [program = '', ...words] of commands) {
      sh([program, ...words].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' '));
    }
    assert.match(
      readFileSync(`${boot}/config.txt`, 'utf8'),
      /^dtparam=audio=on\n[\s\S]*dtparam=spi=on[\s\S]*gpio-key,gpio=17/,
    );
    await until(
      'the service',
      () => property('ActiveState'),
      (now) => now === 'active',
    );
    assert.match(readFileSync('/etc/livepen/livepen.toml', 'utf8'), /^brightness = 0\.25/m);
    assert.match(readFileSync('/etc/livepen/gifts.json', 'utf8'), /"7"/);
    assert.equal(existsSync(`${boot}/livepen-error.txt`), false);
    // For the next start: a newer package, and a copy of it that was broken off.
    copyFileSync(`/share/${next}`, `${boot}/${next}`);
    copyFileSync(`/share/${next}`, `${boot}/livepen_0.0_amd64.deb`);
    truncateSync(`${boot}/livepen_0.0_amd64.deb`, 1_000_000);
  });
} else {
  test('a newer package on the card is installed at a later start; one that is not whole is passed over and named', async () => {
    await until(
      'the service',
      () => property('ActiveState'),
      (now) => now === 'active',
    );
    assert.match(installedVersion(), /next/);
    assert.match(readFileSync(`${boot}/livepen-error-install.txt`, 'utf8'), /livepen_0\.0_amd64\.deb.*not whole/s);
    await untilItAnswers();
    assert.match(readFileSync('/etc/livepen/livepen.toml', 'utf8'), /^brightness = 0\.25/m);
    assert.equal(property('Result', 'livepen-install'), 'success');
  });
}
