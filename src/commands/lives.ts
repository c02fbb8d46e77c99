import type { LiveConfig, SignedInLive } from '../config/load.ts';
import { isSignedIn } from '../config/load.ts';
import type { LiveEventKind } from '../domain/live-event.ts';
import type { LiveSource, SourceMarks } from '../domain/live-source.ts';
import { joinSources, lateSource } from '../sources/joined-source.ts';
import type { Listener, TikTokDeps } from '../sources/tiktok/source.ts';
import { createTikTokSource } from '../sources/tiktok/source.ts';

/** What a person calls each live: its platform, with the user where the platform has several. */
export function liveNames(lives: readonly Pick<LiveConfig, 'platform' | 'user' | 'room'>[]): readonly string[] {
  return lives.map(({ platform, user, room }) => {
    const isOnly = lives.filter((other) => other.platform === platform).length === 1;
    return isOnly ? platform : `${platform}:${user ?? room ?? ''}`;
  });
}

/** What lives of any platform need. */
interface LivesDeps extends Omit<TikTokDeps, 'settings'> {
  readonly marks: SourceMarks;
  readonly wanted: ReadonlySet<LiveEventKind>;
  readonly settled: () => Promise<void>;
}

/** The lives of a config, listened to side by side. */
export interface Lives {
  readonly source: LiveSource;
  /** Listens to these users at once, in the order of the config; null: to nobody. */
  changeUsers(users: readonly (string | null)[]): void;
}

/** Makes a source of each live of the config; nothing is connected before it starts. */
export function openLives(lives: readonly LiveConfig[], deps: LivesDeps): Lives {
  const names = liveNames(lives);
  const opened = lives.map((settings, index) => {
    const name = names[index] ?? '';
    return isSignedIn(settings) ? signedInLive(name, settings, deps) : liveOfUser(name, settings, deps);
  });
  return {
    source: joinSources(opened.map(({ live }) => live)),
    changeUsers(users) {
      for (const [index, user] of users.entries()) opened[index]?.changeUser(user);
    },
  };
}

function liveOfUser(name: string, settings: Exclude<LiveConfig, SignedInLive>, deps: LivesDeps) {
  const listener: Listener = createTikTokSource({ ...deps, settings });
  let channel = settings.user ?? '';
  return {
    live: { name, platform: settings.platform, channel: () => channel, source: listener },
    changeUser(user: string | null) {
      channel = user ?? '';
      listener.changeUser(user ?? settings.room);
    },
  };
}

/** Nothing is loaded for a platform that no live names. */
function signedInLive(name: string, settings: SignedInLive, { secrets, kept, ...deps }: LivesDeps) {
  const needs = { ...deps, environment: secrets };
  return {
    live: {
      name,
      platform: settings.platform,
      // Whose it is the sign-in says.
      channel: () => '',
      source: lateSource(async () => {
        const { listenSignedIn } = await import('./platforms.ts');
        return listenSignedIn(settings, { ...needs, undecodable: (frame) => kept?.keep(frame) });
      }),
      signIn: async () => {
        const { signInTo } = await import('./platforms.ts');
        return signInTo(settings, needs);
      },
    },
    changeUser: () => {},
  };
}
