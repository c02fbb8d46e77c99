import type { SignedInLive } from '../config/load.ts';
import type { Clock } from '../domain/clock.ts';
import type { LiveSource, SignInUnderWay } from '../domain/live-source.ts';
import type { Log } from '../domain/log.ts';
import { httpPort, socketPort } from '../sources/connection/network.ts';
import type { Reach, SignedInDeps, SignedInPlatform } from '../sources/connection/platform.ts';
import { secretsFrom } from '../sources/connection/secrets.ts';
import { beginSignIn } from '../sources/connection/sign-in.ts';
import { tokenFile } from '../sources/connection/token-file.ts';
import { keepTokens } from '../sources/connection/tokens.ts';
import { donationAlerts } from '../sources/donationalerts/entry.ts';
import { joystick } from '../sources/joystick/entry.ts';

/** The platforms that a person signs in to; what listens is loaded for those that a live of the config names. */
const signedInPlatforms: readonly SignedInPlatform[] = [donationAlerts, joystick];

/** A time before this program was written is not set. */
const writtenMs = Date.UTC(2025, 9, 1);

interface SignInDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What commands know of the platform of a live. */
export function platformOf({ platform }: Pick<SignedInLive, 'platform'>): SignedInPlatform {
  const found = signedInPlatforms.find((each) => each.platform === platform);
  if (found === undefined) throw new Error(`nobody listens to ${platform}`);
  return found;
}

/** Begins to sign in to a live. */
export function signInTo(live: SignedInLive, deps: SignInDeps): SignInUnderWay {
  const platform = platformOf(live);
  const reach = reachOf(live, deps);
  return beginSignIn(platform.issuer(live, reach), tokenFile(live.tokenFile), platform.question(live, reach));
}

/** What listening needs beside what the config says. */
type ListenDeps = SignInDeps & Pick<SignedInDeps, 'random' | 'marks' | 'wanted' | 'settled' | 'undecodable'>;

/** Loads what listens to a live that a person signs in to. */
export async function listenSignedIn(live: SignedInLive, deps: ListenDeps): Promise<LiveSource> {
  const platform = platformOf(live);
  const open = await platform.load();
  const reach = reachOf(live, deps);
  const tokens = keepTokens(platform.issuer(live, reach), tokenFile(live.tokenFile));
  return open({ ...deps, ...reach, sockets: socketPort, settings: live, tokens });
}

function reachOf(live: SignedInLive, { clock, log, environment }: SignInDeps): Reach {
  return {
    clock,
    log,
    http: httpPort,
    clockIsSet: () => clock.wallMs() >= writtenMs,
    secret: secretsFrom(live.secretsFile, environment),
    place: secretsFrom(null, environment),
  };
}
