import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frame, LineSplitter, probe, readReplies } from '../../src/marlin/wire/replies.ts';
import {
  newSender,
  type SenderState,
  senderTiming,
  step,
  type Verdict,
  wakeAtMs,
} from '../../src/marlin/wire/sender.ts';

const timing = senderTiming;

/** A talk with a sender by hand: every method gives what was written and decided since. */
function talk(lastLine = 1_000_000) {
  let state: SenderState = newSender(lastLine);
  let nowMs = 0;
  let wrote: string[] = [];
  let verdict: Verdict | null = null;
  const apply = (result: ReturnType<typeof step>) => {
    state = result.state;
    if (result.write !== null) wrote.push(result.write);
    verdict = result.verdict ?? verdict;
  };
  const taken = () => {
    const result = { wrote, verdict: verdict as Verdict | null };
    wrote = [];
    verdict = null;
    return result;
  };
  return {
    state: () => state,
    send(text: string, checksPosition = false) {
      apply(step(state, { kind: 'send', text, checksPosition, nowMs }, timing));
      return taken();
    },
    hear(...lines: readonly string[]) {
      for (const text of lines) if (verdict === null) apply(step(state, { kind: 'heard', text, nowMs }, timing));
      return taken();
    },
    wait(ms: number) {
      const endMs = nowMs + ms;
      for (let rounds = 0; rounds < 1000; rounds += 1) {
        const dueMs = wakeAtMs(state, timing);
        if (dueMs === null || dueMs > endMs || verdict !== null) break;
        nowMs = dueMs;
        apply(step(state, { kind: 'time', nowMs }, timing));
      }
      nowMs = endMs;
      return taken();
    },
  };
}

const first = 1_000_001;
const behind = (lastLine: number) => [
  `Error:Line Number is not Last Line Number+1, Last Line: ${lastLine}`,
  `Resend: ${lastLine + 1}`,
];

test('a line carries its number and checksum, as the firmware computes it', () => {
  assert.equal(frame(0, 'M110 N0'), 'N0 M110 N0*125\n');
  assert.equal(frame(3, 'M105'), 'N3 M105*36\n');
});

test('an ok ends a line, and the next has the next number', () => {
  const it = talk();
  assert.deepEqual(it.send('G21').wrote, [frame(first, 'G21')]);
  const { verdict } = it.hear('ok');
  assert.ok(verdict?.kind === 'accepted' && verdict.line.clean);
  assert.deepEqual(it.send('G90').wrote, [frame(first + 1, 'G90')]);
});

test('ADVANCED_OK tells which line it is about; that of another line is not taken', () => {
  const it = talk();
  it.send('G21');
  assert.equal(it.hear(`ok N${first - 1} P15 B3`).verdict, null);
  const { verdict } = it.hear(`ok N${first} P15 B3`);
  assert.ok(verdict?.kind === 'accepted' && !verdict.line.clean);
});

test('the ok after a Resend is swallowed once, and the line counts as rejected, not accepted', () => {
  const it = talk();
  it.send('G1 X1');
  const { verdict } = it.hear(`Error:checksum mismatch, Last Line: ${first - 1}`, `Resend: ${first}`, 'ok');
  assert.deepEqual(verdict, { kind: 'rejected', lastLine: first - 1 });
  assert.deepEqual(it.send('G1 X1').wrote, [frame(first, 'G1 X1')], 'the number is free again');
});

test('a firmware that leaves that ok out is understood after a quiet moment', () => {
  const it = talk();
  it.send('G1 X1');
  assert.equal(it.hear(`Error:checksum mismatch, Last Line: ${first - 1}`, `Resend: ${first}`).verdict, null);
  assert.deepEqual(it.wait(100).verdict, { kind: 'rejected', lastLine: first - 1 });
});

