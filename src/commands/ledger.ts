import { plainText } from '../domain/plain-text.ts';
import type { LedgerReader } from '../ledger/ledger.ts';
import { type Command, type Console, exit, logOriginal } from './command.ts';
import { readerHelp, readerOptions, withLedger } from './ledger-reader.ts';

/** Looks into the ledger's file itself, beside a running service or without one. */
export const ledger: Command = {
  name: 'ledger',
  summary: 'check the ledger, or export all of it',
  usage: 'ledger check  |  ledger export [--format csv|jsonl]',
  details: [
    'check    checks every balance against its entries, and lists what does not add up',
    'export   writes all entries to standard output',
    '',
    '  --format F      csv or jsonl (default jsonl)',
    readerHelp,
  ].join('\n'),
  options: { ...readerOptions, format: { type: 'string' } },
  words: [1, 1],
  async run(args, console) {
    const [what = ''] = args.words;
    const { format = 'jsonl' } = args.options;
    if (what !== 'check' && what !== 'export') {
      console.err(`"${what}" is not check or export.`);
      return exit.usage;
    }
    if (format !== 'csv' && format !== 'jsonl') {
      console.err(`"${format}" is not csv or jsonl.`);
      return exit.usage;
    }
    return withLedger(args, console, (reader) =>
      what === 'check' ? check(reader, console) : exportAll(reader, format),
    );
  },
};

function check(reader: LedgerReader, console: Console): number {
  const { rules, findings, originals } = reader.check('full');
  for (const original of originals) logOriginal(original, console);
  for (const rule of rules) console.out(`checked: ${rule}`);
  for (const finding of findings) console.out(plainText(`WRONG: ${finding}`));
  console.out(findings.length === 0 ? 'The ledger adds up.' : `${findings.length} things do not add up.`);
  return findings.length === 0 ? exit.ok : exit.failed;
}

/** Waits for the reader, so that memory stays flat however long the ledger is. */
async function exportAll(reader: LedgerReader, format: 'csv' | 'jsonl'): Promise<number> {
  for (const piece of reader.export(format)) {
    if (process.stdout.write(piece)) continue;
    await drained();
    if (process.stdout.destroyed) break;
  }
  return exit.ok;
}

/** Resolves when the reader took what was written, or went away. */
function drained(): Promise<void> {
  return new Promise((resolve) => {
    const goOn = () => {
      process.stdout.off('drain', goOn).off('close', goOn);
      resolve();
    };
    process.stdout.on('drain', goOn).on('close', goOn);
  });
}
