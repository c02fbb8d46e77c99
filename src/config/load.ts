import { dirname, isAbsolute, join } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import * as v from 'valibot';
import { ruleInWords } from '../domain/problems.ts';
import { type ConfigProblem, type PlacedProblem, shownValue } from './problem.ts';
import {
  type Config,
  configSchema,
  doubleBrackets,
  isOfUser,
  type LayoutInput,
  layoutParts,
  plateKeys,
  plateSchema,
  platformOfLive,
  rowKeys,
  rowSchema,
  sections,
  type WrittenConfig,
} from './schema.ts';
import {
  lineOf,
  linesOfToml,
  openedBefore,
  type ReadFile,
  readText,
  type TomlLines,
  tomlAdvice,
  withoutComment,
} from './toml.ts';
import { suggest, unknownKeys } from './unknown-keys.ts';

/** Two connections to one live would write everything down once, and cost twice; a person signs in to a platform once. */
function repeatedLives(file: Readonly<Record<string, unknown>>): PlacedProblem[] {
  const lives = Array.isArray(file.live) ? file.live : [];
  const named = v.object({ user: sections.live.user, room: sections.live.room });
  const first = new Map<string, number>();
  return lives.flatMap((live: unknown, index) => {
    const { platform, isOfUser } = platformOfLive(live);
    const read = isOfUser ? v.safeParse(named, live) : null;
    if (read?.success === false) return [];
    const { user = null, room = null } = read?.output ?? {};
    const key = JSON.stringify([platform, user?.toLowerCase() ?? null, room]);
    const before = first.get(key);
    if (before === undefined) first.set(key, index);
    const [what, value] = isOfUser ? ['user', user] : ['platform', platform];
    const rule = `must differ from the ${what} of live[${before}]`;
    return before === undefined ? [] : [{ place: `live[${index}].${what}`, value: shownValue(value), rule }];
  });
}

/** GPIO7 to GPIO11 are the two chip selects, both data lines and the clock of the bus of /dev/spidev0.*. */
const busPins = { first: 7, last: 11 } as const;

const buttonPart = v.object({ driver: sections.button.driver, pin: sections.button.pin });
const lightPart = v.object({ driver: sections.light.driver, device: sections.light.device });

/**
 * A button on a pin of the strip's bus: one of the two would not work, and with a shorted output neither may. Judged
 * whatever else is wrong with the file; a part that is broken itself is not.
 */
function sharedPins(file: Readonly<Record<string, unknown>>): PlacedProblem[] {
  const button = v.safeParse(buttonPart, file.button ?? {});
  const light = v.safeParse(lightPart, file.light ?? {});
  if (!button.success || !light.success) return [];
  const { driver, pin } = button.output;
  const hasStrip = light.output.driver !== 'none' && light.output.device.startsWith('/dev/spidev0.');
  if (driver === 'none' || !hasStrip || pin < busPins.first || pin > busPins.last) return [];
  const rule = `must not be ${busPins.first} to ${busPins.last}: the strip's SPI bus has these pins ([light] driver = "${light.output.driver}")`;
  return [{ place: 'button.pin', value: shownValue(pin), rule }];
}

export { type ConfigProblem, formatProblems, type PlacedProblem } from './problem.ts';
export type { Config, LiveConfig, SignedInLive } from './schema.ts';
export { isOfNobody, isOfUser, isSignedIn, writesChat } from './schema.ts';
export { type ReadFile, readText } from './toml.ts';

interface LoadOptions {
  readonly readFile: ReadFile;
  /** Whether the rows lie on bed and paper; its problems join the others. */
  readonly checkLayout?: CheckLayout;
  /** Whether the plotter may be sent what the user wrote; its problems join the others. */
  readonly checkPlotter?: CheckPlotter;
  /** The folder for what changes (STATE_DIRECTORY of systemd); without it, the config's own. */
  readonly stateDirectory?: string | undefined;
}

type ConfigResult =
  /** `file` is where the config was really found: an editor may have appended `.txt`. */
  | { readonly ok: true; readonly config: Config; readonly file: string }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Reads the config at `path`. Either it is sound as a whole, or all that is wrong with it is reported at once. */
export function loadConfig(path: string, options: LoadOptions): ConfigResult {
  const read = readText(path, options.readFile);
  if (!read.ok) return { ok: false, problems: [read.problem] };
  return parseConfig(read.text, read.file, options);
}

type AddressResult =
  | { readonly ok: true; readonly config: Pick<Config, 'api' | 'ledger'> }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[]; readonly isAbsent: boolean };

