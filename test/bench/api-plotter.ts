import { systemClock } from '../../src/system/clock.ts';
import { plotterOnPty } from '../marlin/plotter-on-pty.ts';

/** A process with a plotter on a pty that knows when it gave each `ok`, by the clock that all processes share. */
const speed = Number(process.argv[2] ?? 1);
const pty = plotterOnPty({ clock: systemClock(speed) });
const answer = pty.plotter.listener;
const givenMs: number[] = [];
let line = '';
pty.plotter.listener = (text) => {
  const nowMs = Number(process.hrtime.bigint()) / 1e6;
  const lines = `${line}${text}`.split('\n');
  line = lines.pop() ?? '';
  for (const each of lines) if (each.startsWith('ok')) givenMs.push(nowMs);
  answer?.(text);
};
process.on('message', () => process.send?.({ givenMs }));
process.on('disconnect', () => {
  pty.close();
  process.exit(0);
});
process.send?.({ path: pty.path });
