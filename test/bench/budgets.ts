import { appendFileSync } from 'node:fs';

interface Budget {
  readonly what: string;
  readonly unit: string;
  readonly bound: number;
  /** Less than the bound is wrong, where otherwise more is. */
  readonly isLeast?: boolean;
  /** What was measured of others, or of Livepen before it was made lighter. */
  readonly beside: string;
}

/** What every change must keep, by name; `docs/performance.md` shows it as a table. */
export const budgets = {
  package: { what: 'The package', unit: 'MB', bound: 30, beside: '33.8 with everything as it was fetched' },
  readyFirst: { what: 'From exec to READY, first start', unit: 'ms', bound: 700, beside: '829 as TypeScript' },
  readyLater: { what: 'From exec to READY, later', unit: 'ms', bound: 700, beside: '526 as TypeScript' },
  readyTenth: {
    what: 'From exec to READY on a tenth of a core, first start',
    unit: 'ms',
    bound: 6_000,
    beside: '11,400 as TypeScript, 7,300 without types and unbundled',
  },
  memoryConnected: { what: 'Memory, connected', unit: 'MB', bound: 105, beside: '119.5 as TypeScript; Node alone 44' },
  memoryGifts: { what: 'Memory after 10,000 gifts', unit: 'MB', bound: 125, beside: '158.6 as TypeScript' },
  memoryBurst: { what: 'Most memory in a burst of 20,000 gifts', unit: 'MB', bound: 160, beside: '248' },
  memoryLives: { what: 'Memory more with three platforms connected', unit: 'MB', bound: 15, beside: '–' },
  healthBurst: { what: '`GET /health` in that burst, p99', unit: 'ms', bound: 50, beside: '198' },
  cpuWaiting: { what: 'CPU while it waits, light blinking', unit: '%', bound: 0.5, beside: '0.5' },
  cpuIdle: { what: 'CPU idle, light breathing', unit: '%', bound: 0.5, beside: '1.0' },
  cpuDrawing: { what: 'CPU drawing', unit: '%', bound: 2, beside: '3.6' },
  ingestShare: {
    what: 'Gift frames a second from socket to disk, of what the connector alone counts',
    unit: '',
    bound: 0.78,
    isLeast: true,
    beside: '0.66; the connector that only counts is 1',
  },
  tipWork: {
    what: 'Processor time of a tip from socket to disk, in those of a bare socket that counts',
    unit: '',
    bound: 15,
    beside: 'the socket that only counts is 1',
  },
  donationWork: {
    what: 'Processor time of a donation from socket to disk, in those of a bare socket that counts',
    unit: '',
    bound: 15,
    beside: 'the socket that only counts is 1',
  },
  loopDelay: { what: 'Delay of the event loop meanwhile, p99', unit: 'ms', bound: 15, beside: '–' },
  svgWays: {
    what: "Ways of the pen in a drawing, of what vpype's rules give, the worst of five",
    unit: '',
    bound: 1,
    beside: '–',
  },
  svgLifts: { what: 'Lifts in a drawing, of the same', unit: '', bound: 1, beside: '–' },
  svgLoopDelay: {
    what: 'Delay of the event loop while a child reads the largest drawing, p99',
    unit: 'ms',
    bound: 15,
    beside: '–',
  },
  lost: { what: 'Gifts lost meanwhile', unit: '', bound: 0, beside: '–' },
} as const satisfies Readonly<Record<string, Budget>>;

export type BudgetName = keyof typeof budgets;

/** What two runs on one quiet machine differ by. */
const noise = 1.1;

/**
 * Prints a figure beside its bound; one that breaks it by more than the noise makes the bench fail. `inSameRun` is what
 * the same run measured of something else, so that it can be seen how much of it is the machine's.
 */
export function figure(name: BudgetName, value: number, inSameRun: string | null = null): void {
  const { what, unit, bound, isLeast = false }: Budget = budgets[name];
  const isBroken = isLeast ? value < bound / noise : value > bound * noise;
  if (isBroken) process.exitCode = 1;
  const words = `${isLeast ? 'at least' : 'at most'} ${bound}${isBroken ? ': BROKEN' : ''}`;
  const beside = inSameRun === null ? '' : `; ${inSameRun}`;
  process.stdout.write(`${what.padEnd(52)} ${shown(value)} ${unit} (${words})${beside}\n`);
  const { BENCH_FIGURES: file } = process.env;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ name, value, inSameRun })}\n`);
}

/** A value with as many places as it is known by. */
export function shown(value: number): string {
  if (value >= 1_000) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(1).replace(/\.0$/, '') : value.toFixed(2).replace(/\.?0+$/, '');
}
