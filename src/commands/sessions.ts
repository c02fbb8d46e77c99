import { localTime, plainText } from '../domain/plain-text.ts';
import type { SessionRecord } from '../ledger/records.ts';
import { type Command, exit, wrapLines } from './command.ts';
import { readerHelp, readerOptions, withLedger } from './ledger-reader.ts';

const usualLimit = 20;
const limitMax = 1_000;

/** Lists the past lives. */
export const sessions: Command = {
  name: 'sessions',
  summary: 'past lives, each with the name by which it is replayed',
  usage: 'sessions [--limit N]',
  details: [
    'Lists the times of listening to a live, the newest first. One of them is played',
    'again with `livepen replay --session ID`.',
    '',
    `  --limit N       so many of them (default ${usualLimit})`,
    readerHelp,
  ].join('\n'),
  options: { ...readerOptions, limit: { type: 'string' } },
  async run(args, console) {
    const limit = args.options.limit === undefined ? usualLimit : Number(args.options.limit);
    if (!Number.isInteger(limit) || limit < 1 || limit > limitMax) {
      console.err(`"${args.options.limit}" is no number of sessions. Give 1 to ${limitMax}.`);
      return exit.usage;
    }
    return withLedger(args, console, ({ questions }) => {
      const part = questions.sessions(limit, null);
      const items = part?.items ?? [];
      console.out(items.length === 0 ? 'No live has been heard yet.' : items.map(inWords).join('\n'));
      if (part?.next !== null && part !== null) console.out('There are older ones: give a larger --limit.');
      return exit.ok;
    });
  },
};

/** A session on two lines: when and why it ended, and the name to replay it by. */
function inWords({ id, room, origin, openedAtMs, closedAtMs, why, ended }: SessionRecord): string {
  const until = closedAtMs !== null ? `until ${localTime(closedAtMs)}` : ended ? 'has ended' : 'lasts';
  const over = ended ? 'the live ended' : why;
  const reason = closedAtMs === null || over === null ? '' : `, ${over.replace(/\.$/, '')}`;
  const from = origin === 'live' ? `room ${room}` : origin;
  return wrapLines(
    `${plainText(`${localTime(openedAtMs)}, ${until}${reason}`)}\n  ${plainText(`${from}, --session ${id}`)}`,
  );
}
