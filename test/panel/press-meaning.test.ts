import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applianceStates } from '../../src/domain/appliance-state.ts';
import { meaningOf } from '../../src/panel/panel.ts';
import { firstFacts, type PanelFacts } from '../../src/panel/scene.ts';

const facts = (some: Partial<PanelFacts>): PanelFacts => ({ ...firstFacts, ...some });

test('a press means what the light asks for', () => {
  const cases: readonly [Partial<PanelFacts>, string][] = [
    [{ state: 'starting' }, ''],
    [{ state: 'fault' }, 'try-now'],
    [{ state: 'no-plotter' }, 'try-now'],
    [{ state: 'origin-unknown' }, ''],
    [{ state: 'origin-unknown', hover: true }, 'confirm-hover'],
    [{ state: 'needs-sheet' }, 'paper-changed'],
    [{ state: 'needs-sheet', parked: true, inked: true }, 'paper-changed'],
    [{ state: 'paused' }, 'resume'],
    [{ state: 'drawing' }, 'pause'],
    [{ state: 'ready', parked: true, inked: true }, 'paper-changed'],
    [{ state: 'ready', parked: false, inked: true }, ''],
    [{ state: 'ready', parked: true, inked: false }, ''],
    [{ state: 'off-air', parked: true, inked: true }, 'paper-changed,try-now'],
    [{ state: 'off-air', parked: true, inked: false }, 'try-now'],
  ];
  for (const [some, wanted] of cases)
    assert.equal(meaningOf('press', facts(some)).join(), wanted, JSON.stringify(some));
});

test('a hold sets the origin where it is unknown, and asks for a change of paper everywhere else', () => {
  for (const state of applianceStates) {
    const wanted = state === 'starting' ? '' : state === 'origin-unknown' ? 'confirm-origin' : 'change-paper';
    assert.equal(meaningOf('hold', facts({ state })).join(), wanted, state);
  }
});

test('nothing that a finger can do begins a motion that the state does not ask for', () => {
  for (const state of ['fault', 'no-plotter', 'paused', 'needs-sheet', 'ready'] as const) {
    const said = [...meaningOf('press', facts({ state })), ...meaningOf('hold', facts({ state }))];
    assert.ok(!said.includes('confirm-origin') && !said.includes('confirm-hover'), state);
  }
});
