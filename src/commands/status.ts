import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { type FullStatus, statusForm } from '../api/status-form.ts';
import { formatProblems, loadConfig } from '../config/load.ts';
import { stateTitles, type WaitsFor } from '../domain/appliance-state.ts';
import { counted, escapedJson, giftInWords, localTime, plainText } from '../domain/plain-text.ts';
import { callService, serviceHelp, urlOption } from './client.ts';
import {
  type Arguments,
  type Command,
  type Console,
  columns,
  columnsOf,
  cutTo,
  duration,
  exit,
  padTo,
  whyOf,
  wrapEntry,
} from './command.ts';
import { emptyInWords, inMemoryInWords, missingInWords, replacedInWords } from './missing.ts';
import { defaultConfig } from './settings.ts';
import { isLoopback, linksByNumber, linksOf, readTokens } from './tokens.ts';

/**
 * Prints where the page and the board are, with their tokens; they are secrets, so they are shown only when asked for.
 */
async function showLinks({ options }: Arguments, console: Console): Promise<number> {
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
    const byNumber = linksByNumber(api, tokens);
    const links = [linksOf(api, tokens), ...byNumber];
    const which = byNumber.length === 0 ? 'this' : 'one of these';
    console.out(`To sign in, open ${which} once in a browser (it lets in whoever has it):`);
    for (const { signIn } of links) console.out(`  ${signIn}`);
    if (console.isTerminal) console.drive(await codeOf((byNumber[0] ?? linksOf(api, tokens)).signIn));
    console.out(`The board for viewers, ${which}, also as a browser source of OBS (add &transparent):`);
    for (const { board } of links) console.out(`  ${board}`);
    return exit.ok;
  } catch (error) {
    console.err(
      `The tokens cannot be read: ${whyOf(error, console)}.\nJoin the service's group (livepen), or use sudo.`,
    );
    return exit.failed;
  }
}

/** White on black, whatever the colours of the terminal: so a camera reads it everywhere. */
const whiteOnBlack = '\u001b[97;40m';
const asBefore = '\u001b[0m';

/** A link as a QR code for a phone's camera; the library is loaded only here. */
export async function codeOf(link: string): Promise<string> {
  const { default: encodeQR } = await import('qr');
  const lines = encodeQR(link, 'ascii', { ecc: 'low', border: 2 }).trimEnd().split('\n');
  return lines.map((line) => `  ${whiteOnBlack}${line}${asBefore}`).join('\n');
}

