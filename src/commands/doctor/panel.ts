import { applianceStates } from '../../domain/appliance-state.ts';
import { type Clock, sleep } from '../../domain/clock.ts';
import type { Fault } from '../../domain/fault.ts';
import type { Button } from '../../panel/button/button.ts';
import { dueMs, type GestureState, gestureStep, holdMs, noGesture } from '../../panel/gesture.ts';
import type { Light } from '../../panel/light/light.ts';
import { darkScene, deadScene, firstFacts, noAnswers, type PanelFacts, scene } from '../../panel/scene.ts';
import { type Check, ok, problem } from './check.ts';

/** Drivers try a few times before they say that it is in vain. */
const tryForMs = 2_500;

/** Whether a button can be heard. */
export async function checkButton(button: Button, driver: string, clock: Clock): Promise<Check> {
  if (driver === 'none') return ok('button', 'there is none: the config says so');
  let level = 'up';
  button.start({
    level: ({ down }) => {
      level = down ? 'down' : 'up';
    },
    changed: () => {},
  });
  await sleep(clock, tryForMs);
  const fault = button.fault();
  await button.stop();
  if (fault !== null) return problem('button', fault.what, remedyFor(fault, driver));
  if (level === 'up') return ok('button', `driver ${driver}; try it with --button`);
  return problem(
    'button',
    'it is down',
    'Let go of it; if nobody touches it, it is wired to the wrong pins or its contact hangs.',
  );
}

/** What to do about a fault of the panel: its own remedy is to ask the doctor. `driver` is the button's. */
export function remedyFor({ code, remedy }: Pick<Fault, 'code' | 'remedy'>, driver: string): string {
  if (code === 'light-broken')
    return 'SPI is off: `sudo livepen config-txt apply`, then restart the Pi. Or set [light] driver = "none".';
  return code === 'button-broken' ? (buttonRemedies[driver] ?? remedy) : remedy;
}

const buttonRemedies: Readonly<Record<string, string>> = {
  input: 'The overlay is missing: `sudo livepen config-txt apply`, then restart the Pi.',
  gpiod: 'Install it: sudo apt-get install gpiod. Or use [button] driver = "input".',
  onoff: 'Use [button] driver = "input", which needs no package.',
};

/** Whether the strip can be reached; whether it is lit, only eyes can tell. */
export async function checkLight(light: Light, driver: string, clock: Clock): Promise<Check> {
  if (driver === 'none') return ok('light', 'there is none: the config says so');
  light.start(() => {});
  await sleep(clock, tryForMs);
  const fault = light.fault();
  await light.close();
  if (fault === null) return ok('light', `driver ${driver}; check it with --light`);
  return problem('light', fault.what, remedyFor(fault, driver));
}

/** Shows presses as they come; returns whether any came. */
export async function showPresses(
  button: Button,
  driver: string,
  clock: Clock,
  forMs: number,
  say: (line: string) => void,
): Promise<boolean> {
  if (driver === 'none') {
    say('There is no button: the config says so ([button] driver).');
    return false;
  }
  say(`Press the button, and hold it for ${holdMs / 1000} s; you have ${forMs / 1000} s.`);
  let state: GestureState = noGesture;
  let presses = 0;
  const feed = (input: Parameters<typeof gestureStep>[1]) => {
    const next = gestureStep(state, input);
    state = next.state;
    presses += next.gestures.length;
    for (const gesture of next.gestures) say(`  ${gesture}`);
    const due = dueMs(state);
    if (due !== null) clock.after(due - clock.nowMs(), () => feed({ kind: 'time', atMs: clock.nowMs() }));
  };
  button.start({ level: (level) => feed({ kind: 'level', ...level, atMs: clock.nowMs() }), changed: () => {} });
  await sleep(clock, forMs);
  const fault = button.fault();
  await button.stop();
  if (!isWell(fault, say)) return false;
  if (presses === 0) say('No press came. If you pressed: check its two wires, one at its pin and one at ground.');
  return presses > 0;
}

function isWell(fault: Fault | null, say: (line: string) => void): boolean {
  if (fault !== null) say(`${fault.what} ${fault.remedy}`);
  return fault === null;
}

/** What is played, in this order; after it, what the strip shows when the service is gone, and the dark. */
export const playedScenes: readonly PanelFacts[] = [
  ...applianceStates.map((state) => ({ ...firstFacts, state, fill: 0.4, heard: state !== 'off-air' })),
  { ...firstFacts, state: 'origin-unknown', hover: true, heard: true },
];

/**
 * Plays the scene of every state on the strip, each for a while, and says which; returns whether there is a strip to
 * see.
 */
export async function playScenes(
  light: Light,
  { driver, leds }: { readonly driver: string; readonly leds: number },
  clock: Clock,
  eachMs: number,
  say: (line: string) => void,
): Promise<boolean> {
  if (driver === 'none') {
    say('There is no light: the config says so ([light] driver).');
    return false;
  }
  light.start(() => {});
  for (const facts of playedScenes) {
    say(`  ${facts.state}${facts.hover ? ' (the pen hovers over the last stroke)' : ''}`);
    const startMs = clock.nowMs();
    for (let atMs = 0; atMs < eachMs; atMs = clock.nowMs() - startMs) {
      const { colours, holdsMs } = scene(facts, noAnswers, atMs, leds);
      light.show(colours);
      await sleep(clock, Math.max(50, Math.min(holdsMs, eachMs - atMs)));
    }
    if (light.fault() !== null) break;
  }
  const fault = light.fault();
  if (fault === null) {
    say('  the service is gone');
    light.show(deadScene(leds));
    await sleep(clock, eachMs);
    light.show(darkScene(leds));
  }
  await light.close();
  return isWell(fault, say);
}
