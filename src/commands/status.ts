import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { formatProblems, loadConfig } from '../config/load.ts';
import { counted } from '../domain/counted.ts';
import { missingForm } from '../ledger/missing.ts';
import { ask, serviceHelp, urlOption } from './client.ts';
import { type Arguments, type Command, type Console, exit } from './command.ts';
import { duration, localTime } from './local-time.ts';
import { missingInWords } from './missing.ts';
import { defaultConfig } from './settings.ts';
import { isLoopback, linksOf, readTokens } from './tokens.ts';

const count = v.number();
const statusForm = v.object({
  state: v.object({ name: v.string(), what: v.string(), todo: v.nullable(v.string()), heard: v.boolean() }),
  paused: v.boolean(),
  live: v.object({
    phase: v.string(),
    room: v.nullable(v.string()),
    problem: v.nullable(v.object({ what: v.string() })),
    undecodable: count,
    kept: v.optional(v.nullable(v.object({ folder: v.string(), files: count, lastAtMs: count }))),
  }),
  plotter: v.object({
    link: v.string(),
    port: v.nullable(v.string()),
    firmware: v.nullable(v.string()),
    origin: v.string(),
  }),
  sheet: v.nullable(v.object({ number: count, certain: count, capacity: count, owedBeyond: count })),
  rows: v.array(
    v.object({
      row: v.string(),
      name: v.string(),
      pending: count,
      onSheet: v.nullable(v.object({ certain: count, capacity: count })),
    }),
  ),
  strokes: v.object({
    credited: count,
    creditedByTests: count,
    drawn: count,
    spoiled: count,
    pending: count,
    voided: count,
    doubtful: count,
  }),
  outlook: v.object({
    owed: v.nullable(v.object({ sheet: count, minutes: count })),
    gifts: v.array(v.object({ seq: count, sheet: count, minutes: count })),
  }),
  orphaned: v.array(v.object({ row: v.string(), pending: count })),
  unmappedGifts: count,
  lastGifts: v.array(
    v.object({
      seq: count,
      gift: v.string(),
      viewer: v.string(),
      count,
      strokes: count,
      mapped: v.boolean(),
      source: v.string(),
    }),
  ),
  inbox: v.object({ waiting: count, lost: count }),
  restoration: v.nullable(v.object({ movedTo: v.string(), missing: missingForm })),
});

type StatusForm = v.InferOutput<typeof statusForm>;

export const status: Command = {
  name: 'status',
  summary: 'how things are, on one screen',
  usage: 'status [--json] [--token] [--url URL]',
  details: [
    '  --json          the whole status as JSON',
    '  --token         instead, the links that let a browser in from the network',
    serviceHelp,
  ].join('\n'),
  options: { ...urlOption, json: { type: 'boolean' }, token: { type: 'boolean' } },
  async run(args, console) {
    if (args.options.token === true) return showLinks(args, console);
    const answer = await ask(args, console, 'GET', '/status');
    if (!answer.ok) return answer.code;
    if (args.options.json === true) {
      console.out(JSON.stringify(answer.value, null, 2));
      return exit.ok;
    }
    const checked = v.safeParse(statusForm, answer.value);
    if (!checked.success) {
      console.err('The service answers with another form of status: it has another version than this program.');
      return exit.failed;
    }
    console.out(screenOf(checked.output));
    return exit.ok;
  },
};

/** Prints where the page and the board are, with their tokens; they are secrets, so they are shown only when asked for. */
function showLinks({ options }: Arguments, console: Console): number {
  const file = typeof options.config === 'string' ? options.config : defaultConfig;
  const loaded = loadConfig(file, {
    readFile: (path) => readFileSync(path),
    stateDirectory: console.env.STATE_DIRECTORY,
  });
  if (!loaded.ok) {
    console.err(formatProblems(loaded.problems));
    return exit.config;
  }
  const { api } = loaded.config;
  if (isLoopback(api.host)) {
    const address = `http://${api.host.includes(':') ? `[${api.host}]` : api.host}:${api.port}`;
    console.out(
      `Only this machine reaches the page, and needs no token:\n  page    ${address}/\n  board   ${address}/board`,
    );
    console.out('With [api] host = "0.0.0.0" in the config the network reaches it too.');
    return exit.ok;
  }
  try {
    const tokens = readTokens(loaded.config);
    if (tokens === null) {
      console.err('There is no token yet: the service makes it at its first start.');
      return exit.failed;
    }
    const links = linksOf(api, tokens);
    console.out(`To sign in, open this once in a browser (it lets in whoever has it):\n  ${links.signIn}`);
    console.out(`The board for viewers, also as a browser source of OBS (add &transparent):\n  ${links.board}`);
    return exit.ok;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    console.err(`The tokens cannot be read: ${why}.\nBe of the service's group (livepen), or use sudo.`);
    return exit.failed;
  }
}

/** What a terminal shows at once, if nobody made it larger. */
const screenLines = 24;
const screenColumns = 80;
/** So many of the last gifts are told however long the rest is. */
const giftsMin = 2;

