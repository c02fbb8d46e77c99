import type { LiveConfig } from '../config/load.ts';
import type { LiveSource } from '../domain/live-source.ts';
import { joinSources } from '../sources/joined-source.ts';
import type { Listener, TikTokDeps } from '../sources/tiktok/source.ts';
import { createTikTokSource } from '../sources/tiktok/source.ts';

/** What a person calls each live: its platform, with the user where the platform has several. */
export function liveNames(lives: readonly Pick<LiveConfig, 'platform' | 'user' | 'room'>[]): readonly string[] {
  return lives.map(({ platform, user, room }) => {
    const isOnly = lives.filter((other) => other.platform === platform).length === 1;
    return isOnly ? platform : `${platform}:${user ?? room ?? ''}`;
  });
}

/** The lives of a config, listened to side by side. */
export interface Lives {
  readonly source: LiveSource;
  /** Listens to these users at once, in the order of the config; null: to nobody. */
  changeUsers(users: readonly (string | null)[]): void;
}

/** Makes a source of each live of the config; nothing is connected before it starts. */
export function openLives(lives: readonly LiveConfig[], deps: Omit<TikTokDeps, 'settings'>): Lives {
  const names = liveNames(lives);
  const opened = lives.map((settings, index) => {
    const listener: Listener = createTikTokSource({ ...deps, settings });
    let channel = settings.user ?? '';
    return {
      live: {
        name: names[index] ?? '',
        platform: settings.platform,
        channel: () => channel,
        source: listener,
      },
      changeUser(user: string | null) {
        channel = user ?? '';
        listener.changeUser(user ?? settings.room);
      },
    };
  });
  return {
    source: joinSources(opened.map(({ live }) => live)),
    changeUsers(users) {
      for (const [index, user] of users.entries()) opened[index]?.changeUser(user);
    },
  };
}
