import type { PanelCommand, PanelFacts } from './facts.ts';

/** What a press or a hold of the button means now; nothing: the light says no. */
export function meaningOf(gesture: 'press' | 'hold', facts: PanelFacts): readonly PanelCommand[] {
  return gesture === 'press' ? pressMeaning(facts) : holdMeaning(facts);
}

function pressMeaning(facts: PanelFacts): readonly PanelCommand[] {
  switch (facts.state) {
    case 'starting':
      return [];
    case 'fault':
    case 'no-plotter':
      return ['try-now'];
    case 'origin-unknown':
      return facts.hover ? ['confirm-hover'] : [];
    case 'needs-sheet':
      return ['paper-changed'];
    case 'paused':
      return ['resume'];
    case 'drawing':
      return ['pause'];
    case 'off-air':
      return [...paperOf(facts), 'try-now'];
    case 'ready':
      return paperOf(facts);
  }
}

/** People press after they have swapped the paper, whether they were asked to or not. */
function paperOf({ parked, inked }: PanelFacts): readonly PanelCommand[] {
  return parked && inked ? ['paper-changed'] : [];
}

function holdMeaning({ state }: PanelFacts): readonly PanelCommand[] {
  if (state === 'starting') return [];
  return [state === 'origin-unknown' ? 'confirm-origin' : 'change-paper'];
}
