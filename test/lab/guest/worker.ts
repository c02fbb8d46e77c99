/** The worker under its own unit: what it may, what it carries out, how it ends. Runs inside the lab, as root. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { configure, install, post, property, setting, sh, until, untilItAnswers } from './box.ts';

const unit = 'livepen-worker';
const plugins = '/var/lib/livepen-worker/plugins';
const log = () => sh(`journalctl --unit ${unit} --output cat --no-pager`);
const logged = (text: string) => until(`"${text}" in the worker's log`, log, (all) => all.includes(text));
const counted = async () => {
  const answer = await fetch('http://127.0.0.1:8430/plugins/gift-counter/count').catch(() => null);
  return answer === null ? '' : answer.text();
};

test('the sandboxed service makes its tokens: in the network the page has a link to sign in', async () => {
  await install();
  configure((text) => setting(text, 'api', 'host', '"0.0.0.0"'));
  await until(
    'a link',
    () => sh('livepen status --token || true'),
    (text) => text.includes('/sign-in?token='),
  );
  assert.equal(sh('stat --format "%a %U" /var/lib/livepen/api-token'), '640 livepen');
  configure((text) => setting(text, 'api', 'host', '"127.0.0.1"'));
  await untilItAnswers();
});

test('the worker runs under its own unit and carries out what a rule asks for', async () => {
  const rule = '{ "name": "lab", "on": "gift", "then": [{ "log": "A gift: {giftCount} x {giftName}" }] }';
  writeFileSync('/etc/livepen/rules.json', `{ "version": 1, "rules": [${rule}] }`);
  writeFileSync('/etc/livepen/worker.toml', 'version = 1\n[log]\n[plugins]\n');
  configure((text) => text.replace(/^# \[rules\].*$/m, '[rules]'));
  await untilItAnswers();
  sh(`systemctl enable --quiet --now ${unit}`);
  await until(
    'an active worker',
    () => property('ActiveState', unit),
    (now) => now === 'active',
  );
  await logged('The worker begins with what comes from now on.');
  assert.equal(await post('/simulate/gift', { gift: 'Rose', count: 3 }), 200);
  await logged('A gift: 3 x Rose');
  const [, exposure] =
    /exposure level for livepen-worker\.service: (\d+\.\d+)/.exec(
      sh(`systemd-analyze security ${unit}.service --no-pager`),
    ) ?? [];
  assert.ok(Number(exposure) <= 2.5, `an exposure of ${exposure}`);
  assert.equal(sh(`ps -o user= -p ${property('MainPID', unit)}`), unit);
  await until(
    'the worker in the status',
    () => sh('livepen status'),
    (text) => /worker/i.test(text),
  );
  assert.match(sh('livepen worker dead list'), /no dead letters/);
});

test('a plugin that is copied in and switched on runs as a child of the sandboxed worker, and answers its route', async () => {
  mkdirSync(plugins, { recursive: true });
  cpSync('/usr/share/livepen/plugins/gift-counter', `${plugins}/gift-counter`, { recursive: true });
  sh('livepen plugins enable gift-counter');
  await logged('Plugin gift-counter 1.0.0 runs.');
  await post('/simulate/gift', { gift: 'Rose', count: 1 });
  await until('a counted gift', counted, (text) => text.startsWith('{"count":1,'));
  assert.match(sh('livepen plugins'), /gift-counter/);
});

test('a worker that is killed comes again, and the service does not notice', async () => {
  const [service, worker] = [property('MainPID'), property('MainPID', unit)];
  sh(`systemctl kill --signal=KILL ${unit}`);
  await until(
    'another worker',
    () => property('MainPID', unit),
    (pid) => pid !== worker && pid !== '0',
  );
  assert.equal(await post('/simulate/gift', { gift: 'Rose', count: 7 }), 200);
  await logged('A gift: 7 x Rose');
  assert.equal(log().split('A gift: 3 x Rose').length, 2, 'what was carried out is not carried out again');
  assert.equal(property('MainPID'), service);
  sh(`systemctl stop ${unit}`);
  assert.equal(property('Result', unit), 'success');
});
