/** A sound as samples from -1 to 1, those of all channels one after the other. */
export interface Wav {
  readonly rate: number;
  readonly channels: number;
  readonly samples: Float32Array<ArrayBuffer>;
}

/** No sound goes on for longer. */
export const soundMaxS = 30;
const pcm = 1;
const float = 3;
/** WAVE_FORMAT_EXTENSIBLE: the real format stands further on in the header. */
const extensible = 0xfffe;

interface Form {
  readonly kind: number;
  readonly channels: number;
  readonly rate: number;
  readonly bits: number;
}

/**
 * Reads a WAV of one or two channels, in whole numbers of 8 to 32 bits or in floats, and no more of it than `maxS` seconds.
 * Null where it is none. A length that a program could not know when it began to write is taken for all that is there.
 */
export function readWav(file: Uint8Array, maxS: number): Wav | null {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < 44 || bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE')
    return null;
  let form: Form | null = null;
  let at = 12;
  while (at + 8 <= bytes.length) {
    const name = bytes.toString('latin1', at, at + 4);
    const begin = at + 8;
    const end = Math.min(bytes.length, begin + bytes.readUInt32LE(at + 4));
    if (name === 'fmt ' && end - begin >= 16) form = formOf(bytes, begin, end);
    if (name === 'data') return form === null ? null : samplesOf(bytes.subarray(begin, end), form, maxS);
    at = end + (end % 2);
  }
  return null;
}

function formOf(bytes: Buffer, begin: number, end: number): Form {
  const said = bytes.readUInt16LE(begin);
  return {
    kind: said === extensible && end - begin >= 26 ? bytes.readUInt16LE(begin + 24) : said,
    channels: bytes.readUInt16LE(begin + 2),
    rate: bytes.readUInt32LE(begin + 4),
    bits: bytes.readUInt16LE(begin + 14),
  };
}

function samplesOf(data: Buffer, { kind, channels, rate, bits }: Form, maxS: number): Wav | null {
  const isKnown = (kind === pcm && [8, 16, 24, 32].includes(bits)) || (kind === float && bits === 32);
  if (!isKnown || channels < 1 || channels > 2 || rate < 8_000 || rate > 96_000) return null;
  const width = bits / 8;
  const frames = Math.min(Math.floor(data.length / (width * channels)), Math.floor(maxS * rate));
  const samples = new Float32Array(frames * channels);
  for (let n = 0; n < samples.length; n++) {
    const at = n * width;
    if (kind === float) samples[n] = clamped(data.readFloatLE(at));
    else samples[n] = width === 1 ? (data.readUInt8(at) - 128) / 128 : data.readIntLE(at, width) / 2 ** (bits - 1);
  }
  return { rate, channels, samples };
}

/** A sample within -1 to 1; one that is no number is silence. */
function clamped(value: number): number {
  return Number.isNaN(value) ? 0 : Math.max(-1, Math.min(1, value));
}

/** A WAV of 16 bits. */
export function writeWav({ rate, channels, samples }: Wav, volume = 1): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + 2 * samples.length, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(pcm, 20);
  bytes.writeUInt16LE(channels, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(2 * channels * rate, 28);
  bytes.writeUInt16LE(2 * channels, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(2 * samples.length, 40);
  for (let n = 0; n < samples.length; n++)
    bytes.writeInt16LE(Math.round((samples[n] ?? 0) * volume * 32_767), 44 + 2 * n);
  return bytes;
}

/** How long it lasts, in seconds. */
export function secondsOf({ rate, channels, samples }: Wav): number {
  return samples.length / channels / rate;
}
