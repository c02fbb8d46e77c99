import type { Appliance } from '../appliance/contract.ts';
import type { CommandResult } from '../appliance/operator.ts';
import type { Config } from '../config/load.ts';
import { causeInWords, originalOf } from '../domain/cause.ts';
import { type Cancel, type Clock, sleep } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import { buttonDriver, createButton, createLight, lightDriver, type Machine } from '../panel/drivers.ts';
import { createPanel, type Panel, type PanelAppliance, type PanelCommand, type PanelFacts } from '../panel/panel.ts';
import { firstFacts } from '../panel/scene.ts';
import type { ServiceManager } from '../system/systemd.ts';

interface HeartbeatDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly manager: ServiceManager;
  /** What does not do its work any more, as a sentence; null when all is well. It may throw: then all is not well. */
  readonly stuck: () => string | null;
}

/** Tells systemd that the service is alive, for as long as it really is; then systemd starts it anew. */
export function startHeartbeat({ clock, log, manager, stuck }: HeartbeatDeps): Cancel {
  const { heartbeatMs } = manager;
  if (heartbeatMs === null) return () => {};
  let reported = false;

  function beat(): void {
    cancel = clock.after(heartbeatMs ?? 0, beat);
    const why = whyStuck();
    if (why === null) {
      reported = false;
      manager.alive();
      return;
    }
    if (!reported) log.error(`${why} The service will be restarted.`);
    reported = true;
  }
  function whyStuck(): string | null {
    try {
      return stuck();
    } catch (error) {
      log.debug(`It could not be checked whether the service works: ${originalOf(error)}`);
      return `It cannot be checked whether the service works: ${causeInWords(error)}.`;
    }
  }

  let cancel = clock.after(heartbeatMs, beat);
  return () => cancel();
}

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

/** Systemd is notified of the state at most this often. */
const statusEveryMs = 1_000;
/** The light's child needs a moment to begin. */
const lightingMs = 50;

interface BoxDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly config: Pick<Config, 'button' | 'light'>;
  readonly manager: ServiceManager;
  readonly machine: Machine;
}

/** What is around the appliance: button, light, and systemd, which watches over it. */
interface ServiceBox {
  /** Lights the light, and resolves once it is lit: opening the ledger may keep this thread busy for a while. */
  start(): Promise<void>;
  /** From now on light, button and systemd follow the appliance, which has been started and listens. */
  join(appliance: Appliance): void;
  /** Whether there is a button to press. */
  readonly hasButton: boolean;
  /** What of button and light a person must mend. */
  faults(): readonly Fault[];
  /** The service is going to end, in order. */
  stopping(): void;
  /** Puts the light out. */
  stop(): Promise<void>;
}

/** The box of one service. */
export function openBox({ clock, log, config, manager, machine }: BoxDeps): ServiceBox {
  let joined: { readonly appliance: Appliance; readonly panel: PanelAppliance } | null = null;
  let watcher: Parameters<PanelAppliance['watch']>[0] | null = null;
  const ends: Cancel[] = [];

  const panel: Panel = createPanel({
    clock,
    log,
    button: createButton(config.button, clock, machine, log),
    light: createLight(config.light, clock, machine, log),
    leds: config.light.leds,
    changed: () => joined?.appliance.lookAgain(),
    appliance: {
      look: () => joined?.panel.look() ?? firstFacts,
      command: (command) => joined?.panel.command(command) ?? false,
      watch(who) {
        watcher = who;
        return () => {
          watcher = null;
        };
      },
    },
  });

  return {
    async start() {
      panel.start();
      if (lightDriver(config.light, machine) !== 'none') await sleep(clock, lightingMs);
    },
    join(appliance) {
      joined = { appliance, panel: panelAppliance(appliance) };
      ends.push(
        joined.panel.watch({ changed: () => watcher?.changed(), gift: () => watcher?.gift() }),
        startHeartbeat({ clock, log, manager, stuck: () => appliance.stuck() }),
      );
      ends.push(...reportToSystemd(appliance, manager, clock));
      watcher?.changed();
    },
    hasButton: buttonDriver(config.button, machine) !== 'none',
    faults: () => panel.faults(),
    stopping: () => manager.stopping('Stopping: the pen finishes what is planned and parks.'),
    async stop() {
      for (const end of ends) end();
      await panel.stop();
    },
  };
}

/** Reports to systemd what the light shows, when it has changed. */
function reportToSystemd(appliance: Appliance, manager: ServiceManager, clock: Clock): readonly Cancel[] {
  let said = '';
  let timer: Cancel | null = null;
  const sentence = () => {
    const { what, todo } = appliance.state();
    return todo === null ? what : `${what} ${todo}`;
  };
  const send = () => {
    timer = null;
    const now = sentence();
    if (now !== said) manager.status(now);
    said = now;
  };
  said = sentence();
  manager.ready(said);
  return [
    appliance.watch({
      changed: () => {
        timer ??= clock.after(statusEveryMs, send);
      },
    }),
    () => timer?.(),
  ];
}
