import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal, type OpenPort, type PortFinder } from '../../src/marlin/wire/port.ts';

/** A port with something at its far end that a test can speak for. */
export interface PortUnderTest {
  readonly finder: PortFinder;
  readonly path: string;
  /** What has arrived at the far end. */
  arrived(): string;
  /** The far end says something. */
  say(text: string): void;
  /** The cable is pulled. */
  pull(): void;
}

const baudRate = 250_000;
const turnsMax = 20_000;

async function until(what: string, predicate: () => boolean): Promise<void> {
  for (let turn = 0; turn < turnsMax; turn += 1) {
    if (predicate()) return;
    await new Promise((resolve) => {
      setTimeout(resolve, turn < 100 ? 0 : 1);
    });
  }
  assert.fail(`${what} did not happen`);
}

interface Session {
  readonly port: OpenPort;
  heard: string;
  readonly closings: string[];
}

async function openSession({ finder, path }: PortUnderTest): Promise<Session> {
  const session = { heard: '', closings: [] as string[] };
  const port = await finder.open(path, baudRate, {
    heard: (text) => {
      session.heard += text;
    },
    closed: (why) => {
      session.closings.push(why);
    },
  });
  if (isRefusal(port)) throw new Error(port.what);
  return Object.assign(session, { port });
}

/** What every driver of a serial port promises. */
export function portContract(name: string, make: () => PortUnderTest): void {
  test(`${name}: every byte but a line's end gets through both ways, in order`, async () => {
    const under = make();
    const session = await openSession(under);
    const all = `${Array.from({ length: 200 }, (_, index) => `N${index} G1 X${index}*7\n`).join('')}\xfe\x80~\n`;
    session.port.write(all);
    await until('the arrival', () => under.arrived().length >= all.length);
    assert.equal(under.arrived(), all);
    under.say('ok\nX:1.00 \xfe\n');
    await until('the answer', () => session.heard.endsWith('\xfe\n'));
    assert.equal(session.heard, 'ok\nX:1.00 \xfe\n');
    await session.port.close();
    under.pull();
  });

  test(`${name}: what is more than a port takes at once gets through both ways, in order`, async () => {
    const under = make();
    const session = await openSession(under);
    const long = Array.from({ length: 20_000 }, (_, index) => `N${index}\n`).join('');
    for (let at = 0; at < long.length; at += 50_000) session.port.write(long.slice(at, at + 50_000));
    // A pty holds 4 kB for whoever reads, and the far end is in this process.
    for (let at = 0; at < long.length; at += 2_000) {
      under.say(long.slice(at, at + 2_000));
      await until('the answer', () => session.heard.length >= Math.min(long.length, at + 2_000));
    }
    await until('the arrival', () => under.arrived().length >= long.length);
    assert.ok(under.arrived() === long, 'as it was written');
    assert.ok(session.heard === long, 'as it was said');
    await session.port.close();
    under.pull();
  });

  test(`${name}: a port that is not there is a refusal, not an exception`, async () => {
    const under = make();
    const refused = await under.finder.open(`${under.path}-not-there`, baudRate, { heard: () => {}, closed: () => {} });
    assert.ok(isRefusal(refused));
    assert.equal(refused.kind, 'missing');
    under.pull();
  });

  test(`${name}: a port that is open already is refused as in use, and free again once it is closed`, async () => {
    const under = make();
    const first = await openSession(under);
    const second = await under.finder.open(under.path, baudRate, { heard: () => {}, closed: () => {} });
    assert.ok(isRefusal(second));
    assert.equal(second.kind, 'in-use');
    await first.port.close();
    const third = await openSession(under);
    await third.port.close();
    under.pull();
  });

  test(`${name}: a pulled cable is told once, and afterwards nothing is heard and nothing throws`, async () => {
    const under = make();
    const session = await openSession(under);
    under.pull();
    await until('the closing', () => session.closings.length > 0);
    const { heard } = session;
    session.port.write('G1 X1\n');
    await session.port.close();
    await session.port.close();
    for (let turn = 0; turn < 20; turn += 1) await until('a turn', () => true);
    assert.equal(session.closings.length, 1);
    assert.equal(session.heard, heard);
  });

  test(`${name}: closing it oneself is quiet and may be done twice`, async () => {
    const under = make();
    const session = await openSession(under);
    await session.port.close();
    await session.port.close();
    assert.deepEqual(session.closings, []);
    under.pull();
  });

  test(`${name}: what is written to a closed session does not come out in the next`, async () => {
    const under = make();
    const first = await openSession(under);
    first.port.write('one\n');
    await until('the arrival', () => under.arrived() === 'one\n');
    await first.port.close();
    first.port.write('stale\n');
    const second = await openSession(under);
    second.port.write('two\n');
    await until('the arrival', () => under.arrived().endsWith('two\n'));
    assert.equal(under.arrived(), 'one\ntwo\n');
    await second.port.close();
    under.pull();
  });

  test(`${name}: listing ports does not open any`, async () => {
    const under = make();
    const listed = await under.finder.list();
    assert.ok(Array.isArray(listed));
    const session = await openSession(under);
    await session.port.close();
    under.pull();
  });
}
