import { ChildProcess, spawn } from 'node:child_process';

/** What the service tells systemd about itself (sd_notify(3)). None of it waits or fails. */
export interface ServiceManager {
  /** The service works; `status` says what it is doing. */
  ready(status: string): void;
  /** One sentence for `systemctl status`. */
  status(sentence: string): void;
  /** The service is going to end, in order. */
  stopping(status: string): void;
  /** It is alive; to be said at least every `watchdogMs`. */
  alive(): void;
  /** Half of the time after which systemd takes it for dead, null when it does not watch. */
  readonly watchdogMs: number | null;
}

/** A service that nobody manages. */
export const noServiceManager: ServiceManager = {
  ready: () => {},
  status: () => {},
  stopping: () => {},
  alive: () => {},
  watchdogMs: null,
};

/** Sends assignments such as `READY=1` and calls back when that is over, well or not. */
export type Notify = (assignments: readonly string[], over: () => void) => void;

/** The service manager that the environment names, which is none on a terminal. */
export function serviceManagerOf(env: Readonly<Record<string, string | undefined>>, notify: Notify): ServiceManager {
  if (!env.NOTIFY_SOCKET) return noServiceManager;
  return serviceManager(notify, watchdogMsOf(env.WATCHDOG_USEC));
}

/** Longer than any fault with its remedy is; a sentence that is cut off says nothing to do. */
const statusCharsMax = 1_000;

function watchdogMsOf(microseconds: string | undefined): number | null {
  const ms = Number(microseconds) / 1_000;
  return ms > 0 && Number.isFinite(ms) ? ms / 2 : null;
}

/**
 * Never more than one message is under way, since each is a process of its own. What is said meanwhile is joined into
 * the next one, in which the last word on each matter counts.
 */
function serviceManager(notify: Notify, watchdogMs: number | null): ServiceManager {
  const waiting = new Map<string, string>();
  let underWay = false;

  function say(name: string, value: string): void {
    waiting.set(name, value);
    send();
  }
  function send(): void {
    if (underWay || waiting.size === 0) return;
    const assignments = [...waiting].map(([name, value]) => `${name}=${value}`);
    waiting.clear();
    underWay = true;
    notify(assignments, () => {
      underWay = false;
      send();
    });
  }
  const status = (sentence: string) => say('STATUS', sentence.replaceAll(/\p{Cc}+/gu, ' ').slice(0, statusCharsMax));

  return {
    ready: (sentence) => {
      waiting.set('READY', '1');
      status(sentence);
    },
    status,
    stopping: (sentence) => {
      waiting.set('STOPPING', '1');
      status(sentence);
    },
    alive: () => say('WATCHDOG', '1'),
    watchdogMs,
  };
}

/** A message takes milliseconds; a child that hangs must not keep the next one waiting for ever. */
const childMsMax = 5_000;

/**
 * Notifies through systemd's own program, since Node cannot send a datagram on a Unix socket. The unit needs
 * `NotifyAccess=all`: the message comes from a child. `failed` hears of the first one that did not get through.
 */
export function systemdNotify(failed: (why: string) => void, program = 'systemd-notify'): Notify {
  let told = false;
  const tell = (why: string) => {
    if (!told) failed(why);
    told = true;
  };
  return (assignments, over) => {
    const child = start(program, ['--', ...assignments]);
    if (!(child instanceof ChildProcess)) {
      tell(child);
      // Not at once: whoever notifies has not noted yet that something is under way.
      setImmediate(over);
      return;
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), childMsMax);
    child.once('error', (error) => {
      tell(error.message);
      if (child.pid !== undefined) return;
      // A child that could not be started does not exit.
      clearTimeout(timer);
      over();
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      if (code !== 0) tell(`${program} ended with ${code ?? 'a signal'}`);
      over();
    });
  };
}

/** Most of what keeps a child from starting comes as an event; want of memory, or a loop of links, is thrown. */
function start(program: string, args: readonly string[]): ChildProcess | string {
  try {
    return spawn(program, args, { stdio: 'ignore' });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
