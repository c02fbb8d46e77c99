import type { Cancel, Clock } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import { type Button, stuckFault } from './button/button.ts';
import { firstFacts, type PanelCommand, type PanelFacts, shownKey } from './facts.ts';
import { dueMs, type Gesture, type GestureInput, type GestureState, holdMs, noGesture, step } from './gesture.ts';
import type { Light } from './light/light.ts';
import { meaningOf } from './press-meaning.ts';
import { sparkleEveryMs, sparkleMs } from './scene/answers.ts';
import { frameMs } from './scene/rhythm.ts';
import { type Answers, darkScene, noAnswers, scene } from './scene/scene.ts';

export type { Button, ButtonListener } from './button/button.ts';
export type { PanelCommand, PanelFacts } from './facts.ts';
export type { Light } from './light/light.ts';

/** A press counts only for what the light has shown for so long: nobody means what they have not seen. */
const shownLongEnoughMs = 1_000;
/** A disk may keep this thread busy; what was under the finger for so long meanwhile is not known. */
const deafMs = 500;
/** However often the appliance changes, it is looked at no more often than this. */
const lookEveryMs = 250;

/** What the panel needs of the appliance. */
export interface PanelAppliance {
  look(): PanelFacts;
  /** False when the command was refused. */
  command(command: PanelCommand): boolean;
  /** Tells until the returned function is called: something that is shown changed; gifts were credited. */
  watch(watcher: { changed(): void; gift(): void }): () => void;
}

export interface PanelDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly appliance: PanelAppliance;
  readonly button: Button;
  readonly light: Light;
  /** How many LEDs the strip has, the first one included; at least 2. */
  readonly leds: number;
  /** The faults of the panel came or went. */
  readonly changed: () => void;
}

/** Button and light of a running appliance. */
export interface Panel {
  start(): void;
  /** What of the panel a person must mend. */
  faults(): readonly Fault[];
  /** Try again whatever does not work, at once. */
  retry(): void;
  /** Puts the light out and lets go of everything. */
  stop(): Promise<void>;
}

/** A panel; nothing runs before `start`. */
export function createPanel({ clock, log, appliance, button, light, leds, changed }: PanelDeps): Panel {
  let facts = firstFacts;
  let shownSinceMs = clock.nowMs();
  let lookedMs = Number.NEGATIVE_INFINITY;
  let drawnMs = Number.NEGATIVE_INFINITY;
  let looking: Cancel | null = null;
  let answers: Answers = noAnswers;
  let gesture: GestureState = noGesture;
  let touched = { facts: firstFacts, seen: false };
  let gestureTimer: Cancel = () => {};
  let drawTimer: Cancel = () => {};
  let unwatch = () => {};
  let running = false;

  function look(): void {
    looking?.();
    looking = null;
    lookedMs = clock.nowMs();
    const next = appliance.look();
    if (shownKey(next) !== shownKey(facts)) shownSinceMs = lookedMs;
    facts = next;
    answers = { ...answers, motionAtMs: next.motionInMs > 0 ? lookedMs + next.motionInMs : null };
    draw();
  }

  function lookSoon(): void {
    looking ??= clock.after(Math.max(0, lookedMs + lookEveryMs - clock.nowMs()), look);
  }

  /** A finger is answered at once, with the picture that would have been the next one: that one's time counts as its own. */
  function draw(now = false): void {
    if (!running) return;
    drawTimer();
    const nowMs = clock.nowMs();
    const earliestMs = now ? drawnMs : drawnMs + frameMs;
    if (nowMs < earliestMs) {
      drawTimer = clock.after(earliestMs - nowMs, () => draw());
      return;
    }
    drawnMs = Math.max(nowMs, drawnMs + frameMs);
    const { colours, holdsMs } = scene(facts, answers, nowMs, leds);
    light.show(colours);
    if (holdsMs !== Number.POSITIVE_INFINITY)
      drawTimer = clock.after(Math.max(drawnMs + frameMs - nowMs, Math.ceil(holdsMs)), () => draw());
  }

  function gift(): void {
    const nowMs = clock.nowMs();
    const recent = answers.giftsAtMs.filter((atMs) => nowMs - atMs < sparkleMs);
    if (nowMs - (recent.at(-1) ?? Number.NEGATIVE_INFINITY) < sparkleEveryMs) return;
    answers = { ...answers, giftsAtMs: [...recent, nowMs] };
    draw();
  }

  function feed(input: GestureInput): void {
    const next = step(
      gesture,
      wasDeaf(input.atMs) ? { ...input, kind: 'level', down: isDown(input), found: true } : input,
    );
    gesture = next.state;
    gestureTimer();
    const due = dueMs(gesture);
    if (due !== null) {
      gestureTimer = clock.after(due - clock.nowMs(), () => feed({ kind: 'time', atMs: clock.nowMs() }));
    }
    for (const each of next.gestures) react(each);
  }

  /** Whether the moment in which a press becomes a hold passed unheard: then the finger may have gone long before. */
  function wasDeaf(nowMs: number): boolean {
    if (gesture.kind !== 'down' || gesture.held || gesture.upAtMs !== null) return false;
    return nowMs > gesture.sinceMs + holdMs + deafMs;
  }
  const isDown = (input: GestureInput) => input.kind === 'time' || input.down;

  function react(each: Gesture): void {
    switch (each) {
      case 'touched':
        look();
        touched = { facts, seen: isSeen() };
        answers = { ...answers, touchedAtMs: clock.nowMs(), noAtMs: null };
        break;
      case 'held':
        break;
      case 'let-go':
        answers = { ...answers, touchedAtMs: null };
        break;
      case 'press':
      case 'hold':
        act(each);
        break;
      case 'stuck':
        log.error(`${stuckFault.what} ${stuckFault.remedy}`);
        changed();
        break;
      case 'freed':
        log.info('The button is up again.');
        changed();
        break;
    }
    draw(each === 'touched');
  }

  /** Whether what holds now has been shown for long enough to be meant. */
  const isSeen = () => clock.nowMs() - shownSinceMs >= shownLongEnoughMs;

  /** What the finger meant when it came, having seen it, must still be what it means now that it goes. */
  function act(each: 'press' | 'hold'): void {
    look();
    const nowMs = clock.nowMs();
    const commands = meaningOf(each, facts);
    const meant = meaningOf(each, touched.facts).join() === commands.join();
    const taken =
      touched.seen && isSeen() && meant && commands.map((command) => appliance.command(command)).includes(true);
    if (commands.includes('try-now')) retry();
    if (!taken) log.info(`The button was ${each === 'press' ? 'pressed' : 'held'}, which means nothing now.`);
    answers = { ...answers, touchedAtMs: null, noAtMs: taken ? null : nowMs };
    look();
  }

  function retry(): void {
    button.retry();
    light.retry();
  }

  return {
    start() {
      running = true;
      unwatch = appliance.watch({ changed: lookSoon, gift });
      light.start(changed);
      button.start({
        level: (level) => feed({ kind: 'level', ...level, atMs: clock.nowMs() }),
        changed,
      });
      look();
    },
    faults: () => [
      ...[button.fault(), light.fault()].filter((fault) => fault !== null),
      ...(gesture.kind === 'stuck' ? [stuckFault] : []),
    ],
    retry,
    async stop() {
      running = false;
      unwatch();
      looking?.();
      gestureTimer();
      drawTimer();
      light.show(darkScene(leds));
      await Promise.all([button.stop(), light.close()]);
    },
  };
}
