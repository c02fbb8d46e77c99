import { chmodSync, chownSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type GiftBook, giftMapLines, openGiftBook } from '../appliance/gift-book.ts';
import { kindsThatCount } from '../config/goals.ts';
import {
  type Config,
  formatProblems,
  loadConfig,
  type PlacedProblem,
  type PlotterInput,
  readText,
} from '../config/load.ts';
import { kindsWanted } from '../config/points.ts';
import { causeInWords, originalOf } from '../domain/cause.ts';
import type { LiveEventKind } from '../domain/live-event.ts';
import type { Log } from '../domain/log.ts';
import { motionLimits } from '../domain/motion.ts';
import { localDay } from '../domain/plain-text.ts';
import type { RuleDesk } from '../domain/rules.ts';
import type { SheetLayout } from '../domain/sheet.ts';
import { layOut } from '../drawing/layout.ts';
import { noPictures, type PicturesOfRows } from '../drawing/picture-rows.ts';
import { checkUserLines } from '../marlin/plotter.ts';
import type { PenKind, PlotterSettings } from '../marlin/settings.ts';
import { systemClock } from '../system/clock.ts';
import { systemRandom } from '../system/random.ts';

/** Hands may be near for a moment after a press. */
const motionDelayMs = 3_000;

/** What of the config the appliance needs to know, beside the sheet. */
export function applianceSettings({ drawing, sheet, plotter, pen, afterLive, debt }: Config) {
  return {
    order: drawing.order,
    newGiverWithinMs: drawing.newGiverWithinSeconds * 1000,
    sheetFull: sheet.full,
    idleParkMs: plotter.idleParkSeconds * 1000,
    motionDelayMs,
    afterLive,
    pen: { name: pen.name ?? '', metres: pen.metres },
    strokesPerGiftMax: debt.maxStrokesPerGift,
    limits: motionLimits(plotter.acceleration, plotter.junctionDeviation),
  } as const;
}

/** What of the config the plotter needs to know. */
export function plotterSettings({ plotter, bed, home, servo, penLines, lines }: Config): PlotterSettings {
  return {
    port: plotter.port,
    baudRate: plotter.baudRate,
    origin: plotter.origin,
    trustPark: plotter.trustPark,
    certainAfterMoves: plotter.certainAfterMoves,
    stopWith: plotter.stopWith,
    bed,
    zHomesUp: home.zHomesUp,
    homeAt: { xMm: home.xMm, yMm: home.yMm, zMm: home.zMm },
    pen: penOf(servo, penLines),
    startLines: [...limitLines(plotter), ...lines.start],
    sheetLines: lines.sheet,
    endLines: lines.end,
  };
}

/** How fast it speeds up, for this session: it is never saved to the board, and gone when that starts anew. */
export function limitLines({
  acceleration,
  junctionDeviation,
}: Pick<Config['plotter'], 'acceleration' | 'junctionDeviation'>): string[] {
  return [
    ...(acceleration === null
      ? []
      : [`M201 X${acceleration} Y${acceleration}`, `M204 P${acceleration} T${acceleration}`]),
    ...(junctionDeviation === null ? [] : [`M205 J${junctionDeviation}`]),
  ];
}

/** A servo or lines of the user's own move the pen where the config has them; else Z does. */
function penOf(servo: Config['servo'], lines: Config['penLines']): PenKind {
  if (servo !== null) return { kind: 'servo', ...servo };
  return lines === null ? { kind: 'z' } : { kind: 'lines', ...lines };
}

/** What of the user's own G-code may not be sent, and what contradicts itself. */
export function checkPlotter({ bed, lines, penLines, servo }: PlotterInput): PlacedProblem[] {
  const groups: readonly (readonly [string, readonly string[]])[] = [
    ['lines.start', lines.start],
    ['lines.sheet', lines.sheet],
    ['lines.end', lines.end],
    ...(penLines === null
      ? []
      : (['down', 'hop', 'up'] as const).map((key) => [`penLines.${key}`, penLines[key]] as const)),
  ];
  const problems = groups.flatMap(([place, texts]) =>
    checkUserLines(texts, { bed, ofPen: place.startsWith('penLines.') }).map((rule) => ({
      place,
      value: '',
      rule: `cannot be used: ${rule}`,
    })),
  );
  for (const key of ['hopDegrees', 'upDegrees'] as const) {
    if (servo === null || servo[key] !== servo.downDegrees) continue;
    const rule = `must differ from servo.downDegrees (${servo.downDegrees}): else the pen stays on the paper`;
    problems.push({ place: `servo.${key}`, value: String(servo[key]), rule });
  }
  if (servo !== null && penLines !== null) {
    problems.push({
      place: 'penLines',
      value: '',
      rule: 'stands beside [servo]; only one of them can move the pen',
    });
  }
  return problems;
}

/** Where the config is looked for when nobody says where; the environment of the installed program says where. */
export const defaultConfig = process.env.LIVEPEN_CONFIG ?? 'config/livepen.toml';
/** Whether that was named by the environment: then it must be there. */
export const isConfigNamed = process.env.LIVEPEN_CONFIG !== undefined;

