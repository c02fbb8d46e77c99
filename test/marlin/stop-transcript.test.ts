import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createVirtualPlotter, type VirtualPlotter } from '../../src/simulators/plotter/plotter.ts';
import { type VirtualClock, virtualClock } from '../../src/simulators/virtual-clock.ts';

/** Two decimals, the recording's own milliseconds, and how long the firmware takes for its first block. */
const toleranceMs = 40;
const toleranceMm = 0.12;

interface Recorded {
  readonly title: string;
  /** From the first M410 on. */
  readonly events: readonly { readonly atMs: number; readonly text: string }[];
}

function recorded(): readonly Recorded[] {
  const text = readFileSync(new URL('./transcripts/stop-emergency-parser.txt', import.meta.url), 'utf8');
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...lines] = section.split('\n');
      const events = lines.flatMap((line) => {
        const found = /^ *(-?\d+) {2}(.*)$/.exec(line);
        return found === null ? [] : [{ atMs: Number(found[1]), text: found[2] ?? '' }];
      });
      return { title, events };
    });
}

/** The seed's strokes, to and fro, 1 mm apart: what the recording's host sent, one line at a time. */
function* lines(): Generator<string> {
  yield 'G1 X24 Z1.2 F3000';
  for (let x = 24; ; x += 1) {
    yield 'G1 Z0 F300';
    yield `G1 Y${x % 2 === 0 ? 10 : 0} F3000`;
    yield 'G1 Z0.6 F900';
    yield `G1 X${x + 1} Z1.2 F3000`;
  }
}

interface Said {
  readonly atMs: number;
  readonly text: string;
}

/** Draws until the pen is where the recording's first M410 found it; what is said from then on. */
async function drawUpToTheStop(clock: VirtualClock, board: VirtualPlotter): Promise<Said[]> {
  const said: Said[] = [];
  const all = lines();
  let stopping = false;
  board.listener = (text) => {
    for (const line of text.trimEnd().split('\n')) {
      said.push({ atMs: clock.nowMs(), text: line });
      if (!stopping && line.startsWith('ok')) board.receive(`${all.next().value}\n`);
    }
  };
  board.receive(`${all.next().value}\n`);
  const isThere = () => {
    const [x, y] = board.place();
    return x > 30.9 && y < 9.49;
  };
  while (!isThere()) await clock.advance(1);
  stopping = true;
  return said;
}

for (const { title, events } of recorded()) {
  test(`with an emergency parser a full planner is stopped as the real firmware does it (${title})`, async () => {
    const clock = virtualClock();
    const board = createVirtualPlotter({ clock, emergencyParser: true, advancedOk: true });
    const said = await drawUpToTheStop(clock, board);
    const stopMs = clock.nowMs();
    const isAsRecorded = (text: string) => {
      const [, x, y, z] = (/X([\d.]+) Y([\d.]+) Z([\d.]+)/.exec(text) ?? []).map(Number);
      const at = board.place();
      const apart = Math.hypot(at[0] - (x ?? 0), at[1] - (y ?? 0), at[2] - (z ?? 0));
      assert.ok(apart < toleranceMm, `${text} at ${clock.nowMs() - stopMs} ms, and it is at ${at.join(' ')}`);
    };
    for (const { atMs, text } of events.filter((event) => event.atMs >= 0 && event.text !== '> ')) {
      // A line is answered in the same moment; what moves is looked at when it was recorded.
      await clock.advance(Math.max(0, stopMs + atMs - clock.nowMs()));
      if (text.startsWith('> ')) board.receive(`${text.slice(2)}\n`);
      else if (text.startsWith('gantry')) isAsRecorded(text);
    }
    await clock.advance(2_000);
    const oks = said.filter(({ atMs }) => atMs > stopMs);
    const expected = events.filter(({ atMs, text }) => atMs > 0 && text.startsWith('< '));
    assert.deepEqual(
      oks.map(({ text }) => text),
      expected.map(({ text }) => text.slice(2)),
    );
    for (const [index, { atMs, text }] of expected.entries()) {
      const late = Math.abs((oks[index]?.atMs ?? 0) - stopMs - atMs);
      assert.ok(late <= toleranceMs, `"${text}" came ${late} ms off`);
    }
    const ends = events.findLast(({ text }) => text.startsWith('gantry'));
    isAsRecorded(ends?.text ?? '');
    assert.equal(board.moving(), false);
  });
}
