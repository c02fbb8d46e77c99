import { plainText } from '../domain/plain-text.ts';
import { asPeopleCount, type PlacedFault, problemLines } from '../domain/problems.ts';

/** One thing that is wrong with a file: where it stands, what stands there (empty when nothing does), and what must hold. */
export interface ConfigProblem extends PlacedFault {
  readonly file: string;
  /** `rows[2].yMm` (counted from 0), `line 4, column 7`, or empty when it is the file as a whole. */
  readonly place: string;
  readonly value: string;
  readonly rule: string;
  /** What a library said of it, word for word, for the log. */
  readonly original?: string;
}

/** What a check of another room finds; it knows no file. */
export type PlacedProblem = Omit<ConfigProblem, 'file'>;

const valueCharsMax = 60;

/** A value as a person wrote it, short, on one line. */
export function shownValue(value: unknown): string {
  const text = wholeText(value);
  return text.length <= valueCharsMax ? text : `${text.slice(0, valueCharsMax - 1)}…`;
}

function wholeText(value: unknown): string {
  if (typeof value === 'bigint' || value instanceof Date) return String(value);
  // JSON has no word for these; TOML does.
  if (typeof value === 'number' && !Number.isFinite(value))
    return String(value).replace('NaN', 'nan').replace('Infinity', 'inf');
  return JSON.stringify(value, bigintAsText) ?? '';
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** The problems as lines for a terminal, file by file. */
export function formatProblems(problems: readonly ConfigProblem[]): string {
  const files = [...new Set(problems.map(({ file }) => file))];
  return files
    .map((file) => {
      const own = problems.filter((problem) => problem.file === file);
      const lines = problemLines(own, formatProblem);
      const count = lines.length === 1 ? 'a problem' : `${lines.length} problems`;
      return [`${file} has ${count}:`, ...lines].join('\n');
    })
    .join('\n');
}

function formatProblem({ place, value, rule, line }: PlacedFault): string {
  if (place === '') return `  the file ${rule}`;
  const where = `${line === undefined ? '' : `line ${line}: `}${asPeopleCount(place)}`;
  return `  ${plainText(`${where}${value === '' ? '' : ` = ${value}`} ${asPeopleCount(rule)}`)}`;
}
