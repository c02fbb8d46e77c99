import { createHash } from 'node:crypto';

/** A WAV of one channel and 16 bits: a tone that lasts so long. */
export function toneWav(seconds: number, { hz = 440, rate = 22_050, peak = 0.5 } = {}): Buffer<ArrayBuffer> {
  const samples = Math.round(seconds * rate);
  const bytes = Buffer.alloc(44 + 2 * samples);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + 2 * samples, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(2 * rate, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(2 * samples, 40);
  for (let n = 0; n < samples; n++)
    bytes.writeInt16LE(Math.round(peak * 32_767 * Math.sin((2 * Math.PI * hz * n) / rate)), 44 + 2 * n);
  return bytes;
}

/** A PNG of one blue pixel. */
export const bluePng = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPj/HwAEAQH/7yMK/gAAAABJRU5ErkJggg==',
  'base64',
);

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