test('a lost ok is found by the far too high number, never by sending blindly again', () => {
  const it = talk();
  it.send('G1 X1');
  const { wrote, verdict } = it.wait(2300);
  assert.deepEqual([wrote, verdict], [[probe], null]);
  const answer = it.hear(...behind(first), 'ok');
  assert.ok(answer.verdict?.kind === 'accepted' && !answer.verdict.line.clean, 'accepted, but an ok may be on its way');
});

test('busy keeps a line waiting; without it and without an answer the link is silent within 5 s', () => {
  const it = talk();
  it.send('G1 X1');
  for (let seconds = 0; seconds < 300; seconds += 2) {
    assert.deepEqual(it.wait(2000), { wrote: [], verdict: null });
    it.hear('echo:busy: processing');
  }
  const { wrote, verdict } = it.wait(5000);
  assert.equal(wrote.length, 3);
  assert.deepEqual(verdict, { kind: 'lost', why: 'silent' });
});

test('reports that come by themselves hide neither a lost ok nor a dead link', () => {
  for (const report of ['T:20.00 /0.00 @:0', 'X:1.00 Y:0.00 Z:0.00 E:0.00 Count X:100 Y:0 Z:0']) {
    const it = talk();
    it.send('G1 X1');
    const asked: string[] = [];
    for (let heard = 0; heard < 6 && asked.length === 0; heard += 1) {
      it.hear(report);
      asked.push(...it.wait(500).wrote);
    }
    assert.deepEqual(asked, [probe], report);
    assert.equal(it.hear(report, ...behind(first), 'ok').verdict?.kind, 'accepted');
  }
  const dead = talk();
  dead.send('G1 X1');
  let verdict: Verdict | null = null;
  for (let heard = 0; heard < 12 && verdict === null; heard += 1) {
    dead.hear('T:20.00 /0.00 @:0');
    verdict = dead.wait(450).verdict;
  }
  assert.deepEqual(verdict, { kind: 'lost', why: 'silent' });
});

test('both names of the last line must agree, since answers carry no checksum', () => {
  const it = talk();
  it.send('G1 X1');
  it.hear(`Error:checksum mismatch, Last Line: ${first}`, `Resend: ${first}`, 'ok');
  assert.deepEqual(it.wait(200).wrote, [probe]);
  assert.deepEqual(it.hear(...behind(first - 1), 'ok').verdict, { kind: 'rejected', lastLine: first - 1 });
});

test('a last line that cannot be ends the session when it is told twice', () => {
  const it = talk();
  it.send('G1 X1');
  assert.deepEqual(it.hear(...behind(0), 'ok').wrote, [probe]);
  assert.deepEqual(it.hear(...behind(0), 'ok').verdict, { kind: 'lost', why: 'numbering' });
});

test('a firmware that lacks earlier lines too (oks that were none) is believed', () => {
  const it = talk();
  it.send('G1 X1');
  assert.deepEqual(it.hear(...behind(first - 3), 'ok').verdict, { kind: 'rejected', lastLine: first - 3 });
  assert.deepEqual(it.send('G1 X9').wrote, [frame(first - 2, 'G1 X9')]);
});

test('the ok of a look counts only after its position', () => {
  const it = talk();
  it.send('M114', true);
  assert.equal(it.hear('ok').verdict, null, 'one that was left over');
  assert.equal(it.hear('X:1.00 Y:2.00 Z:3.00 Count X:100 Y:200 Z:1200').verdict, null);
  const { verdict } = it.hear('ok');
  assert.ok(verdict?.kind === 'accepted' && verdict.line.position?.zMm === 3);
});

test('a banner ends the session, even in the middle of another line', () => {
  for (const line of ['start', 'X:1.00 Y:2.0start', 'okstart']) {
    const it = talk();
    it.send('G1 X1');
    assert.deepEqual(it.hear(line).verdict, { kind: 'lost', why: 'reset' }, line);
  }
  const idle = talk();
  assert.deepEqual(idle.hear('start').verdict, { kind: 'lost', why: 'reset' });
});

