/** What dpkg does with the package through its life. Runs inside the lab, as root, on a machine with the package. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { install, installedVersion, packages, property, sh, until, untilItAnswers } from './box.ts';

const boot = '/boot/firmware';
const told = `${boot}/livepen-error-install.txt`;
const { deb } = packages();

/** Makes a package with nothing in it but its description, and perhaps a script. */
function makePackage(file: string, fields: Readonly<Record<string, string>>, preinst: string | null = null): void {
  const folder = '/tmp/made';
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(`${folder}/DEBIAN`, { recursive: true });
  const all = { Package: 'livepen', Version: '98', Architecture: 'amd64', Maintainer: 'Livepen <livepen@localhost>' };
  const lines = Object.entries({ ...all, Description: 'made by a test', ...fields });
  writeFileSync(`${folder}/DEBIAN/control`, `${lines.map(([name, value]) => `${name}: ${value}`).join('\n')}\n`);
  if (preinst !== null) writeFileSync(`${folder}/DEBIAN/preinst`, `#!/bin/sh\n${preinst}\n`, { mode: 0o755 });
  sh(`dpkg-deb --build ${folder} '${boot}/${file}'`);
}

/** Does what a start of the machine does with packages on the card; gives what is told there. */
function installFromCard(): string {
  // Systemd lets nothing start more often than a machine does.
  sh('systemctl reset-failed livepen-install; systemctl start livepen-install');
  return existsSync(told) ? readFileSync(told, 'utf8') : '';
}

/** Whether dpkg has the package as a whole. */
const dpkgStatus = () => sh(`dpkg-query --show --showformat='\${db:Status-Status}' livepen`);
const clearCard = () => sh(`rm -rf ${boot}/*.deb`);

test('the package carries its source, that of the program by others which is compiled, and all notices', () => {
  const files = sh('dpkg --listfiles livepen | grep ^/usr/share/doc/livepen/');
  for (const name of [/livepen-[\d.]+\.tar/, /SOURCE/, /THIRD_PARTY_NOTICES/, /node-LICENSE/, /copyright/])
    assert.match(files, new RegExp(`^/usr/share/doc/livepen/${name.source}$`, 'm'));
  for (const name of [/orig\.tar\.\w+/, /debian\.tar\.\w+/, /dsc/])
    assert.match(files, new RegExp(`/spi-tools/spi-tools_\\S+\\.${name.source}$`, 'm'));
});

test('what on the card cannot be installed is told there, and no more once it is taken away', async () => {
  // Who needed its ports may have stopped it.
  sh('systemctl start livepen');
  await untilItAnswers();
  clearCard();
  assert.equal(installFromCard(), '');
  const version = installedVersion();
  const pid = property('MainPID');
  makePackage('livepen_99_amd64.deb', { Package: 'tea-timer' });
  makePackage('livepen_98_arm64.deb', { Architecture: 'arm64' });
  makePackage('livepen_0.0.1_amd64.deb', { Version: '0.0.1' });
  writeFileSync(`${boot}/LIVEPEN.DEB`, 'no package');
  mkdirSync(`${boot}/livepen_97_amd64.deb`);
  const text = installFromCard();
  assert.match(text, /livepen_99_amd64\.deb from this card:\r\n\r\nIt is another program, tea-timer\.\r\n/);
  assert.match(text, /livepen_98_arm64\.deb.*another kind of machine \(arm64, this one is amd64\)/s);
  assert.match(text, /LIVEPEN\.DEB.*not whole/s);
  assert.doesNotMatch(text, /0\.0\.1|livepen_97|(?<!\r)\n/, 'an older one is none of our business');
  assert.equal(installFromCard(), text);
  assert.equal(installedVersion(), version);
  assert.equal(property('MainPID'), pid);
  clearCard();
  rmSync(`${boot}/LIVEPEN.DEB`);
  assert.equal(installFromCard(), '');
});

