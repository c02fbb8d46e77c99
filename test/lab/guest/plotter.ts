/**
 * The virtual plotter at the end of a serial line: node plotter.ts TTY PAPER. Says on PAPER, as JSON, every half second,
 * where its pen is and what ink lies on the sheet. A SIGHUP lays an empty sheet there.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, createReadStream, createWriteStream, openSync, renameSync, writeFileSync } from 'node:fs';
import { createVirtualPlotter } from '../../../src/simulators/plotter/plotter.ts';
import { systemClock } from '../../../src/system/clock.ts';

const [tty = '', paper = ''] = process.argv.slice(2);
const plotter = createVirtualPlotter({ clock: systemClock() });

/** Opens the line, and again whenever the cable was pulled. Reading and writing need a file each, or one waits for the other. */
function connect(): void {
  execFileSync('stty', ['-F', tty, 'raw', '-echo', '-hupcl', 'clocal']);
  const reader = createReadStream(tty, { highWaterMark: 4096 });
  const writer = createWriteStream(tty, { flags: 'a' });
  reader.on('data', (bytes) => plotter.receive(bytes.toString('latin1')));
  reader.on('error', () => {});
  writer.on('error', () => {});
  plotter.listener = (text) => writer.write(Buffer.from(text, 'latin1'));
  reader.on('close', () => {
    plotter.listener = null;
    writer.destroy();
    setTimeout(connect, 200);
  });
}

closeSync(openSync(paper, 'w'));
connect();
process.on('SIGHUP', () => plotter.changePaper());

let zMax = 0;
setInterval(() => {
  zMax = Math.max(zMax, plotter.place()[2]);
}, 50);
setInterval(() => {
  const seen = { place: plotter.place(), zMax, moving: plotter.moving(), ink: plotter.paper().ink };
  writeFileSync(`${paper}.new`, JSON.stringify(seen));
  renameSync(`${paper}.new`, paper);
}, 500);
