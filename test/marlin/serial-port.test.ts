import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal } from '../../src/marlin/port.ts';
import { serialPorts } from '../../src/marlin/serial-port.ts';
import { fakePrograms } from '../panel/fakes.ts';
import { openPty } from './pty.ts';

test('a port opens also where the program that keeps its lines cannot even be started', async () => {
  const { path, farEnd } = openPty();
  const programs = fakePrograms();
  programs.addLoop('stty');
  try {
    const port = await serialPorts().open(path, 250_000, { heard: () => {}, closed: () => {} });
    assert.ok(!isRefusal(port));
    await port.close();
  } finally {
    programs.end();
    farEnd.destroy();
  }
});
