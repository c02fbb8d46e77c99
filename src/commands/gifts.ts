import { sentenceOf } from '../appliance/gift-book.ts';
import type { GiftSeen } from '../ledger/reports.ts';
import { systemClock } from '../system/clock.ts';
import { stderrLog } from '../system/log.ts';
import { tell, urlHelp, urlOption } from './client.ts';
import { type Arguments, type Command, type Console, exit } from './command.ts';
import { readerHelp, readerOptions, withLedger } from './ledger-reader.ts';
import { configPath } from './run.ts';
import { readSettings } from './settings.ts';

/** Shows which gifts come, and maps them. */
export const gifts: Command = {
  name: 'gifts',
  summary: 'which gifts came, and which rows they pay into',
  usage: 'gifts seen | gifts map NAME ROW[,ROW...] | gifts backfill NAME | gifts reload',
  details: [
    'seen       lists what came on the last live, and whether it is mapped',
    'map        writes into the gift map that a gift, by name or id, pays into these rows,',
    '           filled in that order; a running service takes it over by itself; with --url,',
    '           into the gift map of the service there',
    'backfill   credits the gifts of this live that were not mapped when they came, once',
    'reload     takes the gift map over now',
    '',
    readerHelp,
    urlHelp,
  ].join('\n'),
  options: { ...readerOptions, ...urlOption },
  words: [1, 3],
  async run(args, console) {
    const [what, name, rows] = args.words;
    if (what === 'seen' && name === undefined)
      return withLedger(args, console, ({ questions }) => {
        const room = questions.newestRoom();
        console.out(room === null ? 'No gift of a live has come yet.' : tableOf(questions.giftsSeen(room)));
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
      return tell(args, console, '/gifts/backfill', { gift: name });
    }
    if (what === 'reload' && name === undefined) return tell(args, console, '/gifts/reload');
    console.err('Say `livepen gifts seen`, `gifts map NAME ROW`, `gifts backfill NAME` or `gifts reload`.');
    return exit.usage;
  },
};

/** In the file of this machine, unless a service somewhere else is named: then in its. */
async function map(args: Arguments, console: Console, name: string, rows: readonly string[]): Promise<number> {
  const { options } = args;
  if (typeof options.url === 'string') return tell(args, console, '/gifts/map', { gift: name, rows });
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
  console.err(mapped.problems.map(sentenceOf).join('\n'));
  return exit.config;
}

function tableOf(seen: readonly GiftSeen[]): string {
  const width = Math.max(4, ...seen.map(({ gift }) => gift.length));
  return [
    `${'gift'.padEnd(width)}        id  coins  given  viewers  strokes`,
    ...seen.map(({ gift, giftId, coins, count, viewers, strokes, mapped }) => {
      const cells = [
        giftId.padStart(9),
        String(coins).padStart(6),
        String(count).padStart(6),
        String(viewers).padStart(8),
      ];
      return `${gift.padEnd(width)} ${cells.join(' ')} ${mapped ? String(strokes).padStart(8) : 'not mapped'}`;
    }),
  ].join('\n');
}
