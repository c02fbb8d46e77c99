import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { access, readdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../../domain/clock.ts';
import type { OpenPort, PortFinder, PortHandlers, PortInfo, PortRefusal } from './port.ts';

const sttyWithinMs = 3000;
/** How often it is checked whether the cable was pulled, ms. */
const lookAtDeviceEveryMs = 900;
/** Serial numbers that makers give to all their devices. */
const emptySerials = /^(?:0*1?|0*1234567890?|0123456789abcdef|(.)\1*)$/i;

/** The serial ports of this machine. `root` is where its /dev and /sys are. */
export function serialPorts(clock: Clock, root = '/'): PortFinder {
  return {
    list: () => list(root),
    open: (path, baudRate, handlers) => open(clock, path, baudRate, handlers),
  };
}

/** USB serial ports, each once, with the names that it has. */
async function list(root: string): Promise<readonly PortInfo[]> {
  const dev = join(root, 'dev');
  const byId = await links(join(dev, 'serial/by-id'));
  const byPath = await links(join(dev, 'serial/by-path'));
  const ttys = (await names(dev)).filter((name) => /^tty(USB|ACM)\d+$/.test(name)).map((name) => join(dev, name));
  const paths = [...new Set([...byId.keys(), ...byPath.keys(), ...ttys])];
  const devices = new Map<string, UsbDevice | null>();
  for (const path of paths) devices.set(path, await usbDevice(root, path));
  return paths.map((path) => {
    const device = devices.get(path) ?? null;
    const twins = paths.filter((each) => device !== null && devices.get(each)?.name === device.name);
    const name = twins.map((each) => byId.get(each)).find((each) => each !== undefined) ?? byId.get(path) ?? null;
    const isOwn = device === null || (device.hasSerial && twins.length === 1);
    return {
      path,
      id: isOwn ? name : null,
      byPath: byPath.get(path) ?? null,
      sharedName: isOwn ? null : name,
      ...(device !== null && name === null && !byPath.has(path) ? { isUnnamed: true } : {}),
    };
  });
}

interface UsbDevice {
  /** What its name in /dev/serial/by-id is made of. */
  readonly name: string;
  readonly hasSerial: boolean;
}

/** The USB device behind a port, by what the kernel says of it; null where it is none. */
async function usbDevice(root: string, path: string): Promise<UsbDevice | null> {
  const sys = join(root, 'sys');
  const start = await realpath(join(sys, 'class/tty', basename(path), 'device')).catch(() => null);
  if (start === null) return null;
  let parts = '';
  for (let folder = start; folder.startsWith(sys) && folder !== sys; folder = dirname(folder)) {
    const part = async (name: string) => (await readFile(join(folder, name), 'utf8').catch(() => '')).trim();
    parts += `${await part('port_number')} ${await part('bInterfaceNumber')} `;
    const vendor = await part('idVendor');
    if (vendor === '') continue;
    const serial = await part('serial');
    const name = [vendor, await part('idProduct'), serial, parts].join(' ');
    return { name, hasSerial: !emptySerials.test(serial) };
  }
  return null;
}

/** The links in a folder: what each leads to, and its name. */
async function links(folder: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const name of await names(folder)) {
    const path = await realpath(join(folder, name)).catch(() => null);
    if (path !== null && !found.has(path)) found.set(path, name);
  }
  return found;
}

async function names(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).toSorted();
}

/**
 * Opens a port with a new driver object for each session: one that is closed keeps bytes that are written to it, and
 * sends them when it opens again.
 */
async function open(
  clock: Clock,
  path: string,
  baudRate: number,
  handlers: PortHandlers,
): Promise<OpenPort | PortRefusal> {
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (!there) return { kind: 'missing', what: `No such file or directory: ${path}` };
  await keepLinesOnClose(path);
  const { SerialPort, readAndWriteAtOnce } = await import('./serial-driver.ts');
  const port = new SerialPort({ path, baudRate, autoOpen: false, lock: true, hupcl: false });
  let over = false;
  // An error that nobody listens to ends the process; what it means is reported by `close`.
  port.on('error', () => {});
  const refusal = await new Promise<PortRefusal | null>((resolve) => {
    port.open((error) => resolve(error === null ? null : refusalOf(error.message)));
  });
  if (refusal !== null) return refusal;
  readAndWriteAtOnce(port);
  const device = deviceAt(path);
  let look = clock.after(lookAtDeviceEveryMs, lookAtDevice);
  const finish = () => {
    over = true;
    look();
  };
  const ended = (why: string) => {
    if (over) return;
    finish();
    handlers.closed(why);
  };
  // After a hang-up some kernels let reads end with nothing for ever, which the driver takes for "try again".
  function lookAtDevice(): void {
    look = clock.after(lookAtDeviceEveryMs, lookAtDevice);
    const now = deviceAt(path);
    if (now !== null && now === device) return;
    ended('the device is gone');
    if (port.isOpen) port.close(() => {});
  }
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

/** Which device a path leads to; null where it leads to none. It is in memory, so nothing waits for it. */
function deviceAt(path: string): number | null {
  try {
    return statSync(path).ino;
  } catch {
    return null;
  }
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
