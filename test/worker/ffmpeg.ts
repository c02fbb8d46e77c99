import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { needTool } from './tools.ts';

/** How loud a sound is, in LUFS, by the measure of ffmpeg. */
export function loudnessByFfmpeg(context: TestContext, wav: Uint8Array): number {
  needTool('ffmpeg', 'ffmpeg');
  const folder = mkdtempSync(join(tmpdir(), 'livepen-ffmpeg-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'sound.wav');
  writeFileSync(file, wav);
  const words = ['-hide_banner', '-nostdin', '-i', file, '-filter:a', 'ebur128', '-f', 'null', '-'];
  const { stderr } = spawnSync('ffmpeg', words, { encoding: 'utf8' });
  const found = [...stderr.matchAll(/^\s*I:\s+(-?[\d.]+) LUFS/gm)].at(-1)?.[1];
  if (found === undefined) throw new Error(`ffmpeg did not measure it: ${stderr.slice(-500)}`);
  return Number(found);
}
