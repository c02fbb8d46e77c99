import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '../../src/system/random.ts';
import { gift, openOk, recordOne, tempFolder, worthOf } from './world.ts';

const kills = 200;
const child = join(import.meta.dirname, 'children', 'recorder.ts');

/** Lets a child work on the ledger for a while, kills it, and gives the lines that it finished. */
function workUntilKilled(file: string, run: number, ms: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const worker = spawn(process.execPath, [child, file, `run${run}`], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    let complaint = '';
    worker.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    worker.stdout.once('data', () => setTimeout(() => worker.kill('SIGKILL'), ms));
    worker.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    worker.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(said.split('\n').slice(0, -1));
      else reject(new Error(`the worker ended with ${code}: ${complaint}`));
    });
  });
}

test(`what a process reported as recorded is there after ${kills} kills at random moments`, async (t) => {
  const file = join(tempFolder(t), 'l.db');
  const seed = Date.now() % 1_000_000;
  const random = seededRandom(seed);
  t.diagnostic(`seed ${seed}`);
  let reported = 0;
  for (let run = 1; run <= kills; run++) {
    const lines = await workUntilKilled(file, run, random() * 120);
    const ledger = openOk(file);
    assert.equal(ledger.restoration(), null);
    for (const line of lines) {
      const [kind, first = '', second = '', n = ''] = line.split(' ');
      if (kind === 'ink') {
        assert.equal(ledger.questions.payerOf(Number(first), second, Number(n))?.drawn, true, `${line} (seed ${seed})`);
        reported += 1;
      }
    }
    for (const [event, count] of giftsOf(lines)) {
      const { grown, isNew } = recordOne(ledger, event, worthOf('a'));
      assert.deepEqual([grown, isNew], [0, false], `${event.id} was recorded ${count} times (seed ${seed})`);
      reported += 1;
    }
    if (run % 20 === 0 || run === kills) assert.deepEqual(ledger.check('full').findings, [], `seed ${seed}`);
    ledger.close();
  }
  t.diagnostic(`${reported} reports held`);
});

/** The gifts that were reported, each with the largest count. */
function giftsOf(lines: readonly string[]): [event: ReturnType<typeof gift>, count: number][] {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const [kind, key = '', count = ''] = line.split(' ');
    if (kind === 'gift') counts.set(key, Math.max(counts.get(key) ?? 0, Number(count)));
  }
  return [...counts].map(([key, count]) => {
    const isStreak = key.split('-').length === 2;
    const user = `u${count % 5}`;
    return [isStreak ? gift({ user, group: key, count }) : gift({ id: key }), count];
  });
}