test('a package that could not be installed is tried at three starts, and one that is whole is installed whatever its name', async () => {
  makePackage('livepen_98_amd64.deb', {}, `echo once >> /tmp/tries; echo no room >&2; exit 1`);
  for (let start = 0; start < 5; start++) assert.match(installFromCard(), /livepen_98_amd64\.deb.*no room/s);
  assert.equal(readFileSync('/tmp/tries', 'utf8'), 'once\n'.repeat(3));
  assert.equal(dpkgStatus(), 'installed');
  clearCard();
  // As after a power cut in the middle of an installation: its version stands there, but it is not whole.
  sh(`sed -i '/^Package: livepen$/,/^$/s/^Status: .*/Status: install reinstreq half-installed/' /var/lib/dpkg/status`);
  sh(`cp /share/${deb} '${boot}/${deb.replace('.deb', ' (1).deb')}'`);
  const pid = property('MainPID');
  assert.equal(installFromCard(), '');
  assert.equal(dpkgStatus(), 'installed');
  clearCard();
  await until(
    'the service of the new package',
    () => property('MainPID'),
    (now) => now !== pid && now !== '0',
  );
  await untilItAnswers();
});

test('an upgrade that is not carried out disturbs nothing', () => {
  const pid = property('MainPID');
  sh('/var/lib/dpkg/info/livepen.postinst abort-upgrade 99');
  sh('/var/lib/dpkg/info/livepen.postrm abort-upgrade 99');
  assert.equal(property('MainPID'), pid);
});

test('removed and installed again it starts with the machine, with its ledger and its settings', async () => {
  writeFileSync('/etc/livepen/livepen.toml', `${readFileSync('/etc/livepen/livepen.toml', 'utf8')}# mine\n`);
  const ledger = sh('ls /var/lib/livepen/*.db');
  sh('dpkg --remove livepen');
  assert.equal(property('LoadState'), 'not-found');
  assert.equal(sh('ls /etc/systemd/system/multi-user.target.wants | grep livepen || true'), '');
  assert.equal(sh('ls /var/lib/livepen/*.db'), ledger);
  await install();
  assert.equal(sh('systemctl is-enabled livepen livepen-install | sort -u'), 'enabled');
  assert.match(readFileSync('/etc/livepen/livepen.toml', 'utf8'), /^# mine$/m);
  sh(`systemctl disable livepen && /var/lib/dpkg/info/livepen.postinst configure ${installedVersion()}`);
  assert.equal(sh('systemctl is-enabled livepen || true'), 'disabled', 'what a person disabled stays so');
});

test('logs --follow shows lines as they come and ends when it is told to; --since is a time', async () => {
  await untilItAnswers();
  const child = spawn('livepen', ['logs', '--follow'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  sh('systemctl restart livepen');
  await until(
    'the lines of a new start',
    () => said,
    (text) => / livepen\[\d+\]: .*listens on/.test(text),
  );
  const follower = () => sh('pgrep --full "^journalctl.*--follow" || true');
  assert.notEqual(follower(), '');
  child.kill('SIGTERM');
  await until('the end of journalctl', follower, (pid) => pid === '');
  assert.equal(sh('livepen logs --since "2099-01-01" --json'), '');
  assert.match(sh('livepen logs --since "1 hour ago"'), /listens on/);
  assert.notEqual(sh('livepen logs --since nonsense > /dev/null 2>&1; echo $?'), '0');
});

test('purged, nothing of it is left, and into a root whose systemd does not run it is installed to start with the machine', async () => {
  sh('dpkg --purge livepen');
  assert.equal(
    sh(
      `find /var/lib/livepen* /var/cache/livepen* /etc/livepen /usr/lib/livepen ${boot}/livepen-* 2> /dev/null || true`,
    ),
    '',
  );
  assert.equal(sh('find /etc/systemd /run/systemd/system -name "*livepen*"'), '');
  // The same disk without what runs on it.
  sh(`mkdir -p /mnt/root && mount --bind / /mnt/root && cp /share/${deb} /tmp/`);
  sh(`mount --bind /tmp /mnt/root/tmp && chroot /mnt/root dpkg --install /tmp/${deb}`);
  assert.equal(property('ActiveState'), 'inactive');
  assert.equal(sh('systemctl is-enabled livepen livepen-install | sort -u'), 'enabled');
  sh('chroot /mnt/root dpkg --purge livepen');
  assert.equal(sh('find /etc/systemd /etc/livepen -name "*livepen*" 2> /dev/null || true'), '');
  sh('umount /mnt/root/tmp /mnt/root');
});