test('a halted board ends the session', () => {
  const it = talk();
  it.send('G1 X1');
  assert.deepEqual(it.hear('Error:Printer halted. kill() called!').verdict, { kind: 'lost', why: 'halted' });
});

test('an unknown command that is ours is told; one that is not ours is noise, and is asked about', () => {
  const ours = talk();
  ours.send('M280 P0 S90');
  ours.hear('echo:Unknown command: "M280 P0 S90"');
  const { verdict } = ours.hear('ok');
  assert.ok(verdict?.kind === 'accepted' && verdict.line.unknown);
  const noise = talk();
  noise.send('G1 X1');
  noise.hear(`echo:Unknown command: "O${first} G1 X1"`);
  assert.equal(noise.hear('ok').verdict, null, 'the ok is that of the piece');
  assert.deepEqual(noise.wait(200).wrote, [probe]);
});

test('a firmware that says "wait" while a line is in flight has lost it, or its ok', () => {
  const it = talk();
  it.send('G1 X1');
  it.hear('wait');
  assert.deepEqual(it.wait(200).wrote, [probe]);
});

test('a talk that never gets anywhere ends', () => {
  const it = talk();
  it.send('G1 X1');
  let verdict: Verdict | null = null;
  for (let rounds = 0; verdict === null && rounds < 2000; rounds += 1) {
    it.hear('q#%');
    verdict = it.wait(1000).verdict;
  }
  assert.deepEqual(verdict, { kind: 'lost', why: 'stuck' });
});

test('a plotter that is busy with one line for more than 20 minutes is given up', () => {
  const it = talk();
  it.send('M400');
  let verdict: Verdict | null = null;
  for (let seconds = 0; verdict === null && seconds < 1300; seconds += 1) {
    it.hear('echo:busy: paused for user');
    verdict = it.wait(1000).verdict;
  }
  assert.deepEqual(verdict, { kind: 'lost', why: 'busy-too-long' });
});

test('answers are read whole, glued and split, and garbage is called garbage', () => {
  const kinds = (line: string) => readReplies(line).map(({ kind }) => kind);
  assert.deepEqual(kinds('ok'), ['ok']);
  assert.deepEqual(kinds('ok T:0'), ['ok']);
  assert.deepEqual(kinds('okok'), ['ok']);
  assert.deepEqual(kinds('ok ok'), ['ok']);
  assert.deepEqual(kinds('Error:STOP called because of BLTouch error - restart with M999'), ['halted']);
  assert.deepEqual(kinds('okecho:busy: processing'), ['ok', 'busy']);
  assert.deepEqual(kinds('okX:1.00 Y:2.00 Z:3.00 Count X:1 Y:2 Z:3'), ['ok', 'position']);
  assert.deepEqual(kinds('X:1.00 Y:2.00 Z:3.00 Count X:1 Y:2 Z:3ok'), ['position', 'ok']);
  assert.deepEqual(kinds('X:1.00 Y:2.00 Z:3.00 E:0.00 Count X:1 Y:2 Z:3'), ['position']);
  assert.deepEqual(kinds('echo:busy: paused for input'), ['busy']);
  assert.deepEqual(kinds('rs N12'), ['rejected']);
  assert.deepEqual(kinds('o'), ['garbage']);
  assert.deepEqual(kinds('X:1.00 Y:2.00'), ['garbage']);
  assert.deepEqual(kinds('Error:Line Number is not Last Line Number+1, Last Line: 12'), ['rejected']);
  const splitter = new LineSplitter();
  assert.deepEqual(splitter.push('o'), []);
  assert.deepEqual(splitter.push('k\r\nX:1'), ['ok']);
  assert.deepEqual(splitter.push('x'.repeat(5000)), []);
  assert.ok((splitter.push('\n')[0] ?? '').length <= 512, 'a line without end is bounded');
});