/**
 * Where the service of a config answers and keeps its tokens, however broken the rest of it is: a command such as a
 * stop must reach a service that was started before the config was broken.
 */
export function loadAddress(path: string, options: Pick<LoadOptions, 'readFile' | 'stateDirectory'>): AddressResult {
  const read = readText(path, options.readFile);
  if (!read.ok) return { ok: false, problems: [read.problem], isAbsent: read.isAbsent };
  const toml = parseToml(read.text);
  const parts = v.object({ api: configSchema.entries.api, ledger: configSchema.entries.ledger });
  const checked = toml.ok ? v.safeParse(parts, toml.table) : null;
  const misspelt = toml.ok ? unknownKeys(toml.table).filter(({ place }) => isOfAddress(place)) : [];
  if (misspelt.length > 0) {
    return { ok: false, problems: inOrder(read.file, misspelt, linesOfToml(read.text)), isAbsent: false };
  }
  if (checked?.success) {
    const { api, ledger } = checked.output;
    const file = within(options.stateDirectory ?? dirname(read.file), ledger.file);
    return { ok: true, config: { api, ledger: { ...ledger, file } } };
  }
  const whole = parseConfig(read.text, read.file, options);
  return { ok: false, problems: whole.ok ? [] : whole.problems, isAbsent: false };
}

/** Whether what nobody knows at this place was meant to say where the service is: another one would be asked. */
function isOfAddress(place: string): boolean {
  const [section = '', key] = place.split('.');
  if (key !== undefined) return section === 'api' || section === 'ledger';
  const meant = suggest(section, Object.keys(configSchema.entries));
  return meant === 'api' || meant === 'ledger' || section in sections.api;
}

/** `loadConfig` for a text at hand; `file` names it and is where its relative paths start. */
export function parseConfig(text: string, file: string, options: Omit<LoadOptions, 'readFile'> = {}): ConfigResult {
  const toml = parseToml(text);
  if (!toml.ok) return { ok: false, problems: [{ file, ...toml.problem }] };

  const lineNumbers = linesOfToml(text);
  const { checkLayout, checkPlotter } = options;
  const checked = v.safeParse(configSchema, toml.table, { message: ruleInWords });
  const lines = checkPlotter === undefined ? [] : checkRemainingPlotter(toml.table, checkPlotter);
  const always = [
    ...unknownKeys(toml.table),
    ...repeatedIds(toml.table, 'rows', rowKeys.id),
    ...repeatedIds(toml.table, 'plates', plateKeys.id),
    ...repeatedLives(toml.table),
    ...sharedPins(toml.table),
    ...lines,
  ];
  const empty = nothingToDrawOn(toml.table).filter((problem) => !isMisspelt(problem, always));
  if (checked.success && empty.length === 0) {
    const problems = together(always, checkLayout?.(checked.output) ?? []);
    if (problems.length > 0) return refuse(file, problems, lineNumbers);
    return { ok: true, config: resolvePaths(checked.output, file, options.stateDirectory), file };
  }
  const wrong = (checked.issues ?? []).map(problemOf).filter((problem) => !isMisspelt(problem, always));
  const layout = checkLayout === undefined ? [] : checkRemainingLayout(toml.table, checkLayout);
  return refuse(file, together([...always, ...wrong, ...empty], layout), lineNumbers);
}

/** The layout finds repeated ids too: a thing is reported once. */
function together(own: readonly PlacedProblem[], layout: readonly PlacedProblem[]): PlacedProblem[] {
  return [
    ...own,
    ...layout.filter(({ place, rule }) => !own.some((other) => other.place === place && other.rule === rule)),
  ];
}

/** What is missing because its key was misspelt: that is reported as unknown, with what was probably meant. */
function isMisspelt({ place, rule }: PlacedProblem, others: readonly PlacedProblem[]): boolean {
  const [, table = '', key = ''] = /^(?:(.*)\.)?([^.]+)$/.exec(place) ?? [];
  return (
    rule === 'is missing' &&
    others.some(
      (other) => other.rule.endsWith(`did you mean "${key}"?`) && other.place.replace(/\.?[^.]+$/, '') === table,
    )
  );
}

function refuse(file: string, problems: readonly PlacedProblem[], lines: TomlLines): ConfigResult {
  return { ok: false, problems: inOrder(file, problems, lines) };
}

/** Problems with their file and lines, in the order of the file. */
export function inOrder(file: string, problems: readonly PlacedProblem[], lines: TomlLines): readonly ConfigProblem[] {
  const placed = problems.map((problem) => ({ file, line: lineOf(lines, problem.place), ...problem }));
  return placed.toSorted((a, b) => (a.line ?? Number.MAX_SAFE_INTEGER) - (b.line ?? Number.MAX_SAFE_INTEGER));
}

