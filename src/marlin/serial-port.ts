import { spawn } from 'node:child_process';
import { type Stats, unwatchFile, watchFile } from 'node:fs';
import { access, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { SerialPort } from 'serialport';
import type { OpenPort, PortFinder, PortHandlers, PortInfo, PortRefusal } from './port.ts';

const byId = '/dev/serial/by-id';
const byPath = '/dev/serial/by-path';
const sttyWithinMs = 3000;
/** A cable that was pulled is noticed within a second. */
const lookAtDeviceEveryMs = 500;

/** The serial ports of this machine. */
export function serialPorts(): PortFinder {
  return { list, open };
}

/** USB serial ports, each once, under the most lasting name that it has. */
async function list(): Promise<readonly PortInfo[]> {
  const found = new Map<string, PortInfo>();
  for (const folder of [byId, byPath]) {
    for (const name of await names(folder)) {
      const path = await realpath(join(folder, name)).catch(() => null);
      if (path !== null && !found.has(path)) found.set(path, { path, id: name });
    }
  }
  for (const name of await names('/dev')) {
    if (!/^tty(USB|ACM)\d+$/.test(name)) continue;
    const path = join('/dev', name);
    if (!found.has(path)) found.set(path, { path, id: null });
  }
  return [...found.values()];
}

async function names(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).toSorted();
}

/** A new object for each session: bytes that are written to a closed one are kept, and sent when it opens again. */
async function open(path: string, baudRate: number, handlers: PortHandlers): Promise<OpenPort | PortRefusal> {
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (!there) return { kind: 'missing', what: `No such file or directory: ${path}` };
  await keepLinesOnClose(path);
  const port = new SerialPort({ path, baudRate, autoOpen: false, lock: true, hupcl: false });
  let over = false;
  // An error that nobody listens to ends the process; what it means is told by `close`.
  port.on('error', () => {});
  const refusal = await new Promise<PortRefusal | null>((resolve) => {
    port.open((error) => resolve(error === null ? null : refusalOf(error.message)));
  });
  if (refusal !== null) return refusal;
  const finish = () => {
    over = true;
    unwatchFile(path, lookAtDevice);
  };
  const ended = (why: string) => {
    if (over) return;
    finish();
    handlers.closed(why);
  };
  // After a hang-up some kernels let reads end with nothing for ever, which the driver takes for "try again".
  const lookAtDevice = (now: Stats, before: Stats) => {
    if (now.nlink > 0 && now.ino === before.ino) return;
    ended('the device is gone');
    if (port.isOpen) port.close(() => {});
  };
  watchFile(path, { interval: lookAtDeviceEveryMs, persistent: false }, lookAtDevice);
  port.on('close', (error: Error | null) => ended(error?.message ?? 'the port was closed'));
  port.on('data', (bytes: Buffer) => {
    if (!over) handlers.heard(bytes.toString('latin1'));
  });
  return {
    write(text) {
      if (!over && port.isOpen) port.write(Buffer.from(text, 'latin1'));
    },
    close() {
      finish();
      return new Promise((resolve) => {
        if (port.isOpen) port.close(() => resolve());
        else resolve();
      });
    },
  };
}

/**
 * Clears HUPCL, so that the end of this process does not reset the board. The driver's own option cannot clear it: left
 * out it sets it when it opens, and `false` leaves it as it is.
 */
function keepLinesOnClose(path: string): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const stty = spawn('stty', ['-F', path, '-hupcl'], { stdio: 'ignore', timeout: sttyWithinMs });
    stty.on('error', reject);
    stty.on('close', () => resolve());
  }).catch(() => {
    // Without stty, or on a port that has no such lines, the board may reset when the service ends; no more than that.
  });
}

function refusalOf(message: string): PortRefusal {
  if (/lock/i.test(message)) return { kind: 'in-use', what: message };
  if (/no such file|no such device/i.test(message)) return { kind: 'missing', what: message };
  if (/permission denied/i.test(message)) return { kind: 'denied', what: message };
  return { kind: 'failed', what: message };
}
