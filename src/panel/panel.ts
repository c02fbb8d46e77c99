import type { Cancel, Clock } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import { type Button, stuckFault } from './button/button.ts';
import {
  dueMs,
  type Gesture,
  type GestureInput,
  type GestureState,
  gestureStep,
  holdMs,
  noGesture,
} from './gesture.ts';
import type { Light } from './light/light.ts';
import {
  type Answers,
  darkScene,
  firstFacts,
  frameMs,
  noAnswers,
  type PanelCommand,
  type PanelFacts,
  scene,
  shownKey,
  sparkleEveryMs,
  sparkleMs,
} from './scene.ts';

export type { PanelCommand, PanelFacts } from './scene.ts';

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
  /** Notifies until the returned function is called: something that is shown changed; gifts were credited. */
  watch(watcher: { changed(): void; gift(): void }): () => void;
}

interface PanelDeps {
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
export function createPanel(deps: PanelDeps): Panel {
  return new ButtonAndLight(deps);
}

class ButtonAndLight implements Panel {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #appliance: PanelAppliance;
  readonly #button: Button;
  readonly #light: Light;
  readonly #leds: number;
  readonly #changed: () => void;
  #facts = firstFacts;
  #shownSinceMs: number;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #drawnMs = Number.NEGATIVE_INFINITY;
  #looking: Cancel | null = null;
  #answers: Answers = noAnswers;
  /** A gift came whose spark is not drawn yet: it begins with the next picture, however late that is. */
  #sparkWaits = false;
  #gesture: GestureState = noGesture;
  #touched = { facts: firstFacts, seen: false };
  #gestureTimer: Cancel = () => {};
  #drawTimer: Cancel = () => {};
  #unwatch = () => {};
  #running = false;
  readonly #isDown = (input: GestureInput) => input.kind === 'time' || input.down;
  /** Whether what holds now has been shown for long enough to be meant. */
  readonly #isSeen = () => this.#clock.nowMs() - this.#shownSinceMs >= shownLongEnoughMs;

  constructor(deps: PanelDeps) {
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#appliance = deps.appliance;
    this.#button = deps.button;
    this.#light = deps.light;
    this.#leds = deps.leds;
    this.#changed = deps.changed;
    this.#shownSinceMs = this.#clock.nowMs();
  }

