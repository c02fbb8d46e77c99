import type { Config } from '../config/load.ts';
import type { Log } from '../domain/log.ts';
import type { Settings, SettingsResult } from './settings.ts';

interface ReloadDeps {
  readonly log: Log;
  readonly settings: Settings;
  /** Reads the files anew. */
  readonly read: () => SettingsResult;
  /** Listens to another user at once; null when nobody is listened to at all, as in a replay. */
  readonly changeUser: ((user: string | null) => void) | null;
}

/** What of the config holds at once; all else waits for a restart, and is named. */
const atOnce: readonly string[] = ['live.user'];

/**
 * Makes what takes over a changed config while the service runs, as far as that can be; a broken file changes nothing.
 * Says in the log what was taken over and what needs a restart.
 */
export function configReloader({ log, settings, read, changeUser }: ReloadDeps): () => void {
  let inForce: Config = settings.config;
  let told = '';

  /** Once for each state of the file: SIGHUP and a look at the file may come together. */
  function tell(sentence: string, say: (sentence: string) => void): void {
    if (sentence !== told) say(sentence);
    told = sentence;
  }

  return () => {
    const found = read();
    if (!found.ok) {
      tell(`The config was not taken over, the old one stays. ${found.problems}`, (sentence) => log.warn(sentence));
      return;
    }
    const { config } = found.settings;
    const changed = changedKeys(inForce, config);
    if (changed.includes('live.user')) {
      const { user } = config.live;
      inForce = { ...inForce, live: { ...inForce.live, user } };
      log.info(user === null ? 'Nobody is listened to any more.' : `The live of ${user} is listened to from now on.`);
      changeUser?.(user ?? config.live.room);
      settings.rename(user);
    }
    const waiting = changed.filter((key) => !atOnce.includes(key));
    if (waiting.length === 0) told = '';
    else tell(`After a restart, and not before, these hold as they are now: ${waiting.join(', ')}.`, log.warn);
  };
}

/** The keys of two configs that differ, as `section.key`; lists of tables as a whole. */
function changedKeys(before: Config, after: Config): string[] {
  const a: Readonly<Record<string, unknown>> = before;
  const b: Readonly<Record<string, unknown>> = after;
  return Object.keys({ ...a, ...b }).flatMap((section) => {
    const [was, is] = [a[section], b[section]];
    if (same(was, is)) return [];
    if (!isTable(was) || !isTable(is)) return [section];
    const keys = Object.keys({ ...was, ...is }).filter((key) => !same(was[key], is[key]));
    return keys.map((key) => `${section}.${key}`);
  });
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
