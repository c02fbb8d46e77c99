/** A Pi's ports in the lab, from the side of what is plugged into them: the button, the plotter. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { node, repo, sh, until } from './box.ts';
import { recordSpi, spiMark, untilHeld } from './strip.ts';

const gpio = '/sys/kernel/config/gpio-sim/pi';

/** Makes a GPIO chip like that of a Pi 3, with a button's line on GPIO17. */
function makeGpio(): void {
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
async function makeKey(): Promise<{ set(down: boolean): void; end(): void }> {
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
function makeGadget(): void {
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

const paperFile = '/tmp/paper.json';

export interface Seen {
  readonly place: readonly number[];
  readonly moving: boolean;
  /** How high the pen has ever been. */
  readonly zMax: number;
  readonly ink: readonly {
    readonly fromX: number;
    readonly fromY: number;
    readonly toX: number;
    readonly toY: number;
  }[];
}

/** Switches the plotter on, which stays on when its cable is pulled. */
function startPlotter(): ChildProcess {
  return spawn(node, [`${repo}/test/lab/guest/plotter.ts`, '/dev/ttyGS0', paperFile], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

/** What the plotter's pen did, in truth. */
export function paper(): Seen {
  return JSON.parse(readFileSync(paperFile, 'utf8'));
}

/** A machine with all of it: a button as a key and as a contact, a strip, a plotter that is on but not plugged in. */
export interface Ports {
  readonly key: Finger;
  readonly pin: Finger;
  /** Lays an empty sheet under the pen. */
  changePaper(): void;
  end(): void;
}

/** What a finger moves. */
export interface Finger {
  set(down: boolean): void;
}

/** Makes the ports of a Pi. */
export async function makePorts(): Promise<Ports> {
  makeGpio();
  // Not plugged in: a service that runs already would meet the plotter before the test lets it.
  makeGadget();
  const plotter = startPlotter();
  const spi = recordSpi();
  const key = await makeKey();
  await until('the plotter', () => existsSync(paperFile) && readFileSync(paperFile).length > 0, Boolean);
  mkdirSync('/boot/firmware', { recursive: true });
  contact(false);
  return {
    key,
    pin: { set: bounce },
    changePaper: () => sh(`kill -HUP ${plotter.pid}`),
    end() {
      plotter.kill();
      spi.kill();
      key.end();
    },
  };
}

/** A contact does not close or open at once. */
function bounce(down: boolean): void {
  for (const closed of [down, !down, down]) contact(closed);
}

/** A person has seen what the light shows before the finger comes. */
const lookMs = 2_500;
const pressMs = 150;

/** A short press. */
export async function press(finger: Finger): Promise<void> {
  await delay(lookMs);
  finger.set(true);
  await delay(pressMs);
  finger.set(false);
}

/** A press that ends when the light says that it is long enough. */
export async function hold(finger: Finger): Promise<void> {
  await delay(lookMs);
  const mark = spiMark();
  finger.set(true);
  await untilHeld(mark);
  finger.set(false);
}
