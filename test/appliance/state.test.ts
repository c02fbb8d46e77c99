import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ApplianceFacts, deriveState } from '../../src/appliance/state.ts';
import { applianceStates } from '../../src/domain/appliance-state.ts';

/** A live that is heard, a plotter at rest, a sheet, nothing owed. */
const calm: ApplianceFacts = {
  started: true,
  faults: [],
  plotter: {
    link: 'ready',
    port: '/dev/plotter',
    firmware: 'Marlin',
    origin: 'known',
    epoch: 1,
    pen: { xMm: 0, yMm: 0, pen: 'up' },
    parked: true,
    inDoubt: 0,
    fault: null,
    resends: 0,
  },
  live: {
    heard: true,
    phase: 'connected',
    room: '1',
    nextAttemptAtMs: null,
    problem: null,
    reconnects: 0,
    undecodable: 0,
  },
  sheetOpen: true,
  changePaper: false,
  paused: false,
  drawable: false,
  sheetFull: false,
  inHand: 0,
};

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

test('every state that asks for hands says what to do', () => {
  for (const name of ['no-plotter', 'origin-unknown', 'needs-sheet', 'paused'] as const) {
    assert.notEqual(deriveState({ ...calm, ...causes[name] }).todo, null, name);
  }
});

test('a device that says nothing is no plotter, not something broken', () => {
  const silence = { code: 'silent-device', what: 'It does not answer.', remedy: 'Switch it on.' };
  const state = deriveState({ ...calm, plotter: { ...calm.plotter, link: 'absent', fault: silence } });
  assert.deepEqual([state.name, state.what, state.todo], ['no-plotter', silence.what, silence.remedy]);
});

test('a plotter that is being greeted is waited for, not switched on', () => {
  const { what, todo } = deriveState({ ...calm, plotter: { ...calm.plotter, link: 'connecting' } });
  assert.equal(what, 'A plotter is being greeted.');
  assert.match(todo ?? '', /^Wait/);
});

test('a pen that waits at its park place after a power cut is not said to hover over a stroke', () => {
  const hovering = { ...calm.plotter, origin: 'confirm-hover' } as const;
  assert.match(deriveState({ ...calm, plotter: { ...hovering, pen: { xMm: 1, yMm: 1, pen: 'up' } } }).what, /hovers/);
  assert.match(deriveState({ ...calm, plotter: { ...hovering, pen: null } }).what, /parked/);
});
