import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Status } from '../../src/appliance/status.ts';
import { seededRandom } from '../../src/system/random.ts';
import { plotterOnPty } from '../marlin/plotter-on-pty.ts';
import { boot, freshPlace, guest, outputOf, putPackages } from './lab.ts';

const cuts = 10;
const seed = 20_261_120;
/** Row k has its strokes at this height, from the left edge on: far from each other, so that ink tells its stroke. */
const settings = `
[live]
user = ""
[plotter]
port = "/dev/ttyS0"
origin = "power-on"
idleParkSeconds = 1
[light]
driver = "none"
[pen]
upMm = 2
hopMm = 0.8
downFeedMmPerMin = 900
${[1, 2, 3, 4, 5].map((row) => `[[rows]]\nid = "${row}"\nyMm = ${40 * row}\n`).join('')}`;

/** What was credited whenever a life looked, as it was noted outside, where the power stays. */
function looks(share: string): readonly number[] {
  const file = join(share, 'seen');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
}

/** Waits until so many looks were noted, or for as long as a slow machine needs to boot, start and draw. */
async function untilGifts(wanted: number, share: string): Promise<void> {
  const endMs = performance.now() + 900_000;
  while (looks(share).length < wanted) {
    assert.ok(performance.now() < endMs, `no gifts after a cut:\n${outputOf(share)}`);
    await delay(100);
  }
}

test('power cuts in the middle of gifts, strokes and boot, ten times: nothing that was credited is lost, every stroke lies in its place', async (context) => {
  const place = freshPlace();
  const pty = plotterOnPty();
  context.after(() => {
    pty.close();
    place.end();
  });
  putPackages(place.share);
  const installed = boot({
    ...place,
    bare: true,
    script: `dpkg --install /share/livepen_*[0-9]_amd64.deb && cat > /etc/livepen/livepen.toml << 'E'\n${settings}\nE\necho '{ "version": 1, "gifts": [] }' > /etc/livepen/gifts.json`,
    limitMs: 1_600_000,
  });
  assert.equal(await installed.off, 0, outputOf(place.share));

  const random = seededRandom(seed);
  for (let cut = 1; cut <= cuts; cut++) {
    const machine = boot({
      ...place,
      bare: true,
      serial: pty.path,
      script: guest('power.ts', 'live'),
      limitMs: 1_000_000,
    });
    // Three lives end in the boot, the others after so many gifts, at any moment of the strokes that are under way.
    if (cut % 4 === 2) await delay(300 + Math.floor(random() * 5_000));
    else await untilGifts(looks(place.share).length + 1 + Math.floor(random() * 8), place.share);
    await delay(Math.floor(random() * 900));
    machine.cut();
    await machine.off;
  }
  const last = boot({
    ...place,
    bare: true,
    serial: pty.path,
    script: guest('power.ts', 'finish'),
    limitMs: 2_400_000,
  });
  const code = await last.off;
  const said = readFileSync(join(place.share, 'said'), 'utf8');
  for (const line of said.trim().split('\n')) context.diagnostic(line);
  assert.equal(code, 0, `seed ${seed}\n${said}\n${outputOf(place.share)}`);
  assert.doesNotMatch(said, /LOST/, `seed ${seed}`);

  const final: Status = JSON.parse(readFileSync(join(place.share, 'final.json'), 'utf8'));
  const seen = looks(place.share);
  assert.ok(seen.length > 15, `only ${seen.length} looks between the cuts`);
  assert.ok(final.strokes.credited >= Math.max(...seen));
  assert.deepEqual(
    [final.strokes.drawn, final.strokes.pending, final.strokes.uncertain],
    [final.strokes.credited, 0, 0],
  );
  const ink = pty.plotter.paper().ink;
  const round = (mm: number) => Math.round(mm * 10) / 10;
  const places = new Set(ink.map(({ fromX, fromY, toY }) => `${round(fromX)},${round(Math.min(fromY, toY))}`));
  const wanted = final.rows.flatMap(({ row, onSheet }) =>
    Array.from({ length: onSheet?.certain ?? 0 }, (_, index) => `${round(30 + index)},${40 * Number(row)}`),
  );
  assert.equal(wanted.length, final.strokes.credited);
  assert.deepEqual(
    wanted.filter((stroke) => !places.has(stroke)),
    [],
    `seed ${seed}: strokes without ink`,
  );
  assert.deepEqual(
    [...places].filter((stroke) => !wanted.includes(stroke)),
    [],
    `seed ${seed}: ink without a stroke`,
  );
  context.diagnostic(
    `${wanted.length} strokes, ${ink.length} lines: ${ink.length - wanted.length} were drawn over again after a cut`,
  );
});
