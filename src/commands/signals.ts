import type { Clock } from '../domain/clock.ts';

/** npm hands a Ctrl-C on that the terminal has given us already: so soon, it is the same one. */
const sameSignalMs = 1_000;

/**
 * Resolves when the process is asked to end (SIGINT, SIGTERM). Being asked again later ends it at once:
 * nothing is lost by that, since what is not certain stays owed.
 */
export function untilTold(
  clock: Clock,
  { hangup = () => {} }: { readonly hangup?: () => void } = {},
): Promise<'SIGINT' | 'SIGTERM'> {
  return new Promise((resolve) => {
    let askedAtMs: number | null = null;
    const end = (signal: 'SIGINT' | 'SIGTERM') => () => {
      askedAtMs ??= clock.nowMs();
      if (clock.nowMs() - askedAtMs > sameSignalMs) process.exit(signal === 'SIGINT' ? 130 : 143);
      resolve(signal);
    };
    process.on('SIGINT', end('SIGINT'));
    process.on('SIGTERM', end('SIGTERM'));
    process.on('SIGHUP', hangup);
  });
}
