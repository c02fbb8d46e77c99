/** What the strip shows: every transfer over the SPI bus is recorded and decoded back to colours. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { decodeLeds, frameBytes, type LedColour } from '../../../src/panel/light/ws281x.ts';
import { until } from './box.ts';

/** How many LEDs the strip has: as many as the shipped settings say. */
export const leds = 8;

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
export function pictures(since = 0): (readonly LedColour[])[] {
  const bytes = readFileSync(spiLog).subarray(since);
  const seen: (readonly LedColour[])[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    const speedHz = bytes.readUInt32LE(at + 4);
    const frame = bytes.subarray(at + 8, at + 8 + length);
    if (frame.length < length) break;
    const colours = decodeLeds(frame, 'GRB');
    if (colours === null || length !== frameBytes(leds) || speedHz !== 2_400_000) {
      throw new Error(`a transfer of ${length} bytes at ${speedHz} Hz is no picture`);
    }
    seen.push(colours);
    at += 8 + length;
  }
  return seen;
}

/** Waits until a LED of the state is white: a spark runs over what the strip shows, and a dot may be brighter. */
export async function untilSpark(mark: number): Promise<void> {
  await until(
    'a white spark on the strip',
    () => pictures(mark).flatMap((picture) => picture.slice(1).map((colour) => hue([colour, colour]))),
    (seen) => seen.includes('white'),
  );
}

const lightness = (colour: LedColour) => Math.max(...colour);

/** What colour the state has, by the shares of the channels of its brightest LED. */
export function hue(picture: readonly LedColour[]): string {
  const brightest = picture.slice(1).toSorted((a, b) => lightness(b) - lightness(a))[0] ?? [0, 0, 0];
  const [red, green, blue] = brightest.map((power) => power > 12);
  const names: Readonly<Record<string, string>> = {
    'true,true,true': 'white',
    'true,false,false': 'red',
    'true,true,false': 'amber',
    'true,false,true': 'violet',
    'false,true,false': 'green',
    'false,false,true': 'blue',
  };
  return names[`${red},${green},${blue}`] ?? 'dark';
}

/** Whether nothing is lit. */
export function isDark(picture: readonly LedColour[]): boolean {
  return picture.flat().every((power) => power === 0);
}

/** Waits until the strip has shown a hue, from the mark on or from now. */
export async function untilHue(name: string, mark = spiMark()): Promise<void> {
  await until(
    `a strip that is ${name}`,
    () => [...new Set(pictures(mark).map(hue))],
    (seen) => seen.includes(name),
  );
}

/** Waits until the strip has said that the finger has been down for long enough to be a hold: all of it white, by turns. */
export async function untilHeld(mark: number): Promise<void> {
  await until(
    'the light that says that a hold is a hold',
    () => new Set(pictures(mark).flatMap(([, ...rest]) => (isEven(rest) ? [rest.join()] : []))).size,
    (levels) => levels >= 2,
  );
}

const isEven = (rest: readonly LedColour[]) => new Set(rest.flat()).size === 1 && rest.every(([red]) => red > 0);