/** The files that say what the appliance is, read and found sound together. */
export interface Settings {
  readonly config: Config;
  /** With the pictures that are in use now. */
  readonly layout: SheetLayout;
  /** The layout of a sheet that opens now, with the words that belong on it. */
  readonly layoutOf: (sheet: number) => SheetLayout;
  readonly gifts: GiftBook;
  /** Where the config was really found. */
  readonly file: string;
  /** From now on the words on a sheet name this user. */
  rename(user: string | null): void;
  /** From now on rows have these pictures. */
  usePictures(pictures: PicturesOfRows): void;
}

export type SettingsResult =
  | { readonly ok: true; readonly settings: Settings }
  /** All that is wrong, in lines for a person. */
  | { readonly ok: false; readonly problems: string };

/** Reads the config at `path`, its gift map and its layout. `stateDirectory` is where the ledger goes, if given. */
export function readSettings(
  path: string,
  log: Log,
  stateDirectory: string | undefined,
  wallMs: () => number = systemClock().wallMs,
): SettingsResult {
  const readFile = (file: string) => readFileSync(file);
  const checkLayout = (input: Parameters<typeof layOut>[0]) => {
    const laid = layOut(input);
    return laid.ok ? [] : laid.problems;
  };
  const loaded = loadConfig(path, { readFile, checkLayout, checkPlotter, stateDirectory });
  if (!loaded.ok) {
    for (const { file: name, place, original } of loaded.problems)
      if (original !== undefined) log.debug(`${[name, place].filter((part) => part !== '').join(', ')}: ${original}`);
    return { ok: false, problems: formatProblems(loaded.problems) };
  }
  const { config } = loaded;
  const laid = layOut(config);
  if (!laid.ok) throw new Error('the layout was checked with the config');
  const { file } = config.gifts;
  const giftFile = textFile(file, log);
  const rowIds = config.rows.map(({ id }) => id);
  const hasPlates = (laid.layout.plates ?? []).length > 0;
  const gifts = openGiftBook(giftFile, rowIds, log, config.lives, config.rates, hasPlates);
  if (!gifts.ok) {
    const lines = giftMapLines(gifts.problems);
    const count = lines.length === 1 ? 'a problem' : `${lines.length} problems`;
    return { ok: false, problems: [`${file} has ${count}:`, ...lines.map((line) => `  ${line}`)].join('\n') };
  }
  gifts.book.alsoWant(alsoWanted(config));
  let { user } = config.lives[0];
  let { layout } = laid;
  let inUse = noPictures;
  const layoutOf = (sheet: number) => {
    const lettered = layOut(config, { sheet, date: localDay(wallMs()), user: user ?? '' }, inUse);
    if (!lettered.ok) throw new Error('the layout was checked with the config');
    return lettered.layout;
  };
  const rename = (next: string | null) => {
    user = next;
  };
  const usePictures = (pictures: PicturesOfRows) => {
    inUse = pictures;
    const again = layOut(config, null, pictures);
    if (!again.ok) throw new Error('the layout was checked with the config');
    layout = again.layout;
  };
  const settings = { config, layoutOf, gifts: gifts.book, file: loaded.file, rename, usePictures };
  return {
    ok: true,
    settings: {
      ...settings,
      get layout() {
        return layout;
      },
    },
  };
}

/** A file that a person writes, and the service too. */
function textFile(file: string, log: Log) {
  return {
    read: () => {
      const text = readText(file, (name) => readFileSync(name));
      if (text.ok) return { ok: true as const, text: text.text };
      const { rule, original } = text.problem;
      if (original !== undefined) log.debug(`${file} was not read: ${original}`);
      return { ok: false as const, rule };
    },
    write: (text: string) => replaceFile(file, text, log),
  };
}

/** Kinds of events that a live must send for what viewers save and reach. */
function alsoWanted({ points, goals }: Pick<Settings['config'], 'points' | 'goals'>): readonly LiveEventKind[] {
  return [...kindsWanted(points), ...kindsThatCount(goals)];
}

/** The rules of a config, which follow into its gift map's wishes; null where it has none: then nothing of them is loaded. */
export async function openRules(
  { config, gifts }: Pick<Settings, 'config' | 'gifts'>,
  log: Log,
): Promise<RuleDesk | null> {
  if (config.rules === null) return null;
  const { openRuleDesk } = await import('../rules/rule-desk.ts');
  return openRuleDesk({
    file: textFile(config.rules.file, log),
    rowIds: config.rows.map(({ id }) => id),
    parts: { hasPlates: config.plates.length > 0, hasPoints: config.points !== null },
    log,
    random: systemRandom,
    changed: (desk) => gifts.alsoWant([...desk.kinds(), ...alsoWanted(config)]),
  });
}

/**
 * Writes beside the file and puts it in its place, so that a power cut leaves the old or the new one. It keeps its
 * rights, and its owner when root writes: the service must read it after a `sudo livepen gifts map`.
 */
export function replaceFile(file: string, text: string, log: Log): string | null {
  const fresh = `${file}.new`;
  try {
    const { mode, uid, gid } = statSync(file);
    writeFileSync(fresh, text, { flush: true });
    if (process.getuid?.() === 0) chownSync(fresh, uid, gid);
    chmodSync(fresh, mode & 0o777);
    renameSync(fresh, file);
    return null;
  } catch (error) {
    log.debug(`${file} was not written: ${originalOf(error)}`);
    removeQuietly(fresh);
    return causeInWords(error);
  }
}

/** What a full disk took of a file that came to nothing: it would keep what is left of the disk. */
function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // The folder may forbid it, as it forbade the writing: why that failed is said.
  }
}
