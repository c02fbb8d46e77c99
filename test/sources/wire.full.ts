import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadLibrary } from '../../src/sources/tiktok/provider.ts';
import { bombs, explode } from './bombs.ts';
import { honestFramesAreDecoded } from './honest-decoding.ts';

test('a thousand honest frames of up to 2 MB are decoded whole, as the library itself decodes them', () =>
  honestFramesAreDecoded(1_000, 2_000_000));

test('no bomb takes more than 50 ms of the processor', async () => {
  const library = await loadLibrary();
  for (const bomb of bombs(library)) {
    // What the machine does beside this, and code that runs for the first time, is not the bomb's doing.
    const cpuMs = Math.min(...Array.from({ length: 5 }, () => explode(library, bomb).cpuMs));
    assert.ok(cpuMs < 50, `${bomb.name}: ${cpuMs} ms`);
  }
});
