import type { Clock } from '../../src/domain/clock.ts';
import { isRefusal, type OpenPort, type PortFinder } from '../../src/marlin/wire/port.ts';

/** A process that can die at any moment: its timers never fire again, its ports fall shut, nothing of it is heard. */
export interface MortalProcess {
  readonly clock: Clock;
  readonly ports: PortFinder;
  readonly alive: boolean;
  /** As SIGKILL does, or a power cut: nobody says goodbye. */
  kill(): void;
}

/** A process on a machine's clock and ports, which go on without it. */
export function mortalProcess(clock: Clock, ports: PortFinder): MortalProcess {
  let alive = true;
  const open = new Set<OpenPort>();
  return {
    get alive() {
      return alive;
    },
    clock: {
      nowMs: clock.nowMs,
      wallMs: clock.wallMs,
      after: (delayMs, task) =>
        clock.after(delayMs, () => {
          if (alive) task();
        }),
    },
    ports: {
      list: () => ports.list(),
      async open(path, baudRate, handlers) {
        const port = await ports.open(path, baudRate, {
          heard: (text) => {
            if (alive) handlers.heard(text);
          },
          closed: (why) => {
            if (alive) handlers.closed(why);
          },
        });
        if (isRefusal(port)) return port;
        if (!alive) void port.close();
        else open.add(port);
        return {
          write: (text) => {
            if (alive) port.write(text);
          },
          close: () => {
            open.delete(port);
            return port.close();
          },
        };
      },
    },
    kill() {
      alive = false;
      for (const port of open) void port.close();
      open.clear();
    },
  };
}