export const status: Command = {
  name: 'status',
  summary: 'the status, on one screen',
  usage: 'status [--json] [--token] [--url URL]',
  details: [
    '  --json          the whole status as JSON',
    '  --token         instead, the links that let a browser in from the network',
    serviceHelp,
  ].join('\n'),
  options: { ...urlOption, json: { type: 'boolean' }, token: { type: 'boolean' } },
  async run(args, console) {
    if (args.options.token === true) return showLinks(args, console);
    const answer = await callService(args, console, { method: 'GET', path: '/status' }, v.unknown());
    if (!answer.ok) return answer.code;
    if (args.options.json === true) {
      console.out(escapedJson(answer.value));
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

/** What a terminal shows at once, if nobody made it larger; one line of it is the prompt's. */
const screenLines = 24 - 1;
/** What stands before each line but the first of a part. */
const indent = ' '.repeat(9);
/** The status as one screen of text: what matters less gives way, the last gifts first. */
function screenOf({ state, live, plotter, sheet, rows, strokes, outlook, ...rest }: FullStatus): string {
  const firmware = plotter.firmware?.replace(/ \(.*$/, '') ?? null;
  const device = [firmware, plotter.port].filter((part) => part !== null).join(' on ');
  const entry = (name: string, text: string) => wrapEntry(name.padEnd(8).concat(' '), text);
  const head = [
    ...wrapEntry(`${stateTitles[state.name].toUpperCase()}  `, state.what),
    ...(state.todo === null ? [] : wrapEntry('  -> ', state.todo)),
  ];
  const figures = [
    ...livesInWords(live, state).flatMap((text, index) => entry(index === 0 ? 'live' : '', text)),
    ...entry('plotter', `${plotter.link}${device === '' ? '' : `, ${device}`}, origin ${plotter.origin}`),
    ...entry('sheet', sheet === null ? 'none' : `${sheet.number}, ${sheet.certain} of ${sheet.capacity} strokes`),
    ...entry(
      'strokes',
      `${strokes.drawn - strokes.spoiled} drawn, ${strokes.pending} owed, ${strokes.credited} credited (${strokes.creditedByTests} by tests), ${strokes.uncertain} uncertain`,
    ),
    ...(outlook.owed === null
      ? []
      : entry(
          'owed',
          `until sheet ${outlook.owed.sheet}, ${inAbout(outlook.owed.minutes, outlook.waitsFor)}${needsPaper(outlook) ? ' of drawing, with fresh paper in between' : ''}`,
        )),
    ...drawingsInWords(rest.drawings, outlook).flatMap((text, index) => entry(index === 0 ? 'drawing' : '', text)),
    ...penInWords(rest.pen).flatMap((text) => entry('pen', text)),
    ...workerInWords(rest.worker ?? null).flatMap((text) => entry('worker', text)),
    ...(strokes.voided === 0
      ? []
      : entry(
          'void',
          `${counted(strokes.voided, 'stroke')} will not be drawn: taken back, or more than one gift may draw`,
        )),
    ...[...unread(live), ...warnings(rest)].flatMap(([name, text]) => entry(name, text)),
  ];
  const gifts = giftLines(rest.lastGifts, outlook, columns - indent.length);
  const wide = rows.map(rowLine);
  const taken = head.length + figures.length;
  // Two blank lines stand between the parts.
  const room = screenLines - taken - wide.length - 2;
  if (room >= 0) {
    const shown = gifts.slice(0, room).map((line, index) => `${index === 0 ? 'gifts    ' : indent}${line}`);
    return [...head, '', ...figures, ...shown, '', ...wide].join('\n');
  }
  return [...head, ...figures, ...(room >= -2 ? wide : inPairs(rows.map(narrowRow)))].join('\n');
}

/** It reports every 15 s. */
const behindShownMs = 60_000;

/** Whether a worker is there, what its outlets say, and what waits for a person; nothing where none ever reported. */
function workerInWords(worker: NonNullable<FullStatus['worker']> | null): readonly string[] {
  if (worker === null) return [];
  if (!worker.isThere) return [`gone since ${localTime(worker.atMs)}`];
  const dead = worker.outlets.reduce((sum, each) => sum + each.dead, 0);
  const faults = worker.outlets.flatMap(({ fault }) => (fault === null ? [] : [fault]));
  const names = worker.outlets.map(({ name }) => name).join(', ');
  const { entries = 0, ms = 0 } = worker.lag ?? {};
  const behind = ms < behindShownMs ? [] : [`${counted(entries, 'entry', 'entries')} behind, for ${duration(ms)}`];
  const letters = dead === 0 ? [] : [`${counted(dead, 'dead letter')} (\`livepen worker dead list\`)`];
  // Each fault is a sentence, and only the last one ends the line.
  return [[names === '' ? 'no outlet' : names, ...behind, ...letters, ...faults].join('; ').replaceAll('.; ', '; ')];
}

/** Which pen is in the holder and how far it has drawn; nothing where the config does not speak of it. */
function penInWords({ name, drawnMetres, metres, isLow }: FullStatus['pen']): string[] {
  if (name === '' && metres === null) return [];
  const named = name === '' ? '' : `${plainText(name)}, `;
  const drawn = `${drawnMetres.toFixed(drawnMetres < 10 ? 1 : 0)}${metres === null ? '' : ` of ${metres}`} m drawn`;
  return [`${named}${drawn}${isLow ? '. Change it with the paper, then run `livepen pen changed`' : ''}`];
}

/** So many drawings have a line of their own. */
const drawingLines = 2;

/** The drawings that are owed, the oldest first: which, for whom, how far. */
export function drawingsInWords(
  drawings: FullStatus['drawings'],
  { drawings: ahead, waiting }: Pick<FullStatus['outlook'], 'drawings' | 'waiting'>,
): string[] {
  const lines = drawings.slice(0, drawingLines).map(({ id, name, viewer, state, sheet, plate, paths, certain }) => {
    const minutes = ahead.find((each) => each.id === id)?.minutes;
    const whose = `${id}, ${name === '' ? 'without a name' : plainText(name)}${viewer === '' ? '' : ` for ${plainText(viewer)}`}`;
    if (state === 'waiting') return `${whose}: waits for a plate${ofWaiting(waiting.find((each) => each.id === id))}`;
    const time = minutes === undefined ? '' : `, about ${duration(minutes * minuteMs)} of drawing`;
    return `${whose}: ${certain} of ${paths} paths on plate ${plate ?? ''} of sheet ${sheet ?? 0}${time}`;
  });
  const more = drawings.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

/** On which sheet a drawing gets its plate, and how long the pen is at it. */
function ofWaiting(found: FullStatus['outlook']['waiting'][number] | undefined): string {
  if (found === undefined) return '';
  const { sheet, minutes } = found;
  return ` of sheet ${sheet}${minutes === null ? '' : `, about ${duration(minutes * minuteMs)} of drawing`}`;
}

/** What stands in its own line, by what it is. */
type Warning = readonly [name: string, text: string];

/**
 * Why no live is heard, what to do, and when it is tried again on the clock on the wall; once, where the state says it.
 */
function unheard(
  { problem, silence = null }: OneLive,
  { what: said, todo }: Pick<FullStatus['state'], 'what' | 'todo'>,
): string[] {
  const what = (silence?.what ?? problem?.what ?? '').replace(/^Not connected to the live: /, '');
  const next = silence?.nextAtMs ?? null;
  const until = next === null ? '' : `, next attempt at ${localTime(next).slice(11)}`;
  const isSaid = (text: string) => text === '' || `${said} ${todo ?? ''}`.includes(text);
  const remedy = silence?.todo ?? '';
  return [`not connected${until}`, ...(isSaid(what) ? [] : [what]), ...(isSaid(remedy) ? [] : [`-> ${remedy}`])];
}

type LiveForm = FullStatus['live'];
type OneLive = Pick<LiveForm, 'heard' | 'room' | 'problem' | 'silence' | 'standIn'>;

/** One live, or each of several by its name. */
export function livesInWords(live: LiveForm, said: Pick<FullStatus['state'], 'what' | 'todo'>): string[] {
  const { lives = [] } = live;
  if (lives.length < 2 && lives[0]?.isOff !== true) return liveInWords(live, said);
  return lives.map((each) => {
    const parts = each.isOff ? ['switched off'] : liveInWords(each, said);
    return `${plainText(each.name)}: ${parts.reduce(joinedParts)}`;
  });
}

/** On one line: what to do is a sentence of its own after one. */
function joinedParts(text: string, part: string): string {
  return text.endsWith('.') ? `${text} ${part.replace(/^-> /, '')}` : `${text}; ${part}`;
}

function liveInWords(live: OneLive, said: Pick<FullStatus['state'], 'what' | 'todo'>): string[] {
  const heard = [`connected${live.room === null ? '' : ` (room ${live.room})`}`];
  return [...(live.heard ? heard : unheard(live, said)), ...standIn(live)];
}

/** The provider that is configured is left alone: said until it hears again. */
function standIn({ standIn: now = null }: OneLive): string[] {
  return now === null ? [] : [standInWords(now)];
}

/** Which provider stands in for which, until when and why, and what to do about that. */
export function standInWords({
  provider,
  insteadOf,
  why,
  todo,
  untilMs,
}: NonNullable<FullStatus['live']['standIn']>): string {
  const until = untilMs === null ? '' : ` until ${localTime(untilMs).slice(11)}`;
  return `by "${provider}" in place of "${insteadOf}"${until}: ${why}${todo === null ? '' : `. ${todo}`}`;
}

/** A gift that nobody could read may be lost: that is never silent. */
function unread({ undecodable, kept = null }: FullStatus['live']): Warning[] {
  const now =
    undecodable === 0 ? [] : [`${counted(undecodable, 'message')} of the live could not be decoded: gifts may be lost`];
  const look =
    kept === null
      ? []
      : [`${counted(kept.files, 'message')} kept in ${kept.folder}, the newest of ${localTime(kept.lastAtMs)}`];
  const parts = [...now, ...look];
  return parts.length === 0 ? [] : [['UNREAD', parts.join('; ')]];
}

function warnings({
  orphaned,
  unmappedGifts,
  inbox,
  restoration,
  ledgerInMemory,
  ledgerWasEmpty,
  paused,
}: Pick<
  FullStatus,
  'orphaned' | 'unmappedGifts' | 'inbox' | 'restoration' | 'ledgerInMemory' | 'ledgerWasEmpty' | 'paused'
>): Warning[] {
  const orphans = orphaned.map(({ row, pending }) => `${counted(pending, 'stroke')} of row ${row}`).join(', ');
  return [
    ...(restoration === null
      ? []
      : [['RESTORED', `${replacedInWords(restoration)}; ${missingInWords(restoration)}`] as const]),
    ...(ledgerWasEmpty ? [['NEW', emptyInWords] as const] : []),
    ...(ledgerInMemory === null ? [] : [['MEMORY', inMemoryInWords(ledgerInMemory)] as const]),
    ...(paused ? [['paused', 'until somebody runs `livepen resume`'] as const] : []),
    ...(orphans === '' ? [] : [['orphaned', `in rows that the config no longer has: ${orphans}`] as const]),
    ...(unmappedGifts > 0 ? [['unmapped', `${counted(unmappedGifts, 'gift')} not in the gift map`] as const] : []),
    ...(inbox.waiting > 0 ? [['waiting', `${counted(inbox.waiting, 'event')} for the disk`] as const] : []),
    ...(inbox.lost > 0
      ? [
          [
            'LOST',
            `${counted(inbox.lost, 'event')}: ${(inbox.lostWhy ?? 'the disk failed').replace(/\.$/, '')}`,
          ] as const,
        ]
      : []),
  ];
}

type Row = FullStatus['rows'][number];

function rowLine({ row, name, pending, onSheet }: Row): string {
  const label = `${row.padStart(4)}  ${padTo(cutTo(name, 16), 16)}`;
  if (onSheet === null) return `${label} not on this sheet, ${pending} owed`;
  const { certain, capacity } = onSheet;
  const owed = pending > 0 ? ` +${pending}` : '';
  return cutTo(`${label} ${barOf(certain, pending, capacity, 40)} ${certain}/${capacity}${owed}`, columns);
}

/** A row in half the width, where there are many lines. */
function narrowRow({ row, name, pending, onSheet }: Row): string {
  const { certain, capacity } = onSheet ?? { certain: 0, capacity: 0 };
  const figures = onSheet === null ? `+${pending}` : `${certain}/${capacity}${pending > 0 ? ` +${pending}` : ''}`;
  const bar = onSheet === null ? 'no place' : barOf(certain, pending, capacity, 8);
  return cutTo(`${row.padStart(3)} ${padTo(cutTo(name, 10), 10)} ${bar} ${figures}`, columns / 2 - 1);
}

function inPairs(cells: readonly string[]): string[] {
  const half = Math.ceil(cells.length / 2);
  return cells.slice(0, half).map((cell, index) => `${padTo(cell, columns / 2)}${cells[half + index] ?? ''}`.trimEnd());
}

function barOf(certain: number, pending: number, capacity: number, width: number): string {
  const cells = (strokes: number) => Math.round((Math.min(strokes, capacity) / capacity) * width);
  const inked = cells(certain);
  const owed = cells(certain + pending) - inked;
  return '█'.repeat(inked) + '▒'.repeat(owed) + '·'.repeat(width - inked - owed);
}

/** What has to come first, for people. */
const onceWords: Readonly<Record<WaitsFor, string>> = {
  plotter: 'once the plotter is back',
  mending: 'once that is fixed',
  origin: 'once the origin is set',
  paper: 'once fresh paper is in',
  resume: 'once it goes on',
  live: 'at the next live',
};

/** As long as nothing else comes; without the time that a change of paper takes. */
function inAbout(minutes: number, waitsFor: WaitsFor | null): string {
  const time = duration(minutes * minuteMs);
  return waitsFor === null ? `in about ${time}` : `${onceWords[waitsFor]}: about ${time} of drawing`;
}

/** The pen draws, and what is owed last is for a later sheet. */
function needsPaper({ waitsFor, owed }: FullStatus['outlook']): boolean {
  return waitsFor === null && owed?.waitsFor === 'paper';
}

const minuteMs = 60_000;

/** The last gifts, one a line: where one is too long its names give way, never what becomes of it. */
function giftLines(
  gifts: FullStatus['lastGifts'],
  { gifts: forecasts }: FullStatus['outlook'],
  width: number,
): string[] {
  return gifts.map((each) => {
    const { seq, kind, gift, viewer, count: times, strokes, mapped, origin } = each;
    const isAmount = kind === 'donation' || kind === 'tip';
    const ahead = forecasts.find((forecast) => forecast.seq === seq);
    const when =
      ahead === undefined
        ? ''
        : `, sheet ${ahead.sheet} ${ahead.waitsFor === null ? inAbout(ahead.minutes, null) : onceWords[ahead.waitsFor]}`;
    const fate = mapped ? `${counted(strokes, 'stroke')}${when}` : 'not in the gift map';
    const line = (names: { readonly gift: string; readonly viewer: string }) =>
      `${origin === 'hand' || isAmount ? '' : `${times} x `}${giftInWords({ origin, ...names })}: ${fate}`;
    const over = columnsOf(line(each)) - width;
    if (over <= 0) return line(each);
    // The longer of the two names gives way first.
    const apart = columnsOf(viewer) - columnsOf(gift);
    const ofViewer = Math.min(over, Math.max(0, origin === 'hand' ? over : Math.ceil((over + apart) / 2)));
    const names = {
      viewer: cutTo(viewer, columnsOf(viewer) - ofViewer),
      gift: cutTo(gift, columnsOf(gift) - over + ofViewer),
    };
    return cutTo(line(names), width);
  });
}
