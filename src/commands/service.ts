import { existsSync, statSync, unwatchFile, watchFile } from 'node:fs';
import { assembleAppliance } from '../appliance/assemble.ts';
import type { Appliance } from '../appliance/contract.ts';
import { createHousekeeping, type Housekeeping } from '../appliance/housekeeping.ts';
import { kindsThatCount } from '../config/goals.ts';
import type { Config } from '../config/load.ts';
import { kindsThatEarn } from '../config/points.ts';
import { originalOf } from '../domain/cause.ts';
import type { Clock } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { LiveEventKind } from '../domain/live-event.ts';
import type { LiveSource, SourceMarks } from '../domain/live-source.ts';
import type { Log } from '../domain/log.ts';
import type { RecallStreaks } from '../domain/past-streak.ts';
import { localTime } from '../domain/plain-text.ts';
import type { RuleDesk } from '../domain/rules.ts';
import { readAsLetters } from '../drawing/plan-text.ts';
import { allot } from '../gifts/gift-map.ts';
import { memoryFileSystemOf } from '../ledger/connection.ts';
import { type Ledger, openLedger } from '../ledger/ledger.ts';
import { PassingRing } from '../ledger/passing-ring.ts';
import { serialPorts } from '../marlin/wire/serial-port.ts';
import { clockIsSynchronized } from '../system/clock.ts';
import { systemRandom } from '../system/random.ts';
import { emptyInWords, inMemoryInWords, missingInWords, replacedInWords } from './missing.ts';
import type { RowPictures } from './pictures.ts';
import { applianceSettings, plotterSettings, type Settings } from './settings.ts';

/** How often the files of the gift map and the config are looked at. */
const lookAtFileMs = 3_000;

/** What a source needs of the service that it feeds. */
export interface SourceNeeds {
  /** Kinds of events that are wanted beside gifts; it follows the gift map. */
  readonly wanted: ReadonlySet<LiveEventKind>;
  /** Resolves once all that was heard is on disk. */
  readonly settled: () => Promise<void>;
  /** What an earlier run wrote down of streaks without a group. */
  readonly recall: RecallStreaks;
  /** How far lists of what was given have come into the ledger. */
  readonly marks: SourceMarks;
}

interface ServiceDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Settings;
  readonly sourceOf: (needs: SourceNeeds) => LiveSource;
  readonly boxFaults: () => readonly Fault[];
  /** Whether this machine has a button. */
  readonly hasButton: boolean;
  /** The pictures of rows; none by default. */
  readonly pictures?: RowPictures | null;
  /** The config's file changed. */
  readonly reload?: () => void;
  /** Deletes what could not be decoded. */
  readonly forgetFrames?: () => number;
  /** The rules; null: there are none. */
  readonly rules?: RuleDesk | null;
}

/** The appliance on this machine's ports and disk. */
interface Service {
  readonly appliance: Appliance;
  readonly ledger: Ledger;
  start(): void;
  /** Parks the pen, writes everything down, lets those go who still read the ledger, closes it. */
  stop(beforeClosing?: () => Promise<void>): Promise<void>;
}

type OpenedService = { readonly ok: true; readonly service: Service } | { readonly ok: false; readonly fault: Fault };

/** For so long a replaced ledger is reported at every start. */
const reportedForMs = 7 * 86_400_000;

/** A ledger that had to be replaced must not pass for one that was not. */
function logRestoration(ledger: Ledger, wallMs: number, log: Log): void {
  const restoration = ledger.restoration();
  if (restoration === null || wallMs - restoration.atMs > reportedForMs) return;
  const { backup } = restoration;
  const instead =
    backup === null
      ? 'there was no good backup, so a new ledger began'
      : `the backup of ${localTime(backup.madeAtMs)} took its place`;
  const sentence = `${replacedInWords(restoration)}; ${instead}; ${missingInWords(restoration)}.`;
  log.error(`${sentence} Open a fresh sheet and set the origin.`);
}

function whenChanged(file: string, changed: () => void): void {
  watchFile(file, { interval: lookAtFileMs }, (now, before) => {
    if (now.mtimeMs !== before.mtimeMs) changed();
  });
}

const putBackInWords =
  'The ledger is a copy that was put back: what was credited and drawn after it was made is not in it. Open a fresh sheet and set the origin.';

