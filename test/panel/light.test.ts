import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Light, noLight } from '../../src/panel/light/light.ts';
import { spiLight } from '../../src/panel/light/spi.ts';
import { decodeLeds, frameBytes, type LedColour } from '../../src/panel/light/ws281x.ts';
import { systemClock } from '../../src/system/clock.ts';
import { childrenWith, fakePrograms, until } from './fakes.ts';

const leds = 3;
const clock = systemClock(8);
const plain = (level: number): LedColour[] => Array.from({ length: leds }, () => [level, level, level]);

interface BuiltLight {
  readonly light: Light;
  /** What the strip was sent so far, one picture after the other: the power of the first LED's red. */
  sent(): (number | undefined)[];
  breakIt(): void;
  mendIt(): void;
  kill(): void;
  end(): void;
}

/** The real driver before a program that takes the words of spi-pipe and keeps what it is sent. */
function spiRig(): BuiltLight & { breakProgram(): void; mendProgram(): void } {
  const programs = fakePrograms();
  const device = join(programs.folder, 'spidev0.0');
  const kept = join(programs.folder, 'kept');
  writeFileSync(device, '');
  const addProgram = () => {
    rmSync(join(programs.folder, 'spi-pipe'), { force: true });
    programs.add('spi-pipe', script);
  };
  const script = `[ "$*" = "-d ${device} -s 2400000 -b ${frameBytes(leds)} -n -1" ] || { echo "wrong words: $*" >&2; exit 1; }
exec cat >> "${kept}"`;
  addProgram();
  return {
    light: spiLight({ clock, device, leds, order: 'GRB', brightness: 1 }),
    sent() {
      if (!existsSync(kept)) return [];
      const bytes = readFileSync(kept);
      const frames = Math.floor(bytes.length / frameBytes(leds));
      return Array.from({ length: frames }, (_, index) => {
        const frame = bytes.subarray(index * frameBytes(leds), (index + 1) * frameBytes(leds));
        return decodeLeds(frame, 'GRB')?.[0]?.[0];
      });
    },
    breakIt: () => rmSync(device),
    mendIt: () => writeFileSync(device, ''),
    breakProgram: () => programs.addLoop('spi-pipe'),
    mendProgram: addProgram,
    kill() {
      for (const { pid } of childrenWith(kept).concat(childrenWith('cat'))) process.kill(pid, 'SIGKILL');
    },
    end: () => programs.end(),
  };
}

function noneRig(): BuiltLight {
  const nothing = () => {};
  return { light: noLight, sent: () => [], breakIt: nothing, mendIt: nothing, kill: nothing, end: nothing };
}

for (const [name, build, isNone] of [
  ['spi', spiRig, false],
  ['none', noneRig, true],
] as const) {
  test(`${name}: pictures come in order, the same one is not sent twice, and the last one is shown before the end`, async () => {
    const rig = build();
    try {
      rig.light.start(() => {});
      for (const level of [255, 255, 0, 0, 255]) {
        rig.light.show(plain(level));
        const wanted = rig.sent().length;
        await until('the picture', () => isNone || rig.sent().at(-1) === level || rig.sent().length > wanted);
      }
      rig.light.show(plain(0));
      await rig.light.close();
      assert.equal(rig.light.fault(), null);
      assert.deepEqual(rig.sent(), isNone ? [] : [255, 0, 255, 0]);
      assert.deepEqual(childrenWith('livepen-panel-'), []);
    } finally {
      rig.end();
    }
  });
}

test('spi: however fast pictures come, the newest wins and nothing piles up', async () => {
  const rig = spiRig();
  try {
    rig.light.start(() => {});
    for (let level = 0; level < 256; level++) rig.light.show(plain(level));
    await until('the newest picture', () => rig.sent().at(-1) === 255);
    assert.ok(rig.sent().length <= 3, `${rig.sent().length} pictures were sent`);
  } finally {
    await rig.light.close();
    rig.end();
  }
});

test('spi: a strip that cannot be reached is a fault with a remedy, and shows the picture once it is mended', async () => {
  const rig = spiRig();
  rig.breakIt();
  let changes = 0;
  try {
    rig.light.start(() => {
      changes += 1;
    });
    rig.light.show(plain(255));
    await until('a fault', () => rig.light.fault() !== null);
    assert.match(rig.light.fault()?.what ?? '', /^The light cannot be lit: .*spidev0\.0 is not there.*\.$/);
    assert.ok(changes > 0);
    rig.mendIt();
    rig.light.retry();
    await until('the picture', () => rig.sent().at(-1) === 255);
    await until('the end of the fault', () => rig.light.fault() === null);
  } finally {
    await rig.light.close();
    rig.end();
  }
});

test('spi: a program whose start throws is a fault, and is started once it is mended', async () => {
  const rig = spiRig();
  rig.breakProgram();
  try {
    rig.light.start(() => {});
    rig.light.show(plain(255));
    await until('a fault', () => rig.light.fault() !== null);
    assert.match(
      rig.light.fault()?.what ?? '',
      /^The light cannot be lit: spi-pipe does not start: its links lead in a circle\.$/,
    );
    rig.mendProgram();
    rig.light.retry();
    await until('the picture', () => rig.sent().at(-1) === 255);
  } finally {
    await rig.light.close();
    rig.end();
  }
});

test('spi: a child that dies is started again and is sent the picture again', async () => {
  const rig = spiRig();
  try {
    rig.light.start(() => {});
    rig.light.show(plain(255));
    await until('the picture', () => rig.sent().length === 1);
    rig.kill();
    await until('the picture again', () => rig.sent().length === 2);
    assert.deepEqual(rig.sent(), [255, 255]);
    assert.equal(rig.light.fault(), null);
  } finally {
    await rig.light.close();
    rig.end();
  }
});
