/** Red, green, blue, each from 0 to 255. */
export type LedColour = readonly [red: number, green: number, blue: number];

/** In which order a strip takes the three colours; WS2812 and its kin take green first. */
export const colourOrders = ['GRB', 'RGB', 'BRG', 'RBG', 'GBR', 'BGR'] as const;

type ColourOrder = (typeof colourOrders)[number];

export interface StripSettings {
  readonly order: ColourOrder;
  /** No channel gets more than this share of full power, from 0 to 1. */
  readonly brightness: number;
}

/** The clock of the SPI bus: three of its bits make one bit of the strip, at 1.25 µs. */
export const spiHz = 2_400_000;

/** One idle byte before the data: the line is low when the first bit comes. */
const leadBytes = 1;
const bytesPerLed = 9;
/** 300 µs of silence at 2.4 MHz make the strip show what it has; older chips need 50 µs, newer ones 280 µs. */
const latchBytes = 90;

/** Eyes see a tenth of the power as about a third of the brightness. */
const gamma = 2.2;

/** A data bit of 0 is 100 on the wire, one of 1 is 110. */
const wireBits = Array.from({ length: 256 }, (_, byte) => {
  let bits = 0;
  for (let bit = 7; bit >= 0; bit--) bits = (bits << 3) | ((byte >> bit) & 1 ? 0b110 : 0b100);
  return bits;
});

/** How many bytes go over the bus for one picture of `leds` LEDs. */
export function frameBytes(leds: number): number {
  return leadBytes + leds * bytesPerLed + latchBytes;
}

/** What goes over the bus so that a strip shows these colours. */
export function encodeLeds(colours: readonly LedColour[], { order, brightness }: StripSettings): Uint8Array {
  const frame = new Uint8Array(frameBytes(colours.length));
  let at = leadBytes;
  let before: LedColour | null = null;
  for (const colour of colours) {
    // Most neighbours are alike, and a light that breathes is encoded ten times a second for months.
    if (colour === before) frame.copyWithin(at, at - bytesPerLed, at);
    else encodeLed(frame, at, colour, order, brightness);
    before = colour;
    at += bytesPerLed;
  }
  return frame;
}

function encodeLed(frame: Uint8Array, from: number, colour: LedColour, order: ColourOrder, brightness: number): void {
  let at = from;
  for (const channel of order) {
    const bits = wireBits[power(colour['RGB'.indexOf(channel)] ?? 0, brightness)] ?? 0;
    frame[at] = bits >> 16;
    frame[at + 1] = (bits >> 8) & 0xff;
    frame[at + 2] = bits & 0xff;
    at += 3;
  }
}

/** The power of a channel, from 0 to 255, for a level that eyes see as `level`. */
function power(level: number, brightness: number): number {
  const seen = Math.min(255, Math.max(0, level)) / 255;
  return Math.round(255 * Math.min(1, Math.max(0, brightness)) * seen ** gamma);
}

/** The powers that a strip makes of a frame, a triple of red, green, blue for each LED; null when it is no frame. */
export function decodeLeds(frame: Uint8Array, order: ColourOrder): readonly LedColour[] | null {
  const leds = (frame.length - leadBytes - latchBytes) / bytesPerLed;
  if (!Number.isInteger(leds) || leds < 0) return null;
  const colours: LedColour[] = [];
  for (let led = 0; led < leds; led++) {
    const powers = [0, 0, 0];
    for (let channel = 0; channel < 3; channel++) {
      const at = leadBytes + led * bytesPerLed + channel * 3;
      const bits = ((frame[at] ?? 0) << 16) | ((frame[at + 1] ?? 0) << 8) | (frame[at + 2] ?? 0);
      const byte = wireBits.indexOf(bits);
      if (byte < 0) return null;
      powers['RGB'.indexOf(order[channel] ?? '')] = byte;
    }
    const [red = 0, green = 0, blue = 0] = powers;
    colours.push([red, green, blue]);
  }
  const silent = frame[0] === 0 && frame.subarray(leadBytes + leds * bytesPerLed).every((byte) => byte === 0);
  return silent ? colours : null;
}
