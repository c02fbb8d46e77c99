import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../../src/system/random.ts';
import { atUsualLoudness, loudnessOf, usualLufs } from '../../src/worker/sound/loudness.ts';
import { readWav, secondsOf, type Wav, writeWav } from '../../src/worker/sound/wav.ts';

/** A tone of so many dB below full scale, on each channel. */
function tone(hz: number, db: number, seconds: number, { rate = 48_000, channels = 1 } = {}): Wav {
  const samples = new Float32Array(Math.round(seconds * rate) * channels);
  for (const n of samples.keys())
    samples[n] = 10 ** (db / 20) * Math.sin((2 * Math.PI * hz * Math.floor(n / channels)) / rate);
  return { rate, channels, samples };
}

function joined(...all: readonly Wav[]): Wav {
  return {
    rate: all[0]?.rate ?? 0,
    channels: all[0]?.channels ?? 0,
    samples: Float32Array.from(all.flatMap(({ samples }) => [...samples])),
  };
}

/** A noise that comes and goes, as speech does. */
function babble(seed: number, rate: number, seconds: number, peak: number): Wav {
  const random = seededRandom(seed);
  const samples = new Float32Array(Math.round(seconds * rate));
  let smooth = 0;
  for (const n of samples.keys()) {
    smooth = 0.9 * smooth + 0.1 * (2 * random() - 1);
    samples[n] = peak * smooth * Math.max(0, Math.sin((2 * Math.PI * 3 * n) / rate));
  }
  return { rate, channels: 1, samples };
}

const near = (wav: Wav, lufs: number, by = 0.1) =>
  assert.ok(Math.abs(loudnessOf(wav) - lufs) <= by, `${loudnessOf(wav)} LUFS, not ${lufs}`);

test('loudness is what ITU-R BS.1770 and EBU Tech 3341 say of their tones, at every sample rate', () => {
  // A tone of 997 Hz at full scale on one channel.
  for (const rate of [16_000, 22_050, 44_100, 48_000, 96_000]) near(tone(997, 0, 3, { rate }), -3.01);
  // The tones 1 to 3 of EBU Tech 3341: both channels, and softer parts that the gate leaves out.
  const part = (db: number, seconds: number) => tone(1_000, db, seconds, { channels: 2 });
  near(part(-23, 5), -23);
  near(part(-33, 5), -33);
  near(joined(part(-36, 3), part(-23, 15), part(-36, 3)), -23);
});

test('every sound is made as loud as all others, within 1 LU, without clipping, and silence stays silent', () => {
  for (const wav of [
    tone(440, -40, 1),
    tone(440, -1, 0.05),
    tone(3_000, 0, 2, { channels: 2 }),
    babble(1, 22_050, 4, 0.9),
    babble(2, 44_100, 1.5, 0.1),
  ]) {
    const made = readWav(writeWav(atUsualLoudness(wav)), 30);
    assert.ok(made !== null);
    near(made, usualLufs, 1);
    assert.equal(secondsOf(made), secondsOf(wav));
    assert.ok(made.samples.every((sample) => Math.abs(sample) < 0.9));
  }
  for (const silent of [tone(440, -120, 1), { rate: 22_050, channels: 1, samples: new Float32Array(0) }])
    assert.equal(atUsualLoudness(silent), silent);
});

test('a WAV is read whatever its samples are written as, and whatever length it claims', () => {
  const { samples } = tone(440, -6, 0.01, { rate: 8_000 });
  for (const [kind, bits] of [
    [1, 8],
    [1, 16],
    [1, 24],
    [1, 32],
    [3, 32],
  ] as const) {
    const width = bits / 8;
    const head = writeWav({ rate: 8_000, channels: 1, samples: new Float32Array(0) }).subarray(0, 44);
    const data = Buffer.alloc(width * samples.length);
    for (const [n, sample] of samples.entries())
      if (kind === 3) data.writeFloatLE(sample, n * width);
      else if (bits === 8) data.writeUInt8(128 + Math.round(sample * 127), n);
      else data.writeIntLE(Math.round(sample * (2 ** (bits - 1) - 1)), n * width, width);
    const file = Buffer.concat([head, data]);
    file.writeUInt16LE(kind, 20);
    file.writeUInt16LE(bits, 34);
    // As a program claims that writes to a pipe.
    file.writeUInt32LE(0x7ffff000, 40);
    const read = readWav(file, 30);
    assert.equal(read?.samples.length, samples.length, `${bits} bits`);
    assert.ok(read.samples.every((sample, n) => Math.abs(sample - (samples[n] ?? 0)) < 0.02));
  }
  assert.equal(readWav(writeWav(tone(440, -6, 2)), 1)?.samples.length, 48_000, 'no more than was asked for');
});

test('what is no WAV, or one cut or damaged anywhere, is none or a shorter one, and never throws', () => {
  const whole = writeWav(tone(440, -6, 0.01));
  fc.assert(
    fc.property(
      fc.nat(whole.length),
      fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 6 }),
      (length, changes) => {
        const file = Buffer.from(whole.subarray(0, length));
        for (const [at, byte] of changes) if (at < file.length) file[at] = byte;
        const read = readWav(file, 30);
        assert.ok(read === null || (read.samples.length <= whole.length && read.samples.every(Number.isFinite)));
        if (read !== null) atUsualLoudness(read);
      },
    ),
    { numRuns: 300 },
  );
});
