import { counted, localTime, plainText } from '../domain/plain-text.ts';
import type { NightReport } from '../ledger/reports.ts';
import { systemClock } from '../system/clock.ts';
import { sendCommand, urlHelp, urlOption } from './client.ts';
import { type Command, duration, exit, wrapLines } from './command.ts';
import { readerHelp, readerOptions, withLedger } from './ledger-reader.ts';

const defaultHours = 12;
const hourMs = 3_600_000;

/** What the last lives came to, and what becomes of what is left. */
export const report: Command = {
  name: 'report',
  summary: 'what was given and drawn, and what is left',
  usage: 'report [--hours N]  |  report --close carry|void --why REASON',
  details: [
    `  --hours N       how far back the report goes (default ${defaultHours})`,
    '  --close carry   what is still owed goes on with the next live',
    '  --close void    what is still owed is taken back',
    '  --why REASON    the reason, kept in the ledger',
    readerHelp,
    urlHelp,
  ].join('\n'),
  options: {
    ...readerOptions,
    ...urlOption,
    hours: { type: 'string' },
    close: { type: 'string' },
    why: { type: 'string' },
  },
  async run(args, console) {
    const { close, why } = args.options;
    if (close !== undefined) {
      if ((close !== 'carry' && close !== 'void') || typeof why !== 'string') {
        console.err('Say carry or void, and why: `livepen report --close void --why "the live was a rehearsal"`.');
        return exit.usage;
      }
      return sendCommand(args, console, '/report/close', { how: close, why });
    }
    const hours = args.options.hours === undefined ? defaultHours : Number(args.options.hours);
    if (!(hours > 0)) {
      console.err(`"${args.options.hours}" is no number of hours.`);
      return exit.usage;
    }
    const sinceMs = systemClock().wallMs() - hours * hourMs;
    return withLedger(args, console, ({ questions }) => {
      console.out(reportOf(questions.night(sinceMs)));
      return exit.ok;
    });
  },
};

/** The name of this command until December 2026: it works for a year more, and says so. */
export const night: Command = {
  ...report,
  name: 'night',
  summary: 'the old name of report',
  usage: report.usage.replaceAll('report', 'night'),
  run(args, console) {
    console.err('This command is called `livepen report` now; `night` works until December 2027.');
    return report.run(args, console);
  },
};

function gapsInWords(gaps: number, heard: boolean): string {
  if (!heard) return '  gaps      no live was heard in this time';
  return gaps === 0 ? '  gaps      none while a live was on' : '  gaps in the connection';
}

function reportOf(report: NightReport): string {
  const { sinceMs, given, others, byHand, drawn, spoiled, carried, unmapped, heard, gaps } = report;
  const areSeveral = new Set(gaps.map(({ platform }) => platform)).size > 1;
  return [
    `Since ${localTime(sinceMs)}`,
    `  given     ${counted(given.gifts, 'gift')} of ${counted(given.coins, 'coin')} from ${counted(given.viewers, 'viewer')}, worth ${counted(given.strokes, 'stroke')}`,
    ...others.map(
      ({ kind, count, amount, strokes }) =>
        `            ${counted(count, kind)}${amount === '' ? '' : ` of ${amount}`}, worth ${counted(strokes, 'stroke')}`,
    ),
    ...(byHand === 0 ? [] : [`  by hand   ${counted(byHand, 'stroke')}, credited by a person`]),
    `  drawn     ${counted(drawn, 'stroke')}`,
    ...(spoiled === 0
      ? []
      : [`  spoiled   ${counted(spoiled, 'stroke')} had no ink, and count again when drawn again`]),
    `  carried   ${counted(carried, 'stroke')} still owed`,
    `  unmapped  ${counted(unmapped.gifts, 'gift')} of ${counted(unmapped.coins, 'coin')} not in the gift map`,
    gapsInWords(gaps.length, heard),
    ...gaps.map(({ platform, fromMs, toMs, over, why }) => {
      const until = toMs === null ? (over ? 'until the live ended' : 'until now') : `for ${duration(toMs - fromMs)}`;
      const where = areSeveral ? `${platform}, ` : '';
      return wrapLines(`    ${plainText(`${where}${localTime(fromMs)}, ${until}: ${why}`)}`);
    }),
  ].join('\n');
}
