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
export type CheckedSettings =
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
  );
  if (book.ok) return { ok: true, config };
  const lines = giftMapLines(book.problems).map((line) => `  ${line}`);
  return { ok: false, at: 'gifts.json', why: ['gifts.json has problems:', ...lines].join('\n') };
}

/** People know the file by its name on the card, not by where it was read. */
function inPlainWords(problems: readonly ConfigProblem[]): string {
  return formatProblems(problems.map((problem) => ({ ...problem, file: 'livepen.toml' })));
}
