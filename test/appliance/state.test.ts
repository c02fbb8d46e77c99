import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ApplianceFacts, deriveState, whatComesFirst } from '../../src/appliance/state.ts';
import { applianceStates } from '../../src/domain/appliance-state.ts';
import { cornerOfMark } from '../../src/domain/sheet.ts';
import { layoutOf } from '../ledger/world.ts';
import { calm } from './calm.ts';

const fault = { code: 'disk-full', what: 'The disk is full.', remedy: 'Free some space.' };

/** One change to the calm facts that brings about each state. */
const causes: Readonly<Record<(typeof applianceStates)[number], Partial<ApplianceFacts>>> = {
  starting: { started: false },
  fault: { faults: [fault] },
  'no-plotter': { plotter: { ...calm.plotter, link: 'absent' } },
  'origin-unknown': { plotter: { ...calm.plotter, origin: 'unknown' } },
  'needs-sheet': { sheetOpen: false },
  paused: { paused: true },
  drawing: { drawable: true },
  'off-air': { live: { ...calm.live, heard: false } },
  ready: {},
};

for (const [index, name] of applianceStates.entries()) {
  test(`the state is ${name} when its cause holds, whatever lower states hold too`, () => {
    const lower = applianceStates.slice(index + 1).map((each) => causes[each]);
    const plotter = { ...calm.plotter, ...causes[name].plotter };
    const facts = Object.assign({}, calm, ...lower.reverse(), causes[name], { plotter });
    assert.equal(deriveState({ ...calm, ...causes[name] }).name, name);
    assert.equal(deriveState(facts).name, name);
  });
}

test('while nothing can be drawn it is known what has to come first', () => {
  const moving = { ...calm.plotter, parked: false };
  for (const [facts, first] of [
    [causes.fault, 'mending'],
    [{ plotter: { ...calm.plotter, fault } }, 'mending'],
    [causes['no-plotter'], 'plotter'],
    [causes['origin-unknown'], 'origin'],
    [causes['needs-sheet'], 'paper'],
    [causes.paused, 'resume'],
    [causes.drawing, null],
    [causes['off-air'], 'live'],
    [{}, 'live'],
    // The pen is on its way to park before fresh paper can come in.
    [{ sheetFull: true, plotter: moving }, 'paper'],
    [{ sheetOpen: false, plotter: moving, live: { ...calm.live, heard: false } }, 'paper'],
    // Something is wrong with the box around it, and the pen goes on.
    [{ boxFaults: [fault], drawable: true }, null],
    [{ boxFaults: [fault], paused: true }, 'resume'],
  ] as const)
    assert.equal(whatComesFirst({ ...calm, ...facts }), first, JSON.stringify(facts));
});

test('a fault of the box is shown like any other', () => {
  const state = deriveState({ ...calm, boxFaults: [fault], drawable: true });
  assert.deepEqual([state.name, state.fault], ['fault', fault]);
});

test('a fault says what it is and what to do', () => {
  const state = deriveState({ ...calm, faults: [fault] });
  assert.deepEqual([state.what, state.todo, state.fault], [fault.what, fault.remedy, fault]);
});

test('a sheet is only asked for when the pen rests: before, hands have no business near it', () => {
  const moving = { ...calm.plotter, parked: false };
  assert.equal(deriveState({ ...calm, sheetFull: true, plotter: moving }).name, 'ready');
  assert.equal(deriveState({ ...calm, sheetFull: true, plotter: moving, inHand: 2 }).name, 'drawing');
  assert.equal(deriveState({ ...calm, sheetFull: true, drawable: true }).name, 'needs-sheet');
});

test('before fresh paper can be put in, the state says that the pen goes out of the way first', () => {
  const moving = { ...calm.plotter, parked: false };
  for (const facts of [{ sheetOpen: false }, { sheetFull: true }, { changePaper: true }]) {
    for (const heard of [true, false]) {
      const live = { ...calm.live, heard };
      const { what } = deriveState({ ...calm, ...facts, live, plotter: moving });
      assert.match(what, /^The pen goes to park; then (put paper in|change the paper)\.$/);
    }
  }
});

test('every state that asks for hands says what to do', () => {
  for (const name of ['no-plotter', 'origin-unknown', 'needs-sheet', 'paused'] as const) {
    assert.notEqual(deriveState({ ...calm, ...causes[name] }).todo, null, name);
  }
});

test('nobody is told to press a button that is not there; the page or a command is named instead', () => {
  const hovering = { ...calm.plotter, origin: 'confirm-hover' } as const;
  const asking: readonly Partial<ApplianceFacts>[] = [
    causes['origin-unknown'],
    { plotter: hovering },
    { plotter: { ...hovering, pen: null } },
    causes['needs-sheet'],
    { changePaper: true },
    causes.paused,
    { paused: true, stopped: true, plotter: { ...calm.plotter, parked: false } },
  ];
  for (const facts of asking) {
    assert.match(deriveState({ ...calm, ...facts }).todo ?? '', /button/);
    const without = deriveState({ ...calm, ...facts, hasButton: false }).todo ?? '';
    assert.doesNotMatch(without, /button|press|hold/i);
    assert.match(without, /page.*`livepen \w+`/);
  }
});

test('where the corner mark is is said wherever the tip is to be put there', () => {
  const { paper } = layoutOf({ 1: 1 });
  for (const [xMm, yMm, mark] of [
    [0, 0, 'front left'],
    [12, 30, 'front left'],
    [-paper.widthMm, 0, 'front right'],
    [0, -paper.heightMm, 'back left'],
    [-paper.widthMm, -paper.heightMm, 'back right'],
  ] as const) {
    assert.equal(cornerOfMark({ ...paper, corner: { xMm, yMm } }), mark);
    for (const origin of ['unknown', 'confirm-hover'] as const) {
      const { todo } = deriveState({ ...calm, mark, plotter: { ...calm.plotter, origin } });
      assert.ok(todo?.includes(`on the corner mark (${mark})`), todo ?? '');
    }
  }
});

test('a device that says nothing, or a port that is not there, is no plotter, not something broken', () => {
  for (const code of ['silent-device', 'port-missing']) {
    const silence = { code, what: 'It does not answer.', remedy: 'Switch it on.' };
    const state = deriveState({ ...calm, plotter: { ...calm.plotter, link: 'absent', fault: silence } });
    assert.deepEqual([state.name, state.what, state.todo], ['no-plotter', silence.what, silence.remedy]);
  }
});

test('a plotter that is being greeted is waited for, not switched on', () => {
  const { what, todo } = deriveState({ ...calm, plotter: { ...calm.plotter, link: 'connecting' } });
  assert.equal(what, 'Connecting to a plotter.');
  assert.match(todo ?? '', /^Wait/);
});

test('a pen that waits at its park place after a power cut is not said to hover over a stroke', () => {
  const hovering = { ...calm.plotter, origin: 'confirm-hover' } as const;
  assert.match(deriveState({ ...calm, plotter: { ...hovering, pen: { xMm: 1, yMm: 1, pen: 'up' } } }).what, /hovers/);
  assert.match(deriveState({ ...calm, plotter: { ...hovering, pen: null } }).what, /parked/);
});
