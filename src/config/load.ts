import { dirname, isAbsolute, join } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import * as v from 'valibot';
import {
  type CheckLayout,
  type CheckPlotter,
  checkRemainingLayout,
  checkRemainingPlotter,
  repeatedIds,
} from './layout-input.ts';
import { type ConfigProblem, type PlacedProblem, shownValue } from './problem.ts';
import { type Config, configSchema } from './schema.ts';
import { sharedPins } from './shared-pins.ts';
import { type ReadFile, readText } from './text-file.ts';
import { tomlAdvice, withoutComment } from './toml-advice.ts';
import { unknownKeys } from './unknown-keys.ts';

export type { PlotterInput } from './layout-input.ts';
export { type ConfigProblem, formatProblems, type PlacedProblem } from './problem.ts';
export type { Config, LayoutInput } from './schema.ts';
export { type ReadFile, readText } from './text-file.ts';

export interface LoadOptions {
  readonly readFile: ReadFile;
  /** Whether the rows lie on bed and paper; its problems join the others. */
  readonly checkLayout?: CheckLayout;
  /** Whether the plotter may be sent what the user wrote; its problems join the others. */
  readonly checkPlotter?: CheckPlotter;
  /** The folder for what changes (STATE_DIRECTORY of systemd); without it, the config's own. */
  readonly stateDirectory?: string | undefined;
}

export type ConfigResult =
  /** `file` is where the config was really found: an editor may have appended `.txt`. */
  | { readonly ok: true; readonly config: Config; readonly file: string }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Reads the config at `path`. Either it is sound as a whole, or all that is wrong with it is told at once. */
export function loadConfig(path: string, options: LoadOptions): ConfigResult {
  const read = readText(path, options.readFile);
  if (!read.ok) return { ok: false, problems: [read.problem] };
  return parseConfig(read.text, read.file, options);
}

/** `loadConfig` for a text at hand; `file` names it and is where its relative paths start. */
export function parseConfig(text: string, file: string, options: Omit<LoadOptions, 'readFile'> = {}): ConfigResult {
  const toml = parseToml(text.replace(/^\uFEFF/, ''));
  if (!toml.ok) return { ok: false, problems: [{ file, ...toml.problem }] };

  const { checkLayout, checkPlotter } = options;
  const checked = v.safeParse(configSchema, toml.table);
  const lines = checkPlotter === undefined ? [] : checkRemainingPlotter(toml.table, checkPlotter);
  const always = [...unknownKeys(toml.table), ...repeatedIds(toml.table), ...sharedPins(toml.table), ...lines];
  if (checked.success) {
    const problems = together(always, checkLayout?.(checked.output) ?? []);
    if (problems.length > 0) return refuse(file, problems);
    return { ok: true, config: resolvePaths(checked.output, file, options.stateDirectory), file };
  }
  const wrong = checked.issues.map(problemOf);
  const layout = checkLayout === undefined ? [] : checkRemainingLayout(toml.table, checkLayout);
  return refuse(file, together([...always, ...wrong], layout));
}

/** The layout finds repeated ids too: a thing is told once. */
function together(own: readonly PlacedProblem[], layout: readonly PlacedProblem[]): PlacedProblem[] {
  return [
    ...own,
    ...layout.filter(({ place, rule }) => !own.some((other) => other.place === place && other.rule === rule)),
  ];
}

function refuse(file: string, problems: readonly PlacedProblem[]): ConfigResult {
  return { ok: false, problems: problems.map((problem) => ({ file, ...problem })) };
}

type TomlResult =
  | { readonly ok: true; readonly table: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly problem: PlacedProblem };

function parseToml(text: string): TomlResult {
  try {
    return { ok: true, table: parse(text, { integersAsBigInt: 'asNeeded' }) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const line = text.split('\n')[error.line - 1] ?? '';
    const said = error.message.replace(/^Invalid TOML document: /, '').split('\n', 1)[0] ?? '';
    const isRepeated = said.includes('redefine');
    const advice = isRepeated ? 'it stands twice: keep one of the two' : tomlAdvice(line);
    return {
      ok: false,
      problem: {
        place: `line ${error.line}, column ${error.column}`,
        value: shownValue(withoutComment(line)),
        rule: advice === null ? `cannot be read as TOML: ${said}` : `cannot be read: ${advice}`,
      },
    };
  }
}

function problemOf(issue: v.BaseIssue<unknown>): PlacedProblem {
  const path = issue.path ?? [];
  const place = path
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
  const missing = path.at(-1)?.origin === 'key';
  return missing
    ? { place, value: '', rule: 'is missing' }
    : { place, value: shownValue(issue.input), rule: issue.message };
}

function resolvePaths(config: Config, file: string, stateDirectory: string | undefined): Config {
  const home = dirname(file);
  const from = (folder: string, name: string) => (isAbsolute(name) ? name : join(folder, name));
  const { secretsFile } = config.live;
  return {
    ...config,
    live: { ...config.live, secretsFile: secretsFile === null ? null : from(home, secretsFile) },
    ledger: { ...config.ledger, file: from(stateDirectory ?? home, config.ledger.file) },
    gifts: { ...config.gifts, file: from(home, config.gifts.file) },
  };
}
