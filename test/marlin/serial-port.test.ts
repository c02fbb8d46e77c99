import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { isRefusal } from '../../src/marlin/wire/port.ts';
import { serialPorts } from '../../src/marlin/wire/serial-port.ts';
import { VirtualPorts } from '../../src/simulators/plotter/cable.ts';
import { systemClock } from '../../src/system/clock.ts';
import { type PortUnderTest, portContract } from './port-contract.ts';
import { openPty } from './pty.ts';

portContract('the real driver on a pty', (): PortUnderTest => {
  const { path, farEnd } = openPty();
  let arrived = '';
  farEnd.on('data', (bytes: Buffer | string) => {
    arrived += typeof bytes === 'string' ? bytes : bytes.toString('latin1');
  });
  return {
    finder: serialPorts(systemClock()),
    path,
    arrived: () => arrived,
    say: (text) => farEnd.write(Buffer.from(text, 'latin1')),
    pull: () => farEnd.destroy(),
  };
});

portContract('cables in software', (): PortUnderTest => {
  const finder = new VirtualPorts(systemClock());
  let arrived = '';
  const path = '/dev/ttyUSB0';
  const { device } = finder.plug(path, {
    listener: null,
    receive: (text) => {
      arrived += text;
    },
  });
  return {
    finder,
    path,
    arrived: () => arrived,
    say: (text) => device.listener?.(text),
    pull: () => void finder.unplug(path),
  };
});

test('the end of the service does not reset the board: HUPCL is clear while the port is open, and after', async () => {
  const { path, farEnd } = openPty();
  const flag = () => /-?hupcl/.exec(execFileSync('stty', ['-F', path, '-a'], { encoding: 'utf8' }))?.[0];
  execFileSync('stty', ['-F', path, 'hupcl']);
  assert.equal(flag(), 'hupcl');
  const port = await serialPorts(systemClock()).open(path, 250_000, { heard: () => {}, closed: () => {} });
  assert.ok(!isRefusal(port));
  const whileOpen = flag();
  await port.close();
  const afterwards = flag();
  farEnd.destroy();
  assert.deepEqual([whileOpen, afterwards], ['-hupcl', '-hupcl']);
});