/** Opens the ledger and says in the log what of it a person should know. */
function openBooks(clock: Clock, log: Log, { ledger: { file }, debt, points, goals }: Config) {
  const isNew = !existsSync(file);
  const isEmpty = !isNew && statSync(file).size === 0;
  const opened = openLedger({
    file,
    allot,
    wallMs: clock.wallMs,
    nowMs: clock.nowMs,
    clockIsRight: clockIsSynchronized,
    strokesPerGiftMax: debt.maxStrokesPerGift,
    readText: readAsLetters,
    points,
    goals,
    logOriginal: (failed, error) => log.debug(`${failed}: ${originalOf(error)}`),
  });
  if (!opened.ok) return opened;
  const { ledger } = opened;
  const wasEmpty = isEmpty && ledger.restoration() === null;
  const inMemory = memoryFileSystemOf(file);
  if (isNew && ledger.restoration() === null) log.info(`A new ledger begins: ${file}.`);
  if (wasEmpty) log.warn(`${emptyInWords} It is ${file}.`);
  if (inMemory !== null) log.warn(inMemoryInWords(inMemory));
  if (opened.isPutBack) log.warn(putBackInWords);
  logRestoration(ledger, clock.wallMs(), log);
  return { ...opened, inMemory, wasEmpty };
}

/** Opens the ledger and joins the parts; nothing moves and nobody is listened to before `start`. */
export function openService({
  clock,
  log,
  settings,
  sourceOf,
  boxFaults,
  hasButton,
  pictures = null,
  reload,
  forgetFrames,
  rules = null,
}: ServiceDeps): OpenedService {
  const { config, gifts } = settings;
  const opened = openBooks(clock, log, config);
  if (!opened.ok) return opened;
  const { ledger, inMemory, wasEmpty } = opened;
  const housekeeping: Housekeeping = createHousekeeping({
    clock,
    log,
    ledger,
    viewerDays: config.retention.viewerDays,
    clockIsRight: clockIsSynchronized,
  });
  const passing = new PassingRing(`${config.ledger.file}-passing`, clock, log);
  const { appliance } = assembleAppliance({
    clock,
    log,
    random: systemRandom,
    passing,
    ledger,
    ports: serialPorts(clock),
    plotter: plotterSettings(config),
    sourceOf: (settled) =>
      sourceOf({ wanted: gifts.wanted, settled, recall: ledger.questions.pastStreaks, marks: ledger }),
    gifts,
    keeps: new Set([
      ...config.lives.flatMap(({ keep }) => keep),
      ...kindsThatEarn(config.points),
      ...kindsThatCount(config.goals),
    ]),
    points: config.points,
    ...(rules === null ? {} : { rules }),
    sheetTurned: () => housekeeping.sheetTurned(),
    boxFaults: () => [...boxFaults(), ...(pictures?.faults() ?? [])],
    ledgerInMemory: inMemory,
    ledgerWasEmpty: wasEmpty,
    forgetFrames() {
      // Names stand in what waits for the worker, too.
      passing.clear();
      return forgetFrames?.() ?? 0;
    },
    settings: {
      ...applianceSettings(config),
      get layout() {
        return settings.layout;
      },
      layoutOf: settings.layoutOf,
      ...(pictures === null ? {} : { layoutFault: () => pictures.missing() }),
      hasButton,
      testSession: `test-${clock.wallMs()}-${Math.floor(systemRandom() * 1e9)}`,
    },
  });
  return {
    ok: true,
    service: {
      appliance,
      ledger,
      start() {
        appliance.start();
        housekeeping.start();
        whenChanged(config.gifts.file, () => gifts.reload());
        if (rules !== null && config.rules !== null) whenChanged(config.rules.file, () => rules.reload());
        if (reload !== undefined) whenChanged(settings.file, reload);
        for (const file of pictures?.files ?? []) whenChanged(file, () => void pictures?.load());
        void pictures?.load();
      },
      async stop(beforeClosing = async () => {}) {
        unwatchFile(config.gifts.file);
        if (config.rules !== null) unwatchFile(config.rules.file);
        unwatchFile(settings.file);
        for (const file of pictures?.files ?? []) unwatchFile(file);
        pictures?.close();
        housekeeping.stop();
        await appliance.stop();
        await beforeClosing();
        ledger.close();
      },
    },
  };
}