  start(): void {
    this.#running = true;
    this.#unwatch = this.#appliance.watch({ changed: this.#lookSoon, gift: this.#gift });
    this.#light.start(this.#changed);
    this.#button.start({
      level: (level) => this.#feed({ kind: 'level', ...level, atMs: this.#clock.nowMs() }),
      changed: this.#changed,
    });
    this.#look();
  }

  faults(): readonly Fault[] {
    return [
      ...[this.#button.fault(), this.#light.fault()].filter((fault) => fault !== null),
      ...(this.#gesture.kind === 'stuck' ? [stuckFault] : []),
    ];
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#unwatch();
    this.#looking?.();
    this.#gestureTimer();
    this.#drawTimer();
    this.#light.show(darkScene(this.#leds));
    await Promise.all([this.#button.stop(), this.#light.close()]);
  }

  readonly #look = (): void => {
    this.#looking?.();
    this.#looking = null;
    this.#lookedMs = this.#clock.nowMs();
    const next = this.#appliance.look();
    if (shownKey(next) !== shownKey(this.#facts)) this.#shownSinceMs = this.#lookedMs;
    this.#facts = next;
    this.#answers = { ...this.#answers, motionAtMs: next.motionInMs > 0 ? this.#lookedMs + next.motionInMs : null };
    this.#draw();
  };

  readonly #lookSoon = (): void => {
    this.#looking ??= this.#clock.after(Math.max(0, this.#lookedMs + lookEveryMs - this.#clock.nowMs()), this.#look);
  };

  /**
   * A finger is answered at once, with the picture that would have been the next one: that one's time counts as its
   * own.
   */
  #draw(now = false): void {
    if (!this.#running) return;
    this.#drawTimer();
    const nowMs = this.#clock.nowMs();
    const earliestMs = now ? this.#drawnMs : this.#drawnMs + frameMs;
    if (nowMs < earliestMs) {
      this.#drawTimer = this.#clock.after(earliestMs - nowMs, () => this.#draw());
      return;
    }
    this.#drawnMs = Math.max(nowMs, this.#drawnMs + frameMs);
    this.#beginSpark(nowMs);
    const { colours, holdsMs } = scene(this.#facts, this.#answers, nowMs, this.#leds);
    this.#light.show(colours);
    if (holdsMs !== Number.POSITIVE_INFINITY)
      this.#drawTimer = this.#clock.after(Math.max(this.#drawnMs + frameMs - nowMs, Math.ceil(holdsMs)), () =>
        this.#draw(),
      );
  }

  readonly #gift = (): void => {
    const last = this.#answers.giftsAtMs.at(-1) ?? Number.NEGATIVE_INFINITY;
    if (this.#sparkWaits || this.#clock.nowMs() - last < sparkleEveryMs) return;
    this.#sparkWaits = true;
    this.#draw();
  };

  #beginSpark(nowMs: number): void {
    if (!this.#sparkWaits) return;
    this.#sparkWaits = false;
    const recent = this.#answers.giftsAtMs.filter((atMs) => nowMs - atMs < sparkleMs);
    this.#answers = { ...this.#answers, giftsAtMs: [...recent, nowMs] };
  }

  #feed(input: GestureInput): void {
    const next = gestureStep(
      this.#gesture,
      this.#wasDeaf(input.atMs) ? { ...input, kind: 'level', down: this.#isDown(input), found: true } : input,
    );
    this.#gesture = next.state;
    this.#gestureTimer();
    const due = dueMs(this.#gesture);
    if (due !== null) {
      this.#gestureTimer = this.#clock.after(due - this.#clock.nowMs(), () =>
        this.#feed({ kind: 'time', atMs: this.#clock.nowMs() }),
      );
    }
    for (const each of next.gestures) this.#react(each);
  }

  /** Whether the moment in which a press becomes a hold passed unheard: then the finger may have gone long before. */
  #wasDeaf(nowMs: number): boolean {
    if (this.#gesture.kind !== 'down' || this.#gesture.held || this.#gesture.upAtMs !== null) return false;
    return nowMs > this.#gesture.sinceMs + holdMs + deafMs;
  }

  #react(each: Gesture): void {
    switch (each) {
      case 'touched':
        this.#look();
        this.#touched = { facts: this.#facts, seen: this.#isSeen() };
        this.#answers = { ...this.#answers, touchedAtMs: this.#clock.nowMs(), noAtMs: null };
        break;
      case 'held':
        break;
      case 'let-go':
        this.#answers = { ...this.#answers, touchedAtMs: null };
        break;
      case 'press':
      case 'hold':
        this.#act(each);
        break;
      case 'stuck':
        this.#log.error(`${stuckFault.what} ${stuckFault.remedy}`);
        this.#changed();
        break;
      case 'freed':
        this.#log.info('The button is released again.');
        this.#changed();
        break;
    }
    this.#draw(each === 'touched');
  }

  /** What the finger meant when it came, having seen it, must still be what it means now that it goes. */
  #act(each: 'press' | 'hold'): void {
    this.#look();
    const nowMs = this.#clock.nowMs();
    const commands = meaningOf(each, this.#facts);
    const meant = meaningOf(each, this.#touched.facts).join() === commands.join();
    const taken =
      this.#touched.seen &&
      this.#isSeen() &&
      meant &&
      commands.map((command) => this.#appliance.command(command)).includes(true);
    if (commands.includes('try-now')) this.retry();
    if (!taken)
      this.#log.info(`The button was ${each === 'press' ? 'pressed' : 'held'}, which does nothing in this state.`);
    this.#answers = { ...this.#answers, touchedAtMs: null, noAtMs: taken ? null : nowMs };
    this.#look();
  }

  retry(): void {
    this.#button.retry();
    this.#light.retry();
  }
}

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
