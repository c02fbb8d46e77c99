import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHeartbeat } from '../../src/commands/box.ts';
import { silentLog } from '../../src/domain/log.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import { noServiceManager } from '../../src/system/systemd.ts';

function world(heartbeatMs: number | null) {
  const clock = virtualClock();
  let beats = 0;
  let errors = 0;
  const alive = () => {
    beats += 1;
  };
  const error = () => {
    errors += 1;
  };
  let stuck: () => string | null = () => null;
  const end = startHeartbeat({
    clock,
    log: { ...silentLog, error },
    manager: { ...noServiceManager, heartbeatMs, alive },
    stuck: () => stuck(),
  });
  return {
    clock,
    end,
    beats: () => beats,
    errors: () => errors,
    breakIt: (how: () => string | null) => {
      stuck = how;
    },
  };
}

test('systemd hears a beat as often as it wants one, for as long as all is well', async () => {
  const it = world(15_000);
  await it.clock.advance(60_000);
  assert.equal(it.beats(), 4);
  it.breakIt(() => 'The drawing loop has hung for 301 seconds.');
  await it.clock.advance(60_000);
  assert.equal(it.beats(), 4);
  assert.equal(it.errors(), 1);
});

test('a ledger that throws is not alive', async () => {
  const it = world(15_000);
  it.breakIt(() => {
    throw new Error('the database is closed');
  });
  await it.clock.advance(30_000);
  assert.equal(it.beats(), 0);
});

test('nothing beats where nobody listens, and nothing after the end', async () => {
  const alone = world(null);
  assert.equal(alone.clock.nextDueMs(), null);
  const it = world(15_000);
  it.end();
  await it.clock.advance(60_000);
  assert.equal(it.beats(), 0);
});
