import { open as openFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BinaryValue, Gpio } from 'onoff';
import { causeInWords, originalOf, UserFacingError } from '../../domain/cause.ts';
import { type Cancel, type Clock, sleep } from '../../domain/clock.ts';
import type { Fault } from '../../domain/fault.ts';
import { type Button, type ButtonListener, buttonFault } from './button.ts';

/** The GPIO chip of each Pi's header: up to the 3 and Zero 2 W, the 4, the 5. Elsewhere another chip has the number. */
const headerChips = ['pinctrl-bcm2835', 'pinctrl-bcm2711', 'pinctrl-rp1'];
/** After an export, udev hands the files of the line to the group gpio; that takes a moment. */
const udevWithinMs = 2_000;
const lookAgainMs = 50;
const retryMs = 5_000;

interface OnoffOptions {
  readonly clock: Clock;
  /** The number of the pin as it stands on every pinout: 17 for GPIO17. */
  readonly pin: number;
  /** Where the kernel shows its GPIO chips. */
  readonly sysfs?: string;
  /** Called with the original message of the system. */
  readonly said?: (original: string) => void;
  /** Gives the module, which is an optional dependency. */
  readonly load?: () => Promise<{ readonly Gpio: new (line: number, direction: 'in', edge: 'both') => OnoffLine }>;
}

/** What this driver uses of onoff's Gpio. */
export type OnoffLine = Pick<Gpio, 'watch' | 'readSync' | 'edge' | 'unwatchAll'>;

/** A button read through sysfs by the package onoff. It sets no pull-up: `gpio=17=pu` in config.txt does. */
export function onoffButton(options: OnoffOptions): Button {
  return new OnoffButton(options);
}

class OnoffButton implements Button {
  readonly #options: OnoffOptions;
  readonly #clock: Clock;
  readonly #pin: number;
  readonly #sysfs: string;
  readonly #load: NonNullable<OnoffOptions['load']>;
  #listener: ButtonListener = { level: () => {}, changed: () => {} };
  #line: OnoffLine | null = null;
  #trouble: string | null = null;
  #wanted = false;
  #again: Cancel = () => {};

  constructor(options: OnoffOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#pin = options.pin;
    this.#sysfs = options.sysfs ?? '/sys/class/gpio';
    this.#load = this.#options.load ?? (() => import('onoff'));
  }

  start(who: ButtonListener): void {
    this.#listener = who;
    this.#wanted = true;
    void this.#begin();
  }

  fault(): Fault | null {
    return this.#trouble === null ? null : buttonFault(this.#trouble);
  }

  retry(): void {
    if (!this.#wanted || this.#line !== null) return;
    this.#again();
    void this.#begin();
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    this.#again();
    this.#line?.unwatchAll();
    this.#line = null;
  }

  #setTrouble(why: string | null): void {
    if (why === this.#trouble) return;
    this.#trouble = why;
    this.#listener.changed();
  }

  async #begin(): Promise<void> {
    try {
      const module = await this.#load();
      const number = await findLine(this.#sysfs, this.#pin);
      await this.#exportLine(this.#sysfs, number);
      if (!this.#wanted || this.#line !== null) return;
      this.#line = this.#open(module.Gpio, number);
      this.#setTrouble(null);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#failed(error);
    }
  }

  #failed(error: Error): void {
    this.#options.said?.(originalOf(error));
    const isMissing = /bindings file|Cannot find (package|module)/.test(error.message);
    this.#setTrouble(isMissing ? 'the package onoff is not installed or not compiled' : causeInWords(error));
    this.#again();
    this.#again = this.#clock.after(retryMs, () => void this.#begin());
  }

  /** What the finger did meanwhile is not known. */
  #lost(error: Error): void {
    this.#line?.unwatchAll();
    this.#line = null;
    this.#listener.level({ down: false, found: true });
    this.#failed(error);
  }

  #open(Line: new (line: number, direction: 'in', edge: 'both') => OnoffLine, number: number): OnoffLine {
    const opened = new Line(number, 'in', 'both');
    // On a line that was exported before, onoff swallows why it could not set the edges, and then nothing ever comes.
    if (opened.edge() !== 'both') throw new UserFacingError(`the edges of line ${number} cannot be set`);
    const report = (value: BinaryValue, found: boolean) => this.#listener.level({ down: value === 0, found });
    opened.watch((error, value) => {
      if (error) this.#lost(error);
      else report(value, false);
    });
    report(opened.readSync(), true);
    return opened;
  }

  /** The line stays exported: taking it back would race with udev at the next start. */
  async #exportLine(folder: string, number: number): Promise<void> {
    const files = ['value', 'direction', 'edge'].map((name) => join(folder, `gpio${number}`, name));
    const [value = ''] = files;
    if (!(await exists(value))) await writeFile(join(folder, 'export'), String(number));
    const endMs = this.#clock.nowMs() + udevWithinMs;
    for (const file of files) {
      while (!(await isWritable(file)) && this.#clock.nowMs() < endMs) await sleep(this.#clock, lookAgainMs);
    }
  }
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
    throw new UserFacingError(
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
