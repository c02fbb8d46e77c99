import { plotterOnPty } from './plotter-on-pty.ts';

/** A process of its own with a virtual plotter on a pty: tells its parent the path, and ends with it. */
const latencyMs = Number(process.argv[2] ?? 0);
const pty = plotterOnPty({ latencyMs });
process.send?.({ path: pty.path });
process.on('disconnect', () => {
  pty.close();
  process.exit(0);
});
