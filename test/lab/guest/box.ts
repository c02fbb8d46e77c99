/** What the lab's scripts do with the machine that they run in: its ports, its service, its light. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Status } from '../../../src/appliance/status.ts';
import { type Colour, decodeFrame, frameBytes } from '../../../src/panel/light/ws281x.ts';

export const repo = '/repo';
export const node = `${repo}/node_modules/.bin/node`;
const url = 'http://127.0.0.1:8420';

/** Runs a line of shell; gives what it prints. Throws when it fails. */
export function sh(line: string): string {
  return execFileSync('bash', ['-c', line], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1e8,
  }).trim();
}

/** Looks again and again until it holds; gives what was seen last. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  holds: (seen: T) => boolean,
  withinMs = 60_000,
): Promise<T> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (performance.now() > endMs) {
      throw new Error(
        `${what} did not come within ${withinMs} ms; last seen: ${JSON.stringify(seen)?.slice(0, 800)}\n${journal()}`,
      );
    }
    await delay(200);
  }
}

/** The end of the service's log. */
export function journal(): string {
  return sh('journalctl --unit livepen --unit livepen-boot --output cat --no-pager --lines 30');
}

/** The service's status; null while it does not answer. */
export async function status(): Promise<Status | null> {
  const response = await fetch(`${url}/status`).catch(() => null);
  if (response === null) return null;
  const answer: Status = JSON.parse(await response.text());
  return answer;
}

/** Waits for a state of the appliance. */
export async function state(name: string, withinMs?: number): Promise<Status> {
  const seen = await until(`the state ${name}`, status, (now) => now?.state.name === name, withinMs);
  if (seen === null) throw new Error('unreachable');
  return seen;
}

/** Sends a command; gives the HTTP status. */
export async function post(path: string, body?: unknown): Promise<number> {
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  return (await fetch(`${url}${path}`, { method: 'POST', ...init })).status;
}

/** A property of a unit, as systemd has it. */
export function property(name: string, unit = 'livepen'): string {
  return sh(`systemctl show --property ${name} --value ${unit}`);
}

/** Changes the settings as a person with an editor, and starts the service again. */
export function configure(change: (text: string) => string): void {
  const path = '/etc/livepen/livepen.toml';
  writeFileSync(path, change(readFileSync(path, 'utf8')));
  sh('systemctl restart livepen');
}

/** Sets `key = value` under [section]. */
export function setting(text: string, section: string, key: string, value: string): string {
  const line = `${key} = ${value}`;
  const parts = text.split(/^(?=\[)/m);
  return parts
    .map((part) => {
      if (!part.startsWith(`[${section}]`)) return part;
      const pattern = new RegExp(`^(?:# *)?${key} *=.*$`, 'm');
      return pattern.test(part) ? part.replace(pattern, line) : part.replace(/^(\[.*)$/m, `$1\n${line}`);
    })
    .join('');
}

// Ports

const gpio = '/sys/kernel/config/gpio-sim/pi';

/** Makes a GPIO chip like that of a Pi 3, with a button's line on GPIO17. */
export function makeGpio(): void {
  mkdirSync(`${gpio}/bank0/line17`, { recursive: true });
  writeFileSync(`${gpio}/bank0/num_lines`, '54');
  writeFileSync(`${gpio}/bank0/label`, 'pinctrl-bcm2835');
  writeFileSync(`${gpio}/bank0/line17/name`, 'GPIO17');
  writeFileSync(`${gpio}/live`, '1');
}

/** Closes the contact between GPIO17 and ground, or opens it. */
export function contact(closed: boolean): void {
  const chip = readFileSync(`${gpio}/bank0/chip_name`, 'utf8').trim();
  const device = readFileSync(`${gpio}/dev_name`, 'utf8').trim();
  writeFileSync(`/sys/devices/platform/${device}/${chip}/sim_gpio17/pull`, closed ? 'pull-down' : 'pull-up');
}

/** A key like that of the gpio-key overlay. */
export async function makeKey(): Promise<{ set(down: boolean): void; end(): void }> {
  const child = spawn('python3', [`${repo}/test/lab/guest/key.py`], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const path = '/dev/input/by-path/platform-button@11-event';
  await until('the key', () => existsSync('/dev/input/event0'), Boolean);
  mkdirSync('/dev/input/by-path', { recursive: true });
  if (!existsSync(path)) symlinkSync('../event0', path);
  return { set: (down) => child.stdin.write(down ? 'down\n' : 'up\n'), end: () => child.kill() };
}

const gadget = '/sys/kernel/config/usb_gadget/m';

/** A USB device with a serial port, whose other end is /dev/ttyGS0; not plugged in yet. */
export function makeGadget(): void {
  mkdirSync(gadget);
  writeFileSync(`${gadget}/idVendor`, '0x1a86');
  writeFileSync(`${gadget}/idProduct`, '0x7523');
  for (const folder of ['strings/0x409', 'configs/c.1', 'functions/acm.0']) mkdirSync(`${gadget}/${folder}`);
  symlinkSync(`${gadget}/functions/acm.0`, `${gadget}/configs/c.1/acm.0`);
  writeFileSync(`${gadget}/strings/0x409/serialnumber`, 'SN0001');
  writeFileSync(`${gadget}/strings/0x409/manufacturer`, 'Marlin');
  writeFileSync(`${gadget}/strings/0x409/product`, 'Plotter');
}

/** Puts the plotter's USB plug in, or pulls it out. */
export function plug(isIn: boolean): void {
  writeFileSync(`${gadget}/UDC`, isIn ? 'dummy_udc.0\n' : '\n');
}

export const paperFile = '/tmp/paper.json';

export interface Seen {
  readonly place: readonly number[];
  readonly moving: boolean;
  readonly ink: readonly {
    readonly fromX: number;
    readonly fromY: number;
    readonly toX: number;
    readonly toY: number;
  }[];
}

/** Switches the plotter on, which stays on when its cable is pulled. */
export function startPlotter(): ChildProcess {
  return spawn(node, [`${repo}/test/lab/guest/plotter.ts`, '/dev/ttyGS0', paperFile], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

/** What the plotter's pen did, in truth. */
export function paper(): Seen {
  return JSON.parse(readFileSync(paperFile, 'utf8'));
}

// Light

const spiLog = '/tmp/spi-mock';

/** Keeps what is sent over the SPI bus. */
export function recordSpi(): ChildProcess {
  const file = openSync(spiLog, 'w');
  const child = spawn('cat', ['/dev/spi-mock'], { stdio: ['ignore', file, 'inherit'] });
  closeSync(file);
  return child;
}

/** Where the recording is now, to look at what comes from here on. */
export function spiMark(): number {
  return readFileSync(spiLog).length;
}

/** The powers of the strip of each picture that was sent since the mark. Throws for a transfer that is no picture. */
export function pictures(leds: number, since = 0): (readonly Colour[])[] {
  const bytes = readFileSync(spiLog).subarray(since);
  const seen: (readonly Colour[])[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    const speedHz = bytes.readUInt32LE(at + 4);
    const frame = bytes.subarray(at + 8, at + 8 + length);
    if (frame.length < length) break;
    const colours = decodeFrame(frame, 'GRB');
    if (colours === null || length !== frameBytes(leds) || speedHz !== 2_400_000) {
      throw new Error(`a transfer of ${length} bytes at ${speedHz} Hz is no picture`);
    }
    seen.push(colours);
    at += 8 + length;
  }
  return seen;
}
