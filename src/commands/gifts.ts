import { plainText } from '../domain/plain-text.ts';
import type { GiftSeen } from '../ledger/reports.ts';
import { systemClock } from '../system/clock.ts';
import { stderrLog } from '../system/log.ts';
import { sendCommand, urlHelp, urlOption } from './client.ts';
import { type Arguments, type Command, type Console, columns, columnsOf, exit, padTo, wrapLines } from './command.ts';
import { readerHelp, readerOptions, withLedger } from './ledger-reader.ts';
import { configPath } from './run.ts';
import { readSettings } from './settings.ts';

/** Shows which gifts come, and maps them. */
export const gifts: Command = {
  name: 'gifts',
  summary: 'which gifts came, and which rows they pay into',
  usage: 'gifts [seen | map NAME ROW[,ROW...] | backfill NAME | reload]',
  details: [
    'seen       lists what came on the last live, on every platform, and whether it is',
    '           mapped; so does `livepen gifts` alone',
    'map        writes into the gift map that a gift, by name or id, pays into these',
    '           rows, filled in that order; a running service takes it over by',
    '           itself; with --url, into the gift map of the service there',
    'backfill   credits the gifts of this live that were not mapped when they came,',
    '           once; also donations by their currency, as USD, and tips as tokens;',
    '           likes, follows, shares, subscriptions, wheels, goals or raids where the',
    '           config keeps them',
    'reload     takes the gift map over now',
    '',
    readerHelp,
    urlHelp,
  ].join('\n'),
  options: { ...readerOptions, ...urlOption },
  words: [0, 3],
  async run(args, console) {
    const [what = 'seen', name, rows] = args.words;
    if (what === 'seen' && name === undefined)
      return withLedger(args, console, ({ questions }) => {
        const rooms = questions.roomsOfLastLive();
        const tables = rooms.map(({ platform, channel, room }) => {
          const heading = rooms.length === 1 ? '' : `${plainText(`${platform} ${channel}`).trim() || room}:\n`;
          return `${heading}${tableOf(questions.giftsSeen(room))}`;
        });
        console.out(rooms.length === 0 ? 'No gift of a live has come yet.' : tables.join('\n\n'));
        if (args.words.length === 0) console.out(`\n${hint}`);
        return exit.ok;
      });
    if (what === 'map' && name !== undefined && rows !== undefined) {
      return map(
        args,
        console,
        name,
        rows.split(',').map((row) => row.trim()),
      );
    }
    if (what === 'backfill' && name !== undefined && rows === undefined) {
      return sendCommand(args, console, '/gifts/backfill', { gift: name });
    }
    if (what === 'reload' && name === undefined) return sendCommand(args, console, '/gifts/reload');
    console.err('Run `livepen gifts seen`, `gifts map NAME ROW`, `gifts backfill NAME` or `gifts reload`.');
    return exit.usage;
  },
};

const hint =
  'A gift is mapped with `livepen gifts map NAME ROW`; those of this live that came\n' +
  'before are credited with `livepen gifts backfill NAME`.';

/** In the file of this machine, unless a service somewhere else is named: then in its. */
async function map(args: Arguments, console: Console, name: string, rows: readonly string[]): Promise<number> {
  const { options } = args;
  if (typeof options.url === 'string') return sendCommand(args, console, '/gifts/map', { gift: name, rows });
  const log = stderrLog(systemClock().wallMs, 'text');
  const read = readSettings(configPath(options), log, console.env.STATE_DIRECTORY);
  if (!read.ok) {
    console.err(read.problems);
    return exit.config;
  }
  const mapped = read.settings.gifts.map(name, rows);
  if (mapped.ok) {
    console.out(
      `"${name}" pays into ${rows.join(', then ')}. Earlier gifts of this live: \`livepen gifts backfill "${name}"\`.`,
    );
    return exit.ok;
  }
  console.err(`${mapped.fault.what}\n${mapped.fault.remedy}`);
  return mapped.fault.code.startsWith('gift-map') ? exit.config : exit.usage;
}

/** A name is never cut, since it may be copied for the map: a longer one stands above its figures. */
const giftColumnsMax = 24;

function tableOf(all: readonly GiftSeen[]): string {
  const seen = all.map((each) => {
    const [name, giftId, receiver] = [plainText(each.gift), plainText(each.giftId), plainText(each.receiver)];
    const gift = each.amount !== '' ? each.amount : name !== '' ? name : giftId === '' ? 'gift' : `gift ${giftId}`;
    return { ...each, gift, giftId, receiver };
  });
  const width = Math.max(4, ...seen.map(({ gift }) => columnsOf(gift)).filter((each) => each <= giftColumnsMax));
  const hasReceiver = seen.some(({ receiver }) => receiver !== '');
  return [
    `${'gift'.padEnd(width)}        id  coins  given  viewers  strokes${hasReceiver ? '  to' : ''}`,
    ...seen.map(({ gift, giftId, coins, count, viewers, strokes, mapped, receiver, receiverIs }) => {
      const cells = [
        giftId.padStart(9),
        String(coins).padStart(6),
        String(count).padStart(6),
        String(viewers).padStart(8),
      ];
      const pays = mapped ? String(strokes).padStart(8) : 'not mapped';
      const to = `${receiver === '' ? 'the host' : receiver}${receiverIs === 'guest' ? ' (guest)' : ''}`;
      const name = columnsOf(gift) <= width ? padTo(gift, width) : `${wrapLines(gift)}\n${' '.repeat(width)}`;
      const line = `${name} ${cells.join(' ')} ${pays}`;
      const last = line.split('\n').at(-1) ?? '';
      if (!hasReceiver) return line;
      return columnsOf(`${last}  ${to}`) <= columns ? `${line}  ${to}` : `${line}\n${wrapLines(`    to ${to}`)}`;
    }),
  ].join('\n');
}
