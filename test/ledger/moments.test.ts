import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RuleEngine } from '../../src/domain/rules.ts';
import type { Due } from '../../src/ledger/firings.ts';
import { openWith, terms } from './points-world.ts';
import { does, fired, recordWith, refused, rule, rulesInForce } from './rule-world.ts';
import { connection, disconnected, draw, gift, layoutOf, like, noonMs, openOk, tempFolder } from './world.ts';

type Context = Parameters<typeof tempFolder>[0];

/** A ledger that follows rules, and what it told of. */
function ruled(file: string, engine: RuleEngine) {
  const ledger = openOk(file);
  const told: Due[] = [];
  ledger.followRules({ engine: () => engine, due: (dues) => void told.push(...dues) });
  return { ledger, told };
}

const newFile = (t: Context) => join(tempFolder(t), 'l.db');
const says = { [does]: [{ log: '{eventType}' }] };
const ended = (room: string, reason: 'ended' | 'suspended' = 'ended') =>
  ({
    ...connection('stream-end', { room, session: `s of ${room}` }),
    kind: 'stream-end',
    payload: { reason },
  }) as const;
const connected = (room: string, session = `s of ${room}`) => connection('connected', { room, session });

test('a live starts once and ends once, through breaks, restarts and repeats, and what that pays is owed', (t) => {
  const file = newFile(t);
  const rules = rulesInForce(
    rule('hello', { on: 'live-started', [does]: [{ draw: { row: 'r', strokes: 3 } }] }),
    rule('bye', { on: 'live-ended', ...says }),
  );
  let { ledger, told } = ruled(file, rules);
  ledger.noteLive(connected('7'));
  assert.deepEqual(
    told.map(({ credits }) => credits.map(({ row, strokes }) => [row, strokes])),
    [[['r', 3]]],
  );
  ledger.noteLive(connected('7'));
  ledger.noteLive(disconnected(noonMs, 'lost', { room: '7', session: 's of 7' }));
  ledger.close();
  ({ ledger, told } = ruled(file, rules));
  ledger.noteLive(connected('7', 'another'));
  ledger.noteLive(ended('7', 'suspended'));
  ledger.noteLive(ended('7'));
  ledger.noteLive(ended('7'));
  ledger.noteLive(connected('8'));
  ledger.noteLive({ ...connected('9'), origin: 'replay' });
  ledger.noteLive({ ...ended('9'), origin: 'replay' });
  assert.deepEqual(fired(ledger), ['hello 3', 'bye 0', 'hello 3']);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('a live that was heard before there was a rule for it does not start again', (t) => {
  const file = newFile(t);
  const before = openOk(file);
  before.noteLive(connected('7'));
  before.close();
  const { ledger } = ruled(file, rulesInForce(rule('hello', { on: 'live-started' })));
  ledger.noteLive(connected('7', 'another'));
  assert.deepEqual(fired(ledger), []);
  ledger.close();
});

test('a sheet that opens and a drawing that is done fire once, with the fact itself; what a rule drew fires nothing', (t) => {
  const file = newFile(t);
  const rules = rulesInForce(
    rule('sheet', { on: 'sheet-opened', when: ['sheet', '>=', 2], [does]: [{ say: 'sheet {sheet}' }] }),
    rule('done', { on: 'drawing-done', ...says }),
    rule('text', { when: ['giftName', '==', 'GG'], [does]: [{ write: '{displayName}' }] }),
  );
  const { ledger } = ruled(file, rules);
  const plates = ['p', 'q'].map((id, n) => ({ id, name: id, xMm: 100, yMm: 60 * n + 10, widthMm: 50, heightMm: 50 }));
  const layout = { ...layoutOf({ a: 20, r: 20 }), plates };
  ledger.turnSheet(layout);
  ledger.turnSheet(layout);
  const said = () => ledger.questions.ruleLog(9).fired.map(({ rule: name, said: text }) => `${name} ${text}`);
  assert.deepEqual(said(), ['sheet [{"do":"say","with":{"text":"sheet 2"}}]']);
  const paths = { widthUm: 9_000, heightUm: 9_000, paths: [[0, 0, 9_000, 0]] };
  recordWith(ledger, rules, [gift({ gift: 'GG' })]);
  const ours = ledger.questions.drawings()[0]?.id ?? 0;
  const asked = { paths, name: 'heart', ownId: null, plate: null, scales: true };
  const { request: own } = ledger.draw((drawings) => drawings.ask(asked));
  for (const [index, id] of [ours, own].entries()) {
    ledger.draw((drawings) => drawings.place(id, index === 0 ? 'p' : 'q', paths));
    draw(ledger, 1);
    assert.equal(ledger.questions.drawing(id)?.state, 'drawn');
  }
  assert.equal(fired(ledger).filter((line) => line === 'done 0').length, 1);
  ledger.close();
});

test('a moment for which no rule fires leaves nothing but a count', (t) => {
  const { ledger } = ruled(
    newFile(t),
    rulesInForce(rule('to', { on: 'state', when: ['to', '==', 'drawing'], cooldown: { perRuleSeconds: 60 }, ...says })),
  );
  for (let n = 0; n < 5; n++) {
    ledger.stateChanged('ready', 'drawing');
    ledger.stateChanged('drawing', 'ready');
  }
  assert.equal(ledger.questions.eventCount(), 1);
  assert.deepEqual(fired(ledger), ['to 0']);
  assert.deepEqual(refused(ledger), ['to cooldown 4']);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('a cooldown of rules for moments is read from the ledger after a restart', (t) => {
  const file = newFile(t);
  const rules = rulesInForce(rule('to', { on: 'state', cooldown: { perRuleSeconds: 60 }, ...says }));
  for (let n = 0; n < 3; n++) {
    const { ledger } = ruled(file, rules);
    ledger.stateChanged('ready', 'drawing');
    assert.deepEqual(fired(ledger), ['to 0']);
    ledger.close();
  }
});

test('a timer fires once for each of its times of a live, and a limit of the live holds for it', (t) => {
  const file = newFile(t);
  const rules = rulesInForce(
    rule('ten', { on: 'timer', every: 10, limit: { perLive: 3 } }),
    rule('five', { on: 'timer', every: 5, ...says }),
  );
  const timer = (everyMinutes: number, nth: number) => {
    const place = {
      platform: '',
      channel: '',
      room: '7',
      session: '',
      atMs: null,
      arrivedAtMs: noonMs + nth * 600_000,
    };
    return { ...place, kind: 'timer', origin: 'live', user: null, payload: { everyMinutes, nth } } as const;
  };
  for (let run = 0; run < 2; run++) {
    const { ledger } = ruled(file, rules);
    for (let nth = 1; nth <= 2 + run * 3; nth++)
      for (let twice = 0; twice < 2; twice++) ledger.momentCame(timer(10, nth), ['10', String(nth)]);
    assert.deepEqual(fired(ledger), run === 0 ? ['ten 1', 'ten 1'] : ['ten 1', 'ten 1', 'ten 1']);
    ledger.close();
  }
});

test('a disk that fails in the middle of a moment takes the fact and its dues along, and both come later', (t) => {
  const file = newFile(t);
  const rules = rulesInForce(rule('hello', { on: 'live-started' }));
  let isBroken = true;
  const failing: RuleEngine = {
    ...rules,
    matching(...asked) {
      if (isBroken) throw Object.assign(new Error('the disk is full'), { code: 'SQLITE_FULL' });
      return rules.matching(...asked);
    },
  };
  const { ledger, told } = ruled(file, failing);
  assert.throws(() => ledger.noteLive(connected('7')), /disk is full/);
  assert.deepEqual([told, ledger.heardSinceMs('7')], [[], null]);
  isBroken = false;
  ledger.noteLive(connected('7'));
  assert.deepEqual(fired(ledger), ['hello 1']);
  assert.equal(told.length, 1);
  ledger.close();
});

test('what is said is kept once for each message, however often it comes', (t) => {
  const file = newFile(t);
  const rules = rulesInForce(
    rule('ink', { on: 'chat', when: ['message', 'startsWith', '!ink'], cooldown: { perPersonSeconds: 60 } }),
  );
  const said = (id: string, user: string, text: string, seconds: number) => {
    const { payload: _, kind: __, ...head } = gift({ id, user, arrivedAtMs: noonMs + seconds * 1000 });
    return { ...head, kind: 'chat', payload: { text } } as const;
  };
  const all = [said('1', 'u1', '!ink', 0), said('2', 'u2', '!INK please', 1), said('3', 'u1', '!ink again', 2)];
  for (let run = 0; run < 3; run++) {
    const ledger = openOk(file);
    recordWith(ledger, rules, [...all, ...all]);
    assert.deepEqual(fired(ledger), ['ink 1', 'ink 1']);
    assert.deepEqual(refused(ledger), ['ink cooldown 1']);
    assert.deepEqual(ledger.check('full').findings, []);
    ledger.close();
  }
  const ledger = openOk(file);
  ledger.privacy.forget('name of u1');
  assert.deepEqual(fired(ledger), ['ink 1', 'ink 1']);
  ledger.close();
});

const letter = (seq: number, part: object = {}) => ({
  ...{ seq, outlet: 'webhook friends', rule: 'thanks', eventKind: 'gift', why: 'webhook friends: no.' },
  ...part,
});
const worker = (id: string, isNew = false) => ({ id, isNew });

test('each dead letter fires once, through repeats, restarts and another file of the worker, and what is old fires nothing', (t) => {
  const file = newFile(t);
  const rules = rulesInForce(
    rule('gone', { on: 'dead-letter', when: ['rule', '==', 'thanks'], [does]: [{ log: '{rule} {outlet}: {why}' }] }),
  );
  let { ledger } = ruled(file, rules);
  const died = (of: ReturnType<typeof worker>, ...seqs: number[]) =>
    ledger.deadLettersReported(
      of,
      seqs.map((seq) => letter(seq)),
    );
  died(worker('a'), 9, 8);
  assert.deepEqual(fired(ledger), [], 'what an unknown file had before');
  died(worker('a'), 11, 10, 9);
  died(worker('a'), 11, 10);
  assert.deepEqual(fired(ledger), ['gone 0', 'gone 0']);
  const before = ledger.transactions();
  died(worker('a'), 11, 10);
  assert.equal(ledger.transactions(), before, 'a report without news costs no write');
  ledger.close();
  ({ ledger } = ruled(file, rules));
  died(worker('a'), 12, 11, 10);
  died(worker('b', true), 2, 1);
  died(worker('b', true), 2, 1);
  died(worker('b'), 3, 2, 1);
  assert.equal(fired(ledger).length, 6);
  assert.equal(
    ledger.questions.ruleLog(1).fired[0]?.said,
    '[{"do":"log","with":{"text":"thanks webhook friends: webhook friends: no."}}]',
  );
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('a dead letter of a rule for dead letters fires none, and one that is refused is seen all the same', (t) => {
  const { ledger } = ruled(
    newFile(t),
    rulesInForce(
      rule('gone', { on: 'dead-letter', cooldown: { perRuleSeconds: 60 }, [does]: [{ webhook: 'friends' }] }),
    ),
  );
  const file = worker('a', true);
  for (let seq = 1; seq < 50; seq++)
    ledger.deadLettersReported(file, [letter(seq, { rule: 'gone', eventKind: 'dead-letter' })]);
  assert.deepEqual(fired(ledger), []);
  ledger.deadLettersReported(file, [letter(51), letter(50)]);
  ledger.deadLettersReported(file, [letter(51), letter(50)]);
  assert.deepEqual(fired(ledger), ['gone 0']);
  assert.deepEqual(refused(ledger), ['gone cooldown 1']);
  ledger.close();
});

test('dead letters that came while no rule waited for them fire nothing later, and the files that are remembered are few', (t) => {
  const file = newFile(t);
  let { ledger } = ruled(file, rulesInForce());
  ledger.deadLettersReported(worker('a', true), [letter(1)]);
  ledger.close();
  ({ ledger } = ruled(file, rulesInForce(rule('gone', { on: 'dead-letter', ...says }))));
  ledger.deadLettersReported(worker('a'), [letter(2), letter(1)]);
  assert.deepEqual(fired(ledger), ['gone 0']);
  for (let n = 0; n < 40; n++) ledger.deadLettersReported(worker(`f${n}`, true), []);
  assert.equal(JSON.parse(ledger.mark('dead letters') ?? '').length, 16);
  ledger.close();
});

const likes = (part: Readonly<Record<string, unknown>> = {}) =>
  rulesInForce(rule('likes', { on: 'like', every: 100, [does]: [{ log: '{likes}' }], ...part }));
const saidOf = (ledger: ReturnType<typeof openOk>) =>
  ledger.questions.ruleLog(2_000).fired.flatMap(({ said }) => /"text":"(\d+)"/.exec(said)?.[1] ?? []);

test('likes fire once for every so many that a live comes to while it is heard, in any order, with repeats, kills and mappings', (t) => {
  const anyFrames = fc.array(
    fc.record({ total: fc.integer({ min: 1_000, max: 3_000 }), count: fc.integer({ min: 1, max: 150 }) }),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(anyFrames, fc.array(fc.nat({ max: 9 })), fc.boolean(), (frames, cuts, mapped) => {
      const file = newFile(t);
      let { ledger } = ruled(file, likes());
      const worth = mapped ? { rows: ['r'], strokes: 1, per: 300 } : null;
      for (const [index, { total, count }] of [...frames, ...frames].entries()) {
        if (cuts.includes(index % 10)) {
          ledger.close();
          ({ ledger } = ruled(file, likes()));
        }
        ledger.record([{ event: like(count, total), worth }]);
      }
      const least = Math.min(...frames.map(({ total, count }) => total - count));
      const most = Math.max(...frames.map(({ total }) => total));
      const plain: string[] = [];
      for (let n = 0; n <= most; n += 100) if (n > least) plain.push(String(n));
      assert.deepEqual(
        saidOf(ledger)
          .map(Number)
          .toSorted((a, b) => a - b)
          .map(String),
        plain,
      );
      assert.deepEqual(ledger.check('full').findings, []);
      ledger.close();
    }),
    { numRuns: 40 },
  );
});

test('likes that a disk did not take fire when they are sent again; those of another live, a test, or nobody counted do not', (t) => {
  const file = newFile(t);
  const { ledger } = ruled(file, likes({ limit: { perLive: 2 } }));
  const fails = new Error('the disk');
  const failing = {
    ...likes(),
    waitsFor() {
      throw fails;
    },
  };
  ledger.record([{ event: like(5, 95), worth: null }]);
  const engine = likes({ limit: { perLive: 2 } });
  ledger.followRules({ engine: () => failing, due: () => {} });
  assert.throws(() => ledger.record([{ event: like(10, 105), worth: null }]), fails);
  ledger.followRules({ engine: () => engine, due: () => {} });
  ledger.record([{ event: like(10, 105), worth: null }]);
  assert.deepEqual(saidOf(ledger), ['100']);
  ledger.record([{ event: like(500, 600), worth: null }]);
  assert.deepEqual(saidOf(ledger), ['200', '100']);
  assert.deepEqual(refused(ledger), ['likes limit 4']);
  ledger.record([{ event: like(300, 300, { room: 'room-2', origin: 'test' }), worth: null }]);
  ledger.record([{ event: like(300, null, { room: 'room-3' }), worth: null }]);
  assert.equal(saidOf(ledger).length, 2);
  // However many there are, a rule fires for the first thousand.
  const { ledger: other } = ruled(newFile(t), likes());
  other.record([{ event: like(50_000_000, 50_000_000), worth: null }]);
  assert.equal(saidOf(other).length, 1_000);
  other.close();
  ledger.close();
});

test('of those who come only they are written for whom a rule fires, and what is refused leaves a count alone', (t) => {
  const { ledger } = ruled(newFile(t), rulesInForce());
  const rules = rulesInForce(
    rule('hello', { on: 'join', cooldown: { perRuleSeconds: 60 }, [does]: [{ say: 'Welcome {displayName}' }] }),
  );
  const join = (id: string, user: string, afterS: number) =>
    ({ ...gift({ id, user, arrivedAtMs: noonMs + afterS * 1000 }), kind: 'join', payload: {} }) as const;
  const came = (...events: ReturnType<typeof join>[]) =>
    ledger.record(events.map((event) => ({ event, worth: null, rules, isForRules: true as const })));
  came(join('a', 'u1', 0), join('b', 'u2', 1), join('c', 'u3', 59), join('d', 'u4', 60), join('a', 'u1', 0));
  assert.deepEqual(fired(ledger), ['hello 0', 'hello 0']);
  assert.deepEqual(refused(ledger), ['hello cooldown 2']);
  assert.equal(ledger.questions.eventCount(), 2);
  came(join('b', 'u2', 1), join('d', 'u4', 60));
  assert.equal(fired(ledger).length, 2, 'sent again');
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('of those who come nobody is written who cannot pay, or came a moment ago, and a newcomer has what all begin with', (t) => {
  const ledger = openWith(join(tempFolder(t), 'l.db'), { ...terms, start: 10 });
  const rules = rulesInForce(
    rule('greet', {
      on: 'join',
      cost: 6,
      limit: { perLive: 100 },
      cooldown: { perPersonSeconds: 60 },
      [does]: [{ say: 'Welcome {displayName}' }],
    }),
  );
  const come = (id: string, user: string, afterS: number) =>
    ({ ...gift({ id, user, arrivedAtMs: noonMs + afterS * 1000 }), kind: 'join', payload: {} }) as const;
  const came = (...events: ReturnType<typeof come>[]) =>
    ledger.record(events.map((event) => ({ event, worth: null, rules, isForRules: true as const })));
  came(come('a', 'u1', 0), come('b', 'u1', 10), come('c', 'u1', 80), come('d', 'u1', 160), come('e', 'u2', 160));
  assert.deepEqual(fired(ledger), ['greet 0', 'greet 0']);
  assert.deepEqual(refused(ledger).toSorted(), ['greet cooldown 1', 'greet points 1', 'greet points 1']);
  assert.equal(ledger.questions.eventCount(), 2);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});
