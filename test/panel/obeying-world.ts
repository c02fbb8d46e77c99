import type { Clock } from '../../src/domain/clock.ts';
import { silentLog } from '../../src/domain/log.ts';
import type { Button, ButtonListener } from '../../src/panel/button/button.ts';
import { settleMs } from '../../src/panel/gesture.ts';
import type { Light } from '../../src/panel/light/light.ts';
import type { LedColour } from '../../src/panel/light/ws281x.ts';
import { createPanel, type PanelAppliance } from '../../src/panel/panel.ts';
import { firstFacts, frameMs, type PanelCommand, type PanelFacts } from '../../src/panel/scene.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';

const leds = 5;

/** A panel before an appliance that only obeys, with a finger and an eye. */
export function obeyingWorld(first: Partial<PanelFacts> = {}) {
  const clock = virtualClock();
  const { appliance, ...toAppliance } = obeyingAppliance(first);
  const { button, level, retries } = fingerOnButton();
  const { light, frames } = eyeOnLight(clock);
  let changes = 0;
  let stalledMs = 0;
  const panel = createPanel({
    clock: { ...clock, nowMs: () => clock.nowMs() + stalledMs },
    log: silentLog,
    appliance,
    button,
    light,
    leds,
    changed: () => {
      changes += 1;
    },
  });
  panel.start();
  return {
    ...toAppliance,
    clock,
    panel,
    frames,
    level,
    retries,
    changes: () => changes,
    shown: () => frames.at(-1)?.colours ?? [],
    /** This thread does nothing for a while: what happens meanwhile is heard afterwards. */
    stall: (ms: number) => {
      stalledMs += ms;
    },
    async press(lengthMs = 100) {
      level(true);
      await clock.advance(lengthMs);
      level(false);
      await clock.advance(settleMs + 2 * frameMs);
    },
  };
}

function obeyingAppliance(first: Partial<PanelFacts>) {
  const told: PanelCommand[] = [];
  let facts: PanelFacts = { ...firstFacts, ...first };
  let refuses = false;
  let watcher: { changed(): void; gift(): void } | null = null;
  let looks = 0;
  const appliance: PanelAppliance = {
    look: () => {
      looks += 1;
      return facts;
    },
    command(command) {
      told.push(command);
      return !refuses;
    },
    watch(who) {
      watcher = who;
      return () => {
        watcher = null;
      };
    },
  };
  return {
    appliance,
    told,
    looks: () => looks,
    watched: () => watcher !== null,
    refuse: () => {
      refuses = true;
    },
    set(next: Partial<PanelFacts>) {
      facts = { ...facts, ...next };
      watcher?.changed();
    },
    gift: () => watcher?.gift(),
  };
}

function fingerOnButton() {
  let ear: ButtonListener | null = null;
  let retries = 0;
  const button: Button = {
    start: (listener) => {
      ear = listener;
    },
    fault: () => null,
    retry: () => {
      retries += 1;
    },
    stop: async () => {},
  };
  return { button, level: (down: boolean, found = false) => ear?.level({ down, found }), retries: () => retries };
}

function eyeOnLight(clock: Clock) {
  const frames: { atMs: number; colours: readonly LedColour[] }[] = [];
  const light: Light = {
    start: () => {},
    show: (colours) => frames.push({ atMs: clock.nowMs(), colours }),
    fault: () => null,
    retry: () => {},
    close: async () => {},
  };
  return { light, frames };
}
