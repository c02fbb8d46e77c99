import type { Appliance } from '../appliance/contract.ts';
import type { CommandResult } from '../appliance/operator.ts';
import type { PanelAppliance, PanelCommand, PanelFacts } from '../panel/panel.ts';

/** The appliance as button and light see it. */
export function panelAppliance(appliance: Appliance): PanelAppliance {
  const { operator } = appliance;
  const commands: Readonly<Record<PanelCommand, () => CommandResult>> = {
    'paper-changed': () => operator.paperChanged(),
    'change-paper': () => operator.changePaper(),
    pause: () => operator.pause(),
    resume: () => operator.resume(),
    'confirm-origin': () => operator.confirmOrigin(),
    'confirm-hover': () => operator.confirmHover(),
    'try-now': () => operator.tryNow(),
  };
  return {
    look: () => factsOf(appliance),
    command: (command) => commands[command]().ok,
    watch: ({ changed, gift }) =>
      appliance.watch({
        changed,
        recorded(records) {
          if (records.some(({ event, credits }) => event.kind === 'gift' && credits.length > 0)) gift();
        },
      }),
  };
}

function factsOf(appliance: Appliance): PanelFacts {
  const { state, plotter, sheet, motionInMs } = appliance.glance();
  return {
    state: state.name,
    heard: state.heard,
    hover: plotter.origin === 'confirm-hover',
    parked: plotter.parked,
    inked: sheet !== null && sheet.certain > 0,
    fill: sheet === null || sheet.capacity === 0 ? 0 : sheet.certain / sheet.capacity,
    motionInMs,
  };
}
