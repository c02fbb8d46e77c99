import { type SyncTimes, syncBoundsMs } from '../appliance/status.ts';
import { applianceStates } from '../domain/appliance-state.ts';
import { plainText } from '../domain/plain-text.ts';
import type { Vitals } from './route.ts';
import type { FullStatus } from './status-form.ts';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

const one = (value: number): readonly Sample[] => [[{}, value]];

/** The figures of an appliance in the text form of Prometheus, version 0.0.4. Times are in seconds. */
export function metricsText(status: FullStatus, sync: SyncTimes, vitals: Vitals | null): string {
  const { live, plotter } = status;
  const lines = [
    ...metric('livepen_state', 'gauge', 'The state of the appliance: 1 for the one that it is in.', [
      ...applianceStates.map((name): Sample => [{ state: name }, status.state.name === name ? 1 : 0]),
    ]),
    ...metric('livepen_live_heard', 'gauge', 'Whether the live is connected: 1 or 0.', one(live.heard ? 1 : 0)),
    ...metric(
      'livepen_live_connected',
      'gauge',
      'Whether each live is connected: 1 or 0.',
      (live.lives ?? []).map(({ name, heard }): Sample => [{ live: plainText(name) }, heard ? 1 : 0]),
    ),
    ...metric('livepen_gifts_total', 'counter', 'Gifts and other events in the ledger.', one(status.events)),
    ...metric(
      'livepen_gifts_unmapped',
      'gauge',
      'Gifts of this live that the map does not know.',
      one(status.unmappedGifts),
    ),
    ...strokeLines(status),
    ...metric(
      'livepen_sheet',
      'gauge',
      'The number of the open sheet, 0 when none is.',
      one(status.sheet?.number ?? 0),
    ),
    ...metric('livepen_reconnects_total', 'counter', 'Reconnects to the live.', one(live.reconnects)),
    ...metric('livepen_undecodable_total', 'counter', 'Frames that did not decode.', one(live.undecodable)),
    ...metric('livepen_gaps', 'gauge', 'Gaps in the connection to a live in the last day.', one(status.gaps.length)),
    ...metric('livepen_resends_total', 'counter', 'Lines that were sent to the plotter again.', one(plotter.resends)),
    ...metric('livepen_inbox_waiting', 'gauge', 'Events that wait for the disk.', one(status.inbox.waiting)),
    ...metric('livepen_inbox_lost_total', 'counter', 'Events that could not be kept.', one(status.inbox.lost)),
    ...(status.worker ? workerLines(status.worker) : []),
    ...syncLines(sync),
    ...(vitals === null ? [] : vitalLines(vitals)),
  ];
  return `${lines.join('\n')}\n`;
}

function strokeLines({ rows, strokes }: FullStatus): string[] {
  const perRow = (pick: (row: FullStatus['rows'][number]) => number): readonly Sample[] =>
    rows.map((row) => [{ row: row.row }, pick(row)]);
  return [
    ...metric(
      'livepen_strokes_credited_total',
      'counter',
      'Strokes credited.',
      perRow(({ credited }) => credited),
    ),
    ...metric(
      'livepen_strokes_drawn_total',
      'counter',
      'Strokes certain on paper.',
      perRow(({ drawn }) => drawn),
    ),
    ...metric(
      'livepen_strokes_spoiled_total',
      'counter',
      'Strokes that were drawn and have no ink.',
      perRow(({ spoiled }) => spoiled),
    ),
    ...metric(
      'livepen_strokes_voided_total',
      'counter',
      'Strokes taken back.',
      perRow(({ voided }) => voided),
    ),
    ...metric(
      'livepen_strokes_pending',
      'gauge',
      'Strokes owed.',
      perRow(({ pending }) => pending),
    ),
    ...metric(
      'livepen_strokes_uncertain_total',
      'counter',
      'Strokes that were uncertain on sheets that were taken away.',
      one(strokes.uncertain),
    ),
    ...metric(
      'livepen_strokes_in_hand',
      'gauge',
      'Strokes handed to the plotter and not certain.',
      one(strokes.inHand),
    ),
  ];
}