/** The status as one screen of text. */
function screenOf({ state, live, plotter, sheet, rows, strokes, outlook, ...rest }: StatusForm): string {
  const heard = state.heard ? `heard${live.room === null ? '' : ` (room ${live.room})`}` : 'not heard';
  const firmware = plotter.firmware?.replace(/ \(.*$/, '') ?? null;
  const device = [firmware, plotter.port].filter((part) => part !== null).join(' on ');
  const lines = [
    `${state.name.toUpperCase()}  ${state.what}`,
    ...(state.todo === null ? [] : [`  -> ${state.todo}`]),
    '',
    `live     ${heard}${live.problem === null ? '' : `: ${live.problem.what}`}`,
    `plotter  ${plotter.link}${device === '' ? '' : `, ${device}`}, origin ${plotter.origin}`,
    `sheet    ${sheet === null ? 'none' : `${sheet.number}, ${sheet.certain} of ${sheet.capacity} strokes`}`,
    `strokes  ${strokes.drawn - strokes.spoiled} drawn, ${strokes.pending} owed, ${strokes.credited} credited (${strokes.creditedByTests} by tests), ${strokes.doubtful} doubtful`,
    ...(outlook.owed === null ? [] : [`owed     until sheet ${outlook.owed.sheet}, ${inAbout(outlook.owed.minutes)}`]),
    ...(strokes.voided === 0
      ? []
      : [
          `void     ${counted(strokes.voided, 'stroke')} will not be drawn: taken back, or more than one gift may draw`,
        ]),
    ...unread(live),
    ...warnings(rest),
    '',
    ...rows.map(rowLine),
  ];
  // Two lines of the screen go for a heading, one for the prompt.
  const room = Math.max(giftsMin, screenLines - lines.length - 3);
  return [...lines, ...lastGifts(rest.lastGifts.slice(0, room), outlook.gifts)].join('\n');
}

/** A gift that nobody could read may be lost: that is never silent. */
function unread({ undecodable, kept = null }: StatusForm['live']): string[] {
  const now =
    undecodable === 0 ? [] : [`${counted(undecodable, 'message')} of the live did not decode: gifts may be lost`];
  const look =
    kept === null
      ? []
      : [`${counted(kept.files, 'message')} kept in ${kept.folder}, the newest of ${localTime(kept.lastAtMs)}`];
  const parts = [...now, ...look];
  return parts.length === 0 ? [] : [`UNREAD   ${parts.join('; ')}`];
}

function warnings({
  orphaned,
  unmappedGifts,
  inbox,
  restoration,
  paused,
}: Pick<StatusForm, 'orphaned' | 'unmappedGifts' | 'inbox' | 'restoration' | 'paused'>): string[] {
  return [
    ...(restoration === null
      ? []
      : [`RESTORED the ledger was damaged (${restoration.movedTo}); ${missingInWords(restoration)}`]),
    ...(paused ? ['paused   until somebody says `livepen resume`, or presses'] : []),
    ...orphaned.map(
      ({ row, pending }) => `orphaned ${counted(pending, 'stroke')} of row ${row}, which the config no longer has`,
    ),
    ...(unmappedGifts > 0 ? [`unmapped ${counted(unmappedGifts, 'gift')} not in the gift map`] : []),
    ...(inbox.waiting > 0 ? [`waiting  ${counted(inbox.waiting, 'event')} for the disk`] : []),
    ...(inbox.lost > 0 ? [`LOST     ${counted(inbox.lost, 'event')} while the disk failed`] : []),
  ];
}

const barWidth = 40;

function rowLine({ row, name, pending, onSheet }: StatusForm['rows'][number]): string {
  const label = `${row.padStart(4)}  ${name.slice(0, 16).padEnd(16)}`;
  if (onSheet === null) return `${label} not on this sheet, ${pending} owed`;
  const { certain, capacity } = onSheet;
  const cells = (strokes: number) => Math.round((Math.min(strokes, capacity) / capacity) * barWidth);
  const inked = cells(certain);
  const owed = cells(certain + pending) - inked;
  const bar = '█'.repeat(inked) + '▒'.repeat(owed) + '·'.repeat(barWidth - inked - owed);
  return `${label} ${bar} ${certain}/${capacity}${pending > 0 ? ` +${pending}` : ''}`;
}

/** As long as nothing else comes; without the time that a change of paper takes. */
function inAbout(minutes: number): string {
  return `in about ${duration(minutes * minuteMs)}`;
}

const minuteMs = 60_000;

function lastGifts(gifts: StatusForm['lastGifts'], forecasts: StatusForm['outlook']['gifts']): string[] {
  if (gifts.length === 0) return [];
  return [
    '',
    'last gifts',
    ...gifts.map(({ seq, gift, viewer, count: times, strokes, mapped, source }) => {
      const ahead = forecasts.find((each) => each.seq === seq);
      const when = ahead === undefined ? '' : `, sheet ${ahead.sheet} ${inAbout(ahead.minutes)}`;
      const kind = source === 'live' ? '' : ` [${source}]`;
      const whole = `  ${times} x ${gift}${viewer === '' ? '' : ` from ${viewer}`}${kind}: ${mapped ? `${counted(strokes, 'stroke')}${when}` : 'not in the gift map'}`;
      return whole.length <= screenColumns ? whole : `${whole.slice(0, screenColumns - 1)}…`;
    }),
  ];
}
