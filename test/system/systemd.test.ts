import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { noServiceManager, serviceManagerOf, systemdNotify } from '../../src/system/systemd.ts';

/** A systemd that is told things and takes its time. */
function slowNotify() {
  const sent: string[][] = [];
  const underWay: (() => void)[] = [];
  return {
    sent,
    underWay,
    notify: (assignments: readonly string[], over: () => void) => {
      sent.push([...assignments]);
      underWay.push(over);
    },
    finish: () => underWay.shift()?.(),
  };
}

test('without a service manager nothing is sent', () => {
  const { notify, sent } = slowNotify();
  const manager = serviceManagerOf({}, notify);
  assert.equal(manager, noServiceManager);
  manager.ready('Drawing.');
  assert.deepEqual(sent, []);
});

test('ready, status, stopping and alive are told in the words of sd_notify', () => {
  const { notify, sent, finish } = slowNotify();
  const manager = serviceManagerOf({ NOTIFY_SOCKET: '/run/systemd/notify' }, notify);
  manager.ready('Ready to draw.');
  finish();
  manager.status('Drawing\nsheet 3.');
  finish();
  manager.alive();
  finish();
  manager.stopping('Parking.');
  assert.deepEqual(sent, [
    ['READY=1', 'STATUS=Ready to draw.'],
    ['STATUS=Drawing sheet 3.'],
    ['WATCHDOG=1'],
    ['STOPPING=1', 'STATUS=Parking.'],
  ]);
});

test('a fault is told with its whole remedy, and nothing without an end', () => {
  const told: string[] = [];
  const manager = serviceManagerOf({ NOTIFY_SOCKET: '/run/notify' }, (assignments, over) => {
    told.push(...assignments);
    over();
  });
  const fault = `The button cannot be read: ${'it is not there, '.repeat(20)}. Look at its wiring.`;
  manager.status(fault);
  assert.deepEqual(told, [`STATUS=${fault}`]);
  manager.status('!'.repeat(100_000));
  assert.ok((told[1]?.length ?? 0) < 2_000);
});

test('never more than one message is under way, and the last word on each matter is not lost', () => {
  const { notify, sent, underWay, finish } = slowNotify();
  const manager = serviceManagerOf({ NOTIFY_SOCKET: '@notify' }, notify);
  manager.ready('Starting.');
  for (let stroke = 1; stroke <= 1_000; stroke++) {
    manager.status(`Stroke ${stroke}.`);
    manager.alive();
    assert.equal(underWay.length, 1);
  }
  finish();
  finish();
  assert.equal(underWay.length, 0);
  assert.deepEqual(sent, [
    ['READY=1', 'STATUS=Starting.'],
    ['STATUS=Stroke 1000.', 'WATCHDOG=1'],
  ]);
});

test('the watchdog is fed at half of the time that systemd grants', () => {
  const { notify } = slowNotify();
  const msFor = (usec: string | undefined) =>
    serviceManagerOf({ NOTIFY_SOCKET: '/n', WATCHDOG_USEC: usec }, notify).watchdogMs;
  assert.equal(msFor('30000000'), 15_000);
  assert.equal(msFor(undefined), null);
  assert.equal(msFor('0'), null);
  assert.equal(msFor('soon'), null);
});

test('a program of systemd whose start throws is told once, and the next word still gets its turn', async () => {
  const program = join(mkdtempSync(join(tmpdir(), 'livepen-systemd-')), 'systemd-notify');
  symlinkSync(program, program);
  const failures: string[] = [];
  const notify = systemdNotify((why) => failures.push(why), program);
  for (let word = 0; word < 2; word++) await new Promise<void>((resolve) => notify(['WATCHDOG=1'], resolve));
  assert.equal(failures.length, 1);
  assert.match(failures[0] ?? '', /ELOOP/);
});

test('the program of systemd gets the words as they are, and its failure is told once', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-notify-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const program = join(folder, 'notify');
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@" > "${folder}/said"\nexit 3\n`);
  chmodSync(program, 0o755);

  const failures: string[] = [];
  const notify = systemdNotify((why) => failures.push(why), program);
  for (let time = 0; time < 2; time++) await new Promise<void>((over) => notify(['READY=1', 'STATUS=-a b'], over));
  assert.equal(readFileSync(join(folder, 'said'), 'utf8'), '--\nREADY=1\nSTATUS=-a b\n');
  assert.deepEqual(failures, [`${program} ended with 3`]);
});

test('a system without that program goes on', async () => {
  const failures: string[] = [];
  const notify = systemdNotify((why) => failures.push(why), 'no-such-program-here');
  await new Promise<void>((over) => notify(['READY=1'], over));
  assert.equal(failures.length, 1);
});
