import type { Wav } from './wav.ts';

/** The loudness at which everything is played, LUFS. */
export const usualLufs = -16;
/** Softer than this is silence, and is not made louder. */
const silenceLufs = -70;
/** No peak is higher, so that no decoder clips; peaks above the knee are compressed towards it. */
const peakMax = 0.89;
const knee = 0.6;
const gainMaxDb = 40;
const closeEnoughLu = 0.2;
const roundsMax = 8;
/** Blocks of ITU-R BS.1770: 400 ms, one every 100 ms. */
const hopsPerBlock = 4;
const hopS = 0.1;

/** Coefficients of a second-order filter: of its input, and of its output (the first is 1). */
interface Biquad {
  readonly b: readonly [number, number, number];
  readonly a: readonly [number, number];
}

/**
 * The K-weighting of ITU-R BS.1770 for any sample rate: it models the effect of the head, and that deep tones seem
 * softer.
 */
function weighting(rate: number): readonly [Biquad, Biquad] {
  const head = Math.tan((Math.PI * 1681.974450955533) / rate);
  const gain = 10 ** (3.999843853973347 / 20);
  const bend = gain ** 0.4996667741545416;
  const slope = head / 0.7071752369554196;
  const whole = 1 + slope + head ** 2;
  const deep = Math.tan((Math.PI * 38.13547087602444) / rate);
  const deepSlope = deep / 0.5003270373238773;
  const deepWhole = 1 + deepSlope + deep ** 2;
  return [
    {
      b: [
        (gain + bend * slope + head ** 2) / whole,
        (2 * (head ** 2 - gain)) / whole,
        (gain - bend * slope + head ** 2) / whole,
      ],
      a: [(2 * (head ** 2 - 1)) / whole, (1 - slope + head ** 2) / whole],
    },
    { b: [1, -2, 1], a: [(2 * (deep ** 2 - 1)) / deepWhole, (1 - deepSlope + deep ** 2) / deepWhole] },
  ];
}

/** The energy of each tenth of a second, all channels together, and how many samples it is of. */
function energies({ rate, channels, samples }: Wav): readonly { readonly sum: number; readonly count: number }[] {
  const hop = Math.round(rate * hopS);
  const frames = samples.length / channels;
  const sums = new Float64Array(Math.ceil(frames / hop));
  for (let channel = 0; channel < channels; channel++) {
    const filters = weighting(rate).map(({ b, a }) => ({ b, a, one: 0, two: 0 }));
    for (let n = 0; n < frames; n++) {
      let value = samples[n * channels + channel] ?? 0;
      for (const filter of filters) {
        const { b, a } = filter;
        const out = b[0] * value + filter.one;
        filter.one = b[1] * value - a[0] * out + filter.two;
        filter.two = b[2] * value - a[1] * out;
        value = out;
      }
      const at = Math.floor(n / hop);
      sums[at] = (sums[at] ?? 0) + value ** 2;
    }
  }
  return [...sums].map((sum, n) => ({ sum, count: Math.min(hop, frames - n * hop) }));
}

const lufsOf = (energy: number) => -0.691 + 10 * Math.log10(energy);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** How loud a sound is as a whole, gated as ITU-R BS.1770-4 says; what is shorter than one block counts as one. */
export function loudnessOf(wav: Wav): number {
  const hops = energies(wav);
  const blocks: number[] = [];
  const last = Math.max(1, hops.filter(({ count }) => count >= Math.round(wav.rate * hopS)).length - hopsPerBlock + 1);
  for (let begin = 0; begin < last; begin++) {
    const block = hops.slice(begin, begin + hopsPerBlock);
    const count = block.reduce((sum, hop) => sum + hop.count, 0);
    blocks.push(count === 0 ? 0 : block.reduce((sum, hop) => sum + hop.sum, 0) / count);
  }
  const heard = blocks.filter((energy) => lufsOf(energy) > silenceLufs);
  if (heard.length === 0) return Number.NEGATIVE_INFINITY;
  const relative = lufsOf(mean(heard)) - 10;
  return lufsOf(mean(heard.filter((energy) => lufsOf(energy) > relative)));
}

/** The same sound at the usual loudness; peaks that would clip are compressed. Silence stays silent. */
export function atUsualLoudness(wav: Wav): Wav {
  const before = loudnessOf(wav);
  if (before === Number.NEGATIVE_INFINITY) return wav;
  let gainDb = Math.min(gainMaxDb, usualLufs - before);
  // One array for all rounds: half a minute has ten megabytes.
  const made = { ...wav, samples: new Float32Array(wav.samples.length) };
  amplify(wav.samples, gainDb, made.samples);
  // Compressed peaks make it softer than intended, so it is measured again.
  for (let round = 0; round < roundsMax; round++) {
    const missing = usualLufs - loudnessOf(made);
    if (Math.abs(missing) <= closeEnoughLu || gainDb + missing > gainMaxDb) break;
    gainDb += missing;
    amplify(wav.samples, gainDb, made.samples);
  }
  return made;
}

function amplify(from: Float32Array, gainDb: number, to: Float32Array): void {
  const gain = 10 ** (gainDb / 20);
  for (let n = 0; n < from.length; n++) to[n] = bent((from[n] ?? 0) * gain);
}

function bent(sample: number): number {
  const size = Math.abs(sample);
  if (size <= knee) return sample;
  return Math.sign(sample) * (knee + (peakMax - knee) * Math.tanh((size - knee) / (peakMax - knee)));
}
