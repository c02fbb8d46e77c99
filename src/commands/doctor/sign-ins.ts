import type { SignedInLive } from '../../config/load.ts';
import type { Clock } from '../../domain/clock.ts';
import { tokenFile } from '../../sources/connection/token-file.ts';
import { type Console, duration, whyOf } from '../command.ts';
import { platformOf } from '../platforms.ts';
import { type Check, ok, warning } from './check.ts';

/** Whether somebody is signed in to each of these lives, and how long that holds without being renewed. */
export function checkSignIns(lives: readonly SignedInLive[], clock: Clock, console: Console): Check[] {
  return lives.map((live) => {
    const { name, platform } = platformOf(live);
    const remedy = `Sign in: livepen connect ${platform}`;
    try {
      const signIn = tokenFile(live.tokenFile).read();
      if (signIn === null) return warning('sign-in', `nobody has signed in to ${name}`, remedy);
      const leftMs = signIn.endsAtMs === null ? null : signIn.endsAtMs - clock.wallMs();
      if (leftMs === null) return ok('sign-in', `signed in to ${name}; it does not say for how long`);
      const what =
        leftMs > 0 ? `the access holds for ${duration(leftMs)}` : `the access ended ${duration(-leftMs)} ago`;
      return ok('sign-in', `signed in to ${name}; ${what}, and is renewed by itself`);
    } catch (error) {
      const why = whyOf(error, console);
      return warning(
        'sign-in',
        `the sign-in to ${name} cannot be read: ${why}`,
        `Run the doctor as root, or sign in anew: livepen connect ${platform}`,
      );
    }
  });
}
