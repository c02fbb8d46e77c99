import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ButtonListener } from '../../src/panel/button/button.ts';
import { gpiodButton } from '../../src/panel/button/gpiod.ts';
import { readInputEvents } from '../../src/panel/button/input.ts';
import { findLine } from '../../src/panel/button/onoff.ts';
import { systemClock } from '../../src/system/clock.ts';
import { buttonRigs, keyRecord } from './button-rigs.ts';
import { childrenWith, fakePrograms, until } from './fakes.ts';

/** Writes down what a driver tells, as a word each. */
function ear(): ButtonListener & { readonly heard: string[]; changes: number } {
  const heard: string[] = [];
  const listener = {
    heard,
    changes: 0,
    level: ({ down, found }: { down: boolean; found: boolean }) => {
      heard.push(`${found ? 'found ' : ''}${down ? 'down' : 'up'}`);
    },
    changed: () => {
      listener.changes += 1;
    },
  };
  return listener;
}

for (const rig of buttonRigs) {
  const { name } = rig;

  test(`${name}: a press is told as down and up, and nothing is left running after the end`, async () => {
    const built = rig.build();
    const listener = ear();
    const edges = () => listener.heard.filter((word) => !word.startsWith('found'));
    built.button.start(listener);
    try {
      if (rig.isNone === undefined) {
        for (const [count, down] of [true, false, true, false].entries()) {
          await built.set(down);
          await until(`edge ${count + 1}`, () => listener.heard.filter((word) => word !== 'found up').length > count);
        }
      }
      assert.equal(built.button.fault(), null);
      // A press in the very first moment counts as found: nobody knows since when.
      const told = listener.heard.filter((word) => word !== 'found up').map((word) => word.replace('found ', ''));
      assert.deepEqual(told, rig.isNone ? [] : ['down', 'up', 'down', 'up']);
      await built.button.stop();
      const before = edges().length;
      assert.deepEqual(childrenWith('livepen-panel-'), []);
      assert.equal(edges().length, before);
    } finally {
      built.end();
    }
  });

  if (rig.isNone) continue;

  test(`${name}: a button that cannot be read is a fault with a remedy, and works again once it is mended`, async () => {
    const built = rig.build();
    const listener = ear();
    built.breakIt();
    built.button.start(listener);
    try {
      await until('a fault', () => built.button.fault() !== null);
      const fault = built.button.fault();
      assert.equal(fault?.code, 'button-broken');
      assert.match(fault?.what ?? '', /^The button cannot be read: .+\.$/);
      assert.ok(listener.changes > 0);
      built.mendIt();
      built.button.retry();
      await built.set(true);
      await until('the press', () => listener.heard.some((word) => word.endsWith('down')));
      await until('the end of the fault', () => built.button.fault() === null);
    } finally {
      await built.button.stop();
      built.end();
    }
  });
}

for (const rig of buttonRigs.filter(({ name }) => /input|gpiod/.test(name))) {
  test(`${rig.name}: a child that dies in the middle of a press is started again, and the press means nothing`, async () => {
    const built = rig.build();
    const listener = ear();
    built.button.start(listener);
    try {
      await built.set(false);
      await until('the child', () => childrenWith('livepen-panel-').length === 1);
      await built.set(true);
      await until('the press', () => listener.heard.some((word) => word.endsWith('down')));
      listener.heard.length = 0;
      for (const { pid } of childrenWith('livepen-panel-')) process.kill(pid, 'SIGKILL');
      await until('the driver to say that it lost track', () => listener.heard.includes('found up'));
      await built.set(true);
      await until('a press through the new child', () => listener.heard.some((word) => word.endsWith('down')));
      assert.equal(built.button.fault(), null);
    } finally {
      await built.button.stop();
      built.end();
    }
  });
}

for (const rig of buttonRigs.filter(({ name }) => /gpiod/.test(name))) {
  test(`${rig.name}: a button that is down at the start and let go of before anybody hears edges is up`, async () => {
    const built = rig.build();
    const listener = ear();
    built.setUnheard?.(true);
    built.button.start(listener);
    try {
      await until('the look that finds it down', () => listener.heard.includes('found down'));
      built.button.retry();
      built.setUnheard?.(false);
      await until('the look that finds it up', () => listener.heard.at(-1) === 'found up');
      await built.set(true);
      await until('the press', () => listener.heard.at(-1) === 'down');
    } finally {
      await built.button.stop();
      built.end();
    }
  });

  test(`${rig.name}: a button that is down from the start to the end leaves nothing running`, async () => {
    const built = rig.build();
    const listener = ear();
    built.setUnheard?.(true);
    built.button.start(listener);
    await until('the look that finds it down', () => listener.heard.includes('found down'));
    await built.button.stop();
    built.end();
    const told = listener.heard.length;
    await until('the end of its looks', () => childrenWith('livepen-panel-').length === 0);
    assert.equal(listener.heard.length, told);
  });
}

test('input events are read however they are cut, repeats are passed over, and dropped events end a press', () => {
  const stream = Buffer.concat([
    keyRecord(1),
    keyRecord(0, 0, 0),
    keyRecord(2),
    keyRecord(0),
    keyRecord(1),
    keyRecord(0, 0, 3),
  ]);
  const wanted = [
    { down: true, found: false },
    { down: false, found: false },
    { down: true, found: false },
    { down: false, found: true },
  ];
  for (let size = 1; size <= 50; size++) {
    let rest: Buffer = Buffer.alloc(0);
    const levels: { down: boolean; found: boolean }[] = [];
    for (let at = 0; at < stream.length; at += size) {
      const read = readInputEvents(rest, stream.subarray(at, at + size));
      rest = read.rest;
      levels.push(...read.levels);
    }
    assert.deepEqual(levels, wanted);
  }
});

test('onoff finds the line by the label of the chip, never by a fixed offset', async () => {
  const rig = buttonRigs.find(({ name }) => name === 'onoff')?.build();
  assert.ok(rig);
  rig.breakIt();
  const sysfs = process.env.PATH?.split(':')[0];
  await assert.rejects(findLine(`${sysfs}/gpio`, 17), /no GPIO chip is the header of a Pi/);
  rig.mendIt();
  assert.equal(await findLine(`${sysfs}/gpio`, 17), 586);
  rig.end();
});

test('onoff: a line that fails is opened again by itself, and what was under way means nothing', async () => {
  const built = buttonRigs.find(({ name }) => name === 'onoff')?.build();
  assert.ok(built?.failLine);
  const listener = ear();
  built.button.start(listener);
  try {
    await built.set(true);
    listener.heard.length = 0;
    built.failLine();
    assert.match(built.button.fault()?.what ?? '', /^The button cannot be read: the device is gone\.$/);
    assert.deepEqual(listener.heard, ['found up']);
    await until('the end of the fault', () => built.button.fault() === null);
    await built.set(true);
    assert.equal(listener.heard.at(-1), 'down');
  } finally {
    await built.button.stop();
    built.end();
  }
});

test('gpiod: tools whose start throws are a fault, not the end of the process', async () => {
  const programs = fakePrograms();
  const listener = ear();
  const button = gpiodButton({ clock: systemClock(8), pin: 17 });
  try {
    programs.addLoop('gpiomon');
    button.start(listener);
    await until('a fault', () => button.fault() !== null);
    assert.match(button.fault()?.what ?? '', /gpiomon does not run/);
  } finally {
    await button.stop();
    programs.end();
  }
});
