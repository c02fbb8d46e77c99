import { open as openFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BinaryValue, Gpio } from 'onoff';
import { type Cancel, type Clock, sleep } from '../../domain/clock.ts';
import { type Button, type ButtonListener, buttonFault } from './button.ts';

/** The GPIO chip of each Pi's header: up to the 3 and Zero 2 W, the 4, the 5. Elsewhere another chip has the number. */
const headerChips = ['pinctrl-bcm2835', 'pinctrl-bcm2711', 'pinctrl-rp1'];
/** After an export, udev hands the files of the line to the group gpio; that takes a moment. */
const udevWithinMs = 2_000;
const lookAgainMs = 50;
const retryMs = 5_000;

export interface OnoffOptions {
  readonly clock: Clock;
  /** The number of the pin as it stands on every pinout: 17 for GPIO17. */
  readonly pin: number;
  /** Where the kernel shows its GPIO chips. */
  readonly sysfs?: string;
  /** Gives the module, which is an optional dependency. */
  readonly load?: () => Promise<{ readonly Gpio: new (line: number, direction: 'in', edge: 'both') => OnoffLine }>;
}

/** What this driver uses of onoff's Gpio. */
export type OnoffLine = Pick<Gpio, 'watch' | 'readSync' | 'edge' | 'unwatchAll'>;

/** A button read through sysfs by the package onoff. It sets no pull-up: `gpio=17=pu` in config.txt does. */
export function onoffButton(options: OnoffOptions): Button {
  const { clock, pin, sysfs = '/sys/class/gpio' } = options;
  const load = options.load ?? (() => import('onoff'));
  let listener: ButtonListener = { level: () => {}, changed: () => {} };
  let line: OnoffLine | null = null;
  let trouble: string | null = null;
  let wanted = false;
  let again: Cancel = () => {};

  function setTrouble(why: string | null): void {
    if (why === trouble) return;
    trouble = why;
    listener.changed();
  }

  async function begin(): Promise<void> {
    try {
      const module = await load();
      const number = await findLine(sysfs, pin);
      await exportLine(sysfs, number);
      if (!wanted || line !== null) return;
      line = open(module.Gpio, number);
      setTrouble(null);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      failed(error);
    }
  }

  function failed(error: Error): void {
    setTrouble(shortReason(error));
    again();
    again = clock.after(retryMs, () => void begin());
  }

  /** What the finger did meanwhile is not known. */
  function lost(error: Error): void {
    line?.unwatchAll();
    line = null;
    listener.level({ down: false, found: true });
    failed(error);
  }

  function open(Line: new (line: number, direction: 'in', edge: 'both') => OnoffLine, number: number): OnoffLine {
    const opened = new Line(number, 'in', 'both');
    // On a line that was exported before, onoff swallows why it could not set the edges, and then nothing ever comes.
    if (opened.edge() !== 'both') throw new Error(`the edges of line ${number} cannot be set`);
    const tell = (value: BinaryValue, found: boolean) => listener.level({ down: value === 0, found });
    opened.watch((error, value) => {
      if (error) lost(error);
      else tell(value, false);
    });
    tell(opened.readSync(), true);
    return opened;
  }

  /** The line stays exported: taking it back would race with udev at the next start. */
  async function exportLine(folder: string, number: number): Promise<void> {
    const files = ['value', 'direction', 'edge'].map((name) => join(folder, `gpio${number}`, name));
    const [value = ''] = files;
    if (!(await exists(value))) await writeFile(join(folder, 'export'), String(number));
    const endMs = clock.nowMs() + udevWithinMs;
    for (const file of files) {
      while (!(await isWritable(file)) && clock.nowMs() < endMs) await sleep(clock, lookAgainMs);
    }
  }

  return {
    start(who) {
      listener = who;
      wanted = true;
      void begin();
    },
    fault: () => (trouble === null ? null : buttonFault(trouble)),
    retry() {
      if (!wanted || line !== null) return;
      again();
      void begin();
    },
    async stop() {
      wanted = false;
      again();
      line?.unwatchAll();
      line = null;
    },
  };
}

/**
 * The number by which sysfs knows a pin of the header: the base of the chip with the header's label, plus the pin.
 * Bases differ: 512 up to the Pi 4 since kernel 6.6, 569 on the Pi 5, where 512 is another chip.
 */
export async function findLine(sysfs: string, pin: number): Promise<number> {
  const chips = (await readdir(sysfs)).filter((name) => name.startsWith('gpiochip'));
  const found: { label: string; base: number }[] = [];
  for (const chip of chips.toSorted()) {
    const label = (await readFile(join(sysfs, chip, 'label'), 'utf8')).trim();
    found.push({ label, base: Number(await readFile(join(sysfs, chip, 'base'), 'utf8')) });
  }
  const header = found.find(({ label }) => headerChips.includes(label));
  if (header === undefined) {
    throw new Error(
      `no GPIO chip is the header of a Pi; there is ${found.map(({ label }) => label).join(', ') || 'none'}`,
    );
  }
  return header.base + pin;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function isWritable(path: string): Promise<boolean> {
  const file = await openFile(path, 'r+').catch(() => null);
  await file?.close();
  return file !== null;
}

/** The first line of what a module says about itself not being there is enough. */
function shortReason(error: Error): string {
  const [first = error.message] = error.message.split('\n');
  if (/bindings file|Cannot find (package|module)/.test(first))
    return 'the package onoff is not installed or not compiled';
  return first;
}
