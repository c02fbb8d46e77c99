import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VirtualOptions } from '../../src/simulators/plotter/options.ts';
import { createVirtualPlotter, type VirtualPlotter } from '../../src/simulators/plotter/plotter.ts';
import { type VirtualClock, virtualClock } from '../../src/simulators/virtual-clock.ts';
import { readTranscript, type Section } from './transcript.ts';

/** How long after its first line the recording of a section went on, where it did not end half a second after its last. */
const lengthsMs: Readonly<Record<string, number>> = {
  'twenty short moves at once on a link with flow control: 15 oks at once, the rest paced': 4000,
  'M410 in the middle of a long move': 1000,
  'marker in order: M400 then M118': 3999,
};
const lingerMs = 500;
/** Times agree within 5 %, and within what two decimals and a busy host leave open. */
const toleranceMs = 40;

interface Said {
  readonly atMs: number;
  readonly text: string;
}

async function play(clock: VirtualClock, board: VirtualPlotter, section: Section): Promise<readonly Said[]> {
  const beganMs = clock.nowMs();
  const said: Said[] = [];
  board.listener = (text) => {
    for (const line of text.trimEnd().split('\n')) said.push({ atMs: clock.nowMs() - beganMs, text: line });
  };
  for (const [atMs, entries] of Map.groupBy(section.entries, (entry) => entry.atMs)) {
    await clock.advance(Math.max(0, beganMs + atMs - clock.nowMs()));
    if (entries.some(({ who }) => who === 'event')) board.reset(true);
    const lines = entries.filter(({ who }) => who === 'host').map(({ text }) => `${text}\n`);
    if (lines.length > 0) board.receive(lines.join(''));
  }
  const lastMs = section.entries.at(-1)?.atMs ?? 0;
  await clock.advance(Math.max(0, beganMs + (lengthsMs[section.title] ?? lastMs * 1.05 + lingerMs) - clock.nowMs()));
  return said;
}

/** The build's date is its own. */
function comparable(text: string): string {
  return text.replace(/\(Nov 20 2026 [\d:]+\)/, '(date)');
}

/** Where a stop hit a moving pen depends on the recording's milliseconds. */
const stoppedAt = /^X:52\.\d\d Y:30\.00 Z:5\.00 Count X:53\d\d Y:3000 Z:0$/;

const builds: Readonly<Record<string, Partial<VirtualOptions>>> = {
  mpcnc: {},
  adv: { advancedOk: true, emergencyParser: true },
  reset: {},
};

for (const [name, options] of Object.entries(builds)) {
  test(`the virtual plotter says what the real firmware said, line by line and in time (${name})`, async () => {
    const clock = virtualClock();
    const board = createVirtualPlotter({ clock, ...options });
    for (const section of readTranscript(name)) {
      if (section.title === 'the board resets while idle, the port stays open') board.reset(true);
      const expected = section.entries.filter(({ who }) => who === 'board');
      const said = await play(clock, board, section);
      assert.deepEqual(
        said.map(({ text }) => (stoppedAt.test(text) ? 'stopped' : comparable(text))),
        expected.map(({ text }) => (stoppedAt.test(text) ? 'stopped' : comparable(text))),
        section.title,
      );
      for (const [index, { atMs, text }] of expected.entries()) {
        const late = Math.abs((said[index]?.atMs ?? 0) - atMs);
        assert.ok(late <= toleranceMs + atMs * 0.05, `${section.title}: "${text}" came ${late} ms off`);
      }
    }
  });
}
