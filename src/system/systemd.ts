import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { originalOf } from '../domain/cause.ts';
import { plainText } from '../domain/plain-text.ts';

/** What the service reports about itself to systemd (sd_notify(3)). None of it waits or fails. */
export interface ServiceManager {
  /** The service works; `status` says what it is doing. */
  ready(status: string): void;
  /** One sentence for `systemctl status`. */
  status(sentence: string): void;
  /** The service is going to end, in order. */
  stopping(status: string): void;
  /** The event loop turns; to be reported every `heartbeatMs`. */
  alive(): void;
  /** Time between two signs of life, in ms; null when systemd does not watch. */
  readonly heartbeatMs: number | null;
}

/** A service that nobody manages. */
export const noServiceManager: ServiceManager = {
  ready: () => {},
  status: () => {},
  stopping: () => {},
  alive: () => {},
  heartbeatMs: null,
};

/** Sends one message of lines such as `READY=1`; calls back with why it did not get through, or with null. */
type Notify = (message: string, done: (failure: string | null) => void) => void;

/**
 * The service manager that the environment names, which is none on a terminal. `failed` is called with the reason when
 * a message does not get through, once until one does.
 */
export function serviceManagerOf(
  env: Readonly<Record<string, string | undefined>>,
  notify: Notify,
  failed: (why: string) => void,
): ServiceManager {
  if (!env.NOTIFY_SOCKET) return noServiceManager;
  return serviceManager(notify, heartbeatMsOf(env.WATCHDOG_USEC), failed);
}

/** Longer than any fault with its remedy is; a sentence that is cut off names no remedy. */
const statusCharsMax = 1_000;
/**
 * Signs of life in the time that systemd grants. Two would do (sd_watchdog_enabled(3)) if neither the disk nor systemd
 * itself ever stalled; the time of both stalls together is in the unit's WatchdogSec.
 */
const beatsPerWatchdog = 6;
/** A message that did not get through is sent again so much later. */
const retryMs = 1_000;

function heartbeatMsOf(microseconds: string | undefined): number | null {
  const ms = Number(microseconds) / 1_000;
  return ms > 0 && Number.isFinite(ms) ? ms / beatsPerWatchdog : null;
}

/**
 * Never more than one message is under way: systemd may take its time to read. What is reported meanwhile is joined into
 * the next message, in which the newest value of each name counts. A message that failed is part of the next one.
 */
function serviceManager(notify: Notify, heartbeatMs: number | null, failed: (why: string) => void): ServiceManager {
  let waiting = new Map<string, string>();
  let underWay = false;
  let failing = false;

  function report(name: string, value: string): void {
    waiting.set(name, value);
    send();
  }
  function send(): void {
    if (underWay || waiting.size === 0) return;
    const sent = waiting;
    waiting = new Map();
    underWay = true;
    notify([...sent].map(([name, value]) => `${name}=${value}`).join('\n'), (failure) => {
      if (failure === null) {
        failing = false;
        next();
        return;
      }
      if (!failing) failed(failure);
      failing = true;
      waiting = new Map([...sent, ...waiting]);
      setTimeout(next, retryMs).unref();
    });
  }
  function next(): void {
    underWay = false;
    send();
  }
  const status = (sentence: string) => report('STATUS', plainText(sentence).slice(0, statusCharsMax));

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
    alive: () => report('WATCHDOG', '1'),
    heartbeatMs,
  };
}

/** Stands for the end of a line inside a message: the helper reads a message a line. */
const lineSeparator = '\u001e';

/**
 * Takes a message from each line of its input, sends it to systemd's socket, and answers with an empty line, or with
 * why it could not. A full socket makes it wait. It ends when its input does.
 */
const helperScript = `
use strict;
use Socket;
$SIG{$_} = 'IGNORE' for qw(INT TERM HUP);
(my $name = $ENV{NOTIFY_SOCKET}) =~ s/^@/\\0/;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die "$!\\n";
$| = 1;
while (defined(my $message = <STDIN>)) {
  chomp $message;
  $message =~ tr/\\x1e/\\n/;
  print defined(send($socket, $message, 0, pack_sockaddr_un($name))) ? "\\n" : "$!\\n";
}
`;

interface Helper {
  send(message: string): void;
}

/**
 * Notifies through a helper that stays for as long as the service: Node cannot send a datagram on a Unix socket, and
 * systemd looks up whose a message is when it reads it, when its sender must still be there. So a program that is
 * started for each message (systemd-notify) is too late on a slow machine. Perl is on every Debian (perl-base is
 * essential). The unit needs `NotifyAccess=all`. A helper that died is replaced at the next message.
 */
export function notifyThroughHelper(env: NodeJS.ProcessEnv = process.env, program = 'perl'): Notify {
  let helper: Helper | null = null;
  let waiting: ((failure: string | null) => void) | null = null;

  function answer(failure: string | null): void {
    const done = waiting;
    waiting = null;
    done?.(failure);
  }

  function start(): Helper {
    const child = spawn(program, ['-e', helperScript], { env, stdio: ['pipe', 'pipe', 'ignore'] });
    const started: Helper = {
      send: (message) => child.stdin.write(`${message.replaceAll('\n', lineSeparator)}\n`),
    };
    const ended = (why: string) => {
      if (helper !== started) return;
      helper = null;
      answer(why);
    };
    child.once('error', (error) => ended(originalOf(error)));
    child.once('exit', (code, signal) => ended(`${program} ended with ${code ?? signal}`));
    // Why a pipe broke, the end of the helper tells.
    child.stdin.on('error', () => {});
    createInterface({ input: child.stdout }).on('line', (line) => answer(line === '' ? null : line));
    for (const handle of [child, child.stdin, child.stdout]) unref(handle);
    return started;
  }

  return (message, done) => {
    waiting = done;
    try {
      helper ??= start();
      helper.send(message);
    } catch (error) {
      // Want of memory, or a loop of links: thrown, where other causes come as an event.
      setImmediate(() => answer(originalOf(error)));
    }
  };
}

/** The helper must not keep the process from ending. A pipe of a child is a socket, which its type does not say. */
function unref(handle: object): void {
  if ('unref' in handle && typeof handle.unref === 'function') handle.unref();
}