function workerLines({ isThere, lag, outlets }: NonNullable<FullStatus['worker']>): string[] {
  const perOutlet = (pick: (outlet: (typeof outlets)[number]) => number): readonly Sample[] => {
    // Two outlets of one name would make the same sample twice, which Prometheus refuses: the last one stands.
    const all = new Map(outlets.map((outlet) => [plainText(outlet.name), pick(outlet)]));
    return [...all].map(([name, value]) => [{ outlet: name }, value]);
  };
  const counted: readonly (readonly [
    name: string,
    type: string,
    help: string,
    pick: Parameters<typeof perOutlet>[0],
  ])[] = [
    ['sent_total', 'counter', 'What the worker sent, by outlet.', ({ sent }) => sent],
    ['retried_total', 'counter', 'Tries that failed and were made again.', ({ retried }) => retried],
    ['dropped_total', 'counter', 'What came too late, or failed, and is gone.', ({ dropped }) => dropped],
    ['waiting', 'gauge', 'What waits for an outlet.', ({ waiting }) => waiting],
    ['dead', 'gauge', 'Dead letters.', ({ dead }) => dead],
  ];
  return [
    ...metric('livepen_worker_up', 'gauge', 'Whether the worker reports: 1 or 0.', one(isThere ? 1 : 0)),
    ...(lag === undefined || lag === null
      ? []
      : [
          ...metric('livepen_worker_lag_entries', 'gauge', 'Entries that the worker has not read.', one(lag.entries)),
          ...metric('livepen_worker_lag_seconds', 'gauge', 'How old the oldest of them is.', one(lag.ms / 1_000)),
        ]),
    ...counted.flatMap(([name, type, help, pick]) => metric(`livepen_worker_${name}`, type, help, perOutlet(pick))),
  ];
}

function metric(name: string, type: string, help: string, samples: readonly Sample[]): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples.map((sample) => sampleLine(name, sample))];
}

function sampleLine(name: string, [labels, value]: Sample): string {
  const shown = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
  return `${name}${shown.length === 0 ? '' : `{${shown.join(',')}}`} ${value}`;
}

function escapeLabel(label: string): string {
  const text = plainText(label);
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function syncLines({ count, sumMs, maxMs, within }: SyncTimes): string[] {
  const name = 'livepen_sync_seconds';
  const buckets = syncBoundsMs.map((boundMs, index) => `${name}_bucket{le="${boundMs / 1000}"} ${within[index] ?? 0}`);
  return [
    `# HELP ${name} How long a durable write of the ledger took.`,
    `# TYPE ${name} histogram`,
    ...buckets,
    `${name}_bucket{le="+Inf"} ${count}`,
    `${name}_sum ${sumMs / 1000}`,
    `${name}_count ${count}`,
    ...metric('livepen_sync_seconds_max', 'gauge', 'The longest durable write.', one(maxMs / 1000)),
  ];
}

function vitalLines(vitals: Vitals): string[] {
  const { p50Ms, p99Ms, maxMs } = vitals.loopDelay();
  const { residentBytes, heapBytes } = vitals.memory();
  return [
    ...metric('livepen_loop_delay_seconds', 'gauge', 'How late the event loop came to its work since last asked.', [
      [{ quantile: '0.5' }, p50Ms / 1000],
      [{ quantile: '0.99' }, p99Ms / 1000],
      [{ quantile: '1' }, maxMs / 1000],
    ]),
    ...metric('livepen_resident_bytes', 'gauge', 'Memory of the process.', one(residentBytes)),
    ...metric('livepen_heap_bytes', 'gauge', 'Of it, objects of the program.', one(heapBytes)),
  ];
}
