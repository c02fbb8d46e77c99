import type { Appliance } from '../appliance/contract.ts';
import type { Config } from '../config/load.ts';
import { type Cancel, type Clock, sleep } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import { buttonDriver, createButton, createLight, lightDriver, type Machine } from '../panel/drivers.ts';
import { firstFacts } from '../panel/facts.ts';
import { createPanel, type Panel, type PanelAppliance } from '../panel/panel.ts';
import type { ServiceManager } from '../system/systemd.ts';
import { startHeartbeat } from './heartbeat.ts';
import { panelAppliance } from './panel-appliance.ts';

/** Systemd is told about the state at most this often. */
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

  /** Says to systemd what the light says, when it has changed. */
  function tellSystemd(appliance: Appliance): void {
    let said = '';
    let timer: Cancel | null = null;
    const sentence = () => {
      const { what, todo } = appliance.state();
      return todo === null ? what : `${what} ${todo}`;
    };
    const tell = () => {
      timer = null;
      const now = sentence();
      if (now !== said) manager.status(now);
      said = now;
    };
    said = sentence();
    manager.ready(said);
    ends.push(
      appliance.watch({
        changed: () => {
          timer ??= clock.after(statusEveryMs, tell);
        },
      }),
      () => timer?.(),
    );
  }

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
      tellSystemd(appliance);
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
