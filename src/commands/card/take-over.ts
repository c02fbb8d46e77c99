import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { giftMapLines, openGiftBook } from '../../appliance/gift-book.ts';
import {
  type Config,
  type ConfigProblem,
  formatProblems,
  loadConfig,
  type ReadFile,
  readText,
} from '../../config/load.ts';
import { silentLog } from '../../domain/log.ts';
import { layOut } from '../../drawing/layout.ts';

/** Whether settings are sound, and if not, all that is wrong in words for a person, by file. */
type CheckedSettings =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly at: 'livepen.toml' | 'gifts.json'; readonly why: string };

/** Checks the config at `path` with its gift map, as a start of the service would. */
export function checkSettings(path: string, readFile: ReadFile): CheckedSettings {
  const loaded = loadConfig(path, {
    readFile,
    checkLayout: (input) => {
      const laid = layOut(input);
      return laid.ok ? [] : laid.problems;
    },
  });
  if (!loaded.ok) return { ok: false, at: 'livepen.toml', why: inPlainWords(loaded.problems) };
  const { config } = loaded;
  const file = join(dirname(path), 'gifts.json');
  const text = readText(config.gifts.file, readFile);
  const called = config.gifts.file === file ? 'gifts.json' : config.gifts.file;
  if (!text.ok) return { ok: false, at: 'gifts.json', why: `${called} ${text.problem.rule}` };
  const book = openGiftBook(
    { read: () => ({ ok: true, text: text.text }), write: () => 'it is only being checked' },
    config.rows.map(({ id }) => id),
    silentLog,
    [],
    {},
    config.plates.length > 0,
  );
  if (book.ok) return { ok: true, config };
  const lines = giftMapLines(book.problems).map((line) => `  ${line}`);
  return { ok: false, at: 'gifts.json', why: ['gifts.json has problems:', ...lines].join('\n') };
}

/** People know the file by its name on the card, not by where it was read. */
function inPlainWords(problems: readonly ConfigProblem[]): string {
  return formatProblems(problems.map((problem) => ({ ...problem, file: 'livepen.toml' })));
}

/** What stands at the head of livepen-current.toml. */
interface Whereabouts {
  readonly address: string;
  /** Whether only this machine reaches the page. */
  readonly isLocal: boolean;
  /** The page's sign-in link, null where there is none. */
  readonly signIn: string | null;
}

/** The text of livepen-current.toml: the settings in force, and where the page is. */
export function currentText(settings: string, { address, isLocal, signIn }: Whereabouts): string {
  return [
    '# The settings in force. Livepen writes this file; changes to it do nothing.',
    '# To change something, save a copy as livepen.toml beside it, edit that one, and start Livepen again.',
    '#',
    `# The page: ${address}/${isLocal ? ' (from this machine only)' : ''}`,
    ...(signIn === null ? [] : [`# Sign in:  ${signIn}`]),
    '',
    settings,
  ].join('\n');
}

/** The files that a person may lay on the card, in the order in which they are taken over. */
const cardFiles = ['livepen.toml', 'gifts.json'] as const;

type CardFile = (typeof cardFiles)[number];

/** The fingerprint of each file as it was last taken over. */
export type Taken = Partial<Readonly<Record<CardFile, string>>>;

/** Gives a file's bytes, null where there is none. Throws for what cannot be read, such as a folder. */
type ReadOrNull = (path: string) => Uint8Array | null;

interface TakeOver {
  /** What goes to the settings, in full. */
  readonly files: Partial<Readonly<Record<CardFile, Uint8Array>>>;
  readonly taken: Taken;
  /** What is wrong, in words for a person; null when nothing is. */
  readonly error: string | null;
}

/**
 * Decides what of the card goes to the settings: what changed since it was last taken over, and is valid together with
 * what stays. Either file may be refused while the other one is taken.
 */
export function takeOver(card: string, settings: string, taken: Taken, read: ReadOrNull): TakeOver {
  const offered = cardFiles.flatMap((name) => {
    const bytes = offer(name);
    return bytes === null || (!(bytes instanceof Error) && fingerprint(bytes) === taken[name]) ? [] : [{ name, bytes }];
  });
  const names = offered.map(({ name }) => name);
  const refused: string[] = [];
  let accepted: readonly CardFile[] = [];
  let verdict = check([]);
  for (const attempt of attempts(names)) {
    verdict = check(attempt);
    accepted = verdict.ok ? attempt : [];
    if (verdict.ok || attempt.length === 0) break;
    refused.push(verdict.why);
  }

  function check(attempt: readonly CardFile[]): CheckedSettings {
    const overlay = new Map(
      offered.filter(({ name }) => attempt.includes(name)).map(({ name, bytes }) => [join(settings, name), bytes]),
    );
    return checkSettings(join(settings, 'livepen.toml'), (path) => {
      const bytes = overlay.get(path) ?? mustRead(path);
      if (bytes instanceof Error) throw bytes;
      return bytes;
    });
  }
  /** What lies there, or why it cannot be read: that is reported like anything else that is wrong with it. */
  function offer(name: CardFile): Uint8Array | Error | null {
    try {
      return read(join(card, name)) ?? read(join(card, `${name}.txt`));
    } catch (error) {
      if (error instanceof Error && 'code' in error) return error;
      throw error;
    }
  }
  function mustRead(path: string): Uint8Array {
    const bytes = read(path);
    if (bytes === null) throw Object.assign(new Error(`${path} does not exist`), { code: 'ENOENT' });
    return bytes;
  }

  const won = offered.flatMap(({ name, bytes }) =>
    bytes instanceof Error || !accepted.includes(name) ? [] : [{ name, bytes }],
  );
  const lost = names.filter((name) => !accepted.includes(name));
  const inForce = verdict.ok ? null : verdict.why;
  return {
    files: Object.fromEntries(won.map(({ name, bytes }) => [name, bytes])),
    taken: { ...taken, ...Object.fromEntries(won.map(({ name, bytes }) => [name, fingerprint(bytes)])) },
    error:
      lost.length > 0 ? refusal(lost, [...new Set(refused)].join('\n\n')) : inForce === null ? null : broken(inForce),
  };
}

/** Both, or else one of them, or none. */
function attempts(names: readonly CardFile[]): readonly (readonly CardFile[])[] {
  return names.length < 2 ? [names, []] : [names, ...names.map((name) => [name]), []];
}

function fingerprint(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function refusal(lost: readonly CardFile[], why: string): string {
  const them = lost.join(' and ');
  return [
    `Livepen did not take over ${them} from this card.`,
    '',
    why,
    '',
    `The previous settings stay in force (see livepen-current.toml). Correct ${them} here and start Livepen again.`,
    '',
  ].join('\n');
}

function broken(why: string): string {
  return [
    'Livepen cannot start: the settings in force are broken.',
    '',
    why,
    '',
    'Put a complete livepen.toml (and gifts.json) on this card and start Livepen again.',
    '',
  ].join('\n');
}