type TomlResult =
  | { readonly ok: true; readonly table: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly problem: PlacedProblem };

/** Reads TOML; what cannot be read is one problem, with its line and what probably belongs there. */
export function parseToml(text: string): TomlResult {
  try {
    return { ok: true, table: parse(text.replace(/^\uFEFF/, ''), { integersAsBigInt: 'asNeeded' }) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const lines = text.split('\n');
    const said = error.message.replace(/^Invalid TOML document: /, '').split('\n', 1)[0] ?? '';
    const opened = openedBefore(lines, error.line);
    const line = lines[(opened?.line ?? error.line) - 1] ?? '';
    const advice = opened?.advice ?? (said.includes('redefine') ? adviceOnTwice(line) : tomlAdvice(line));
    return {
      ok: false,
      problem: {
        place: opened === null ? `line ${error.line}, column ${error.column}` : `line ${opened.line}`,
        value: shownValue(withoutComment(line)),
        rule: `cannot be read${advice === null ? ` as TOML: ${missingSomething}` : `: ${advice}`}`,
        original: said,
      },
    };
  }
}

function adviceOnTwice(line: string): string {
  if (/^\s*\[+\s*live\s*\]/.test(line)) return 'each of several lives begins with [[live]], in double brackets';
  return /^\s*\[+\s*rows\s*\]/.test(line) ? `${doubleBrackets} everywhere` : 'it stands twice: keep one of the two';
}

const missingSomething = 'a quote, a bracket or a = is missing or too much, here or on the line above';

/** What a form found wrong, at its place. */
export function problemOf(issue: v.BaseIssue<unknown>): PlacedProblem {
  const path = issue.path ?? [];
  const place = path
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
  // A key that stands there and may not is one of a table of any keys.
  const missing = path.at(-1)?.origin === 'key' && issue.input === undefined;
  return missing
    ? { place, value: '', rule: 'is missing' }
    : { place, value: shownValue(issue.input), rule: issue.message };
}

function resolvePaths(written: WrittenConfig, file: string, stateDirectory: string | undefined): Config {
  const home = dirname(file);
  const { live, ...config } = written;
  const [first, ...others] = live.map((each) => {
    const secretsFile = each.secretsFile === null ? null : within(home, each.secretsFile);
    if (isOfUser(each)) return { ...each, secretsFile };
    // It changes, and so it lies with the ledger.
    return { ...each, secretsFile, tokenFile: within(stateDirectory ?? home, each.tokenFile) };
  });
  if (first === undefined) throw new Error('a config without a live was refused');
  return {
    ...config,
    rows: config.rows.map((row) => (row.picture === undefined ? row : { ...row, picture: within(home, row.picture) })),
    lives: [first, ...others],
    ledger: { ...config.ledger, file: within(stateDirectory ?? home, config.ledger.file) },
    gifts: { ...config.gifts, file: within(home, config.gifts.file) },
    rules: config.rules && { file: within(home, config.rules.file) },
  };
}

/** A file by the name that a config gives it. */
export function within(folder: string, name: string): string {
  return isAbsolute(name) ? name : join(folder, name);
}

const lightSchema = v.object(sections.light);

/**
 * What a config says about the light, however broken the rest of it is: a service that cannot start for its config
 * should at least be able to show that. What cannot be read is as if it were not there.
 */
export function lightOnly(path: string, readFile: ReadFile): Config['light'] {
  const read = readText(path, readFile);
  if (read.ok) {
    try {
      const checked = v.safeParse(lightSchema, parse(read.text).light ?? {});
      if (checked.success) return checked.output;
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
    }
  }
  return v.parse(lightSchema, {});
}

/** What decides what is sent to the plotter beside the drawing. */
export interface PlotterInput extends Pick<Config, 'lines' | 'penLines' | 'servo'> {
  /** Null where it is broken itself. */
  readonly bed: Config['bed'] | null;
}

/** Checks the user's own G-code; given by the caller, since its rules are the plotter's. */
type CheckPlotter = (input: PlotterInput) => readonly PlacedProblem[];

/** Runs the plotter's check over what of a broken config can still be judged. */
function checkRemainingPlotter(file: Readonly<Record<string, unknown>>, check: CheckPlotter): PlacedProblem[] {
  const written = v.is(v.record(v.string(), v.unknown()), file.lines) ? file.lines : {};
  const linesOf = (key: keyof typeof sections.lines) => {
    const read = v.safeParse(sections.lines[key], written[key]);
    return read.success ? read.output : [];
  };
  const penLines = v.safeParse(configSchema.entries.penLines, file.penLines);
  const servo = v.safeParse(configSchema.entries.servo, file.servo);
  const bed = v.safeParse(layoutParts.bed, file.bed);
  const problems = check({
    bed: bed.success ? bed.output : null,
    lines: { start: linesOf('start'), sheet: linesOf('sheet'), end: linesOf('end') },
    penLines: penLines.success ? penLines.output : null,
    servo: servo.success ? servo.output : null,
  });
  return [...problems];
}

/** A sheet of plates alone is one, too. */
function nothingToDrawOn({ rows, plates }: Readonly<Record<string, unknown>>): PlacedProblem[] {
  const isNone = (list: unknown) => list === undefined || (Array.isArray(list) && list.length === 0);
  if (!isNone(rows) || !isNone(plates)) return [];
  const rule = rows === undefined ? 'is missing' : 'must hold at least one row';
  return [{ place: 'rows', value: rows === undefined ? '' : shownValue(rows), rule }];
}

/** Rows, or plates, of one id, whatever else is wrong with them or with the rest. */
function repeatedIds(
  file: Readonly<Record<string, unknown>>,
  list: 'rows' | 'plates',
  schema: typeof rowKeys.id,
): PlacedProblem[] {
  const written = file[list];
  const all = Array.isArray(written) ? written : [];
  const first = new Map<string, number>();
  return all.flatMap((one: unknown, index) => {
    const id = v.safeParse(v.object({ id: schema }), one);
    if (!id.success) return [];
    const before = first.get(id.output.id);
    if (before === undefined) first.set(id.output.id, index);
    const rule = `must differ from the id of ${list}[${before}]`;
    return before === undefined ? [] : [{ place: `${list}[${index}].id`, value: shownValue(id.output.id), rule }];
  });
}

/** Checks that the ink would stay where it may; given by the caller, since drawing is another room. */
type CheckLayout = (input: LayoutInput) => readonly PlacedProblem[];

/**
 * Runs the layout's check over what of a broken config can still be judged, so that a person hears of everything at
 * once: rows and plates that are broken themselves are left out, and a broken pen or park place is replaced by the shipped one.
 */
function checkRemainingLayout(file: Readonly<Record<string, unknown>>, check: CheckLayout): PlacedProblem[] {
  const bed = v.safeParse(layoutParts.bed, file.bed);
  const paper = v.safeParse(layoutParts.paper, file.paper);
  const stroke = v.safeParse(layoutParts.stroke, file.stroke);
  if (!(bed.success && paper.success && stroke.success)) return [];

  const rows = soundOf(file.rows, rowSchema);
  const plates = soundOf(file.plates, plateSchema);
  if (rows.length + plates.length === 0) return [];
  const pen = v.safeParse(layoutParts.pen, file.pen);
  const park = v.safeParse(layoutParts.park, file.park);
  const lettering = v.safeParse(layoutParts.lettering, file.lettering);
  const problems = check({
    bed: bed.output,
    paper: paper.output,
    stroke: stroke.output,
    pen: pen.success ? pen.output : v.parse(layoutParts.pen, {}),
    park: park.success ? park.output : null,
    lettering: lettering.success ? lettering.output : null,
    rows: rows.map(({ one }) => one),
    plates: plates.map(({ one }) => one),
  });
  return problems
    .filter(({ place }) => park.success || !place.startsWith('park'))
    .map((problem) => renumber(problem, { rows, plates }));
}

/** Those of a list that can be judged, with where they stand in it. */
function soundOf<T>(
  written: unknown,
  schema: v.GenericSchema<unknown, T>,
): { readonly one: T; readonly index: number }[] {
  const all: readonly unknown[] = Array.isArray(written) ? written : [];
  return all.flatMap((each, index) => {
    const read = v.safeParse(schema, each);
    return read.success ? [{ one: read.output, index }] : [];
  });
}

/** The check counted the rows and plates that it was given; the person counts those of the file. */
function renumber(
  problem: PlacedProblem,
  given: Readonly<Record<'rows' | 'plates', readonly { readonly index: number }[]>>,
): PlacedProblem {
  const inFile = (text: string) =>
    text.replace(/\b(rows|plates)\[(\d+)\]/g, (_, list: string, at: string) => {
      const index = given[list === 'plates' ? 'plates' : 'rows'][Number(at)]?.index ?? at;
      return `${list}[${index}]`;
    });
  return { ...problem, place: inFile(problem.place), rule: inFile(problem.rule) };
}
