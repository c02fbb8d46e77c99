import { counted, localTime } from '../domain/plain-text.ts';
import type { Restoration } from '../ledger/rescue.ts';

/** What was wrong with a ledger that had to be replaced, as the beginning of a sentence. */
export function replacedInWords({ cause, movedTo }: Pick<Restoration, 'cause' | 'movedTo'>): string {
  if (cause === 'gone') return 'The ledger was gone';
  return `The ledger was ${cause === 'empty' ? 'empty' : 'damaged'} and lies at ${movedTo}`;
}

/** What is said of a ledger's file that had nothing in it, beside which there are no backups. */
export const emptyInWords =
  'The file of the ledger was empty, so a new ledger begins: what may have stood in it is lost.';

/** What a ledger in memory means, as a sentence. */
export function inMemoryInWords(fileSystem: string): string {
  return `The ledger lies in memory (${fileSystem}): a power cut or a restart loses it. Give it a disk: [ledger] file.`;
}

/** What is missing since a backup took a ledger's place, as a sentence: from when to when, and what. */
export function missingInWords({ missing }: Pick<Restoration, 'missing'>): string {
  const { fromMs, toMs, events, credited, drawn, sheets } = missing;
  const from = fromMs === null ? 'everything' : `what came after ${localTime(fromMs)}`;
  const parts = [
    ...(events === null ? [] : [counted(events, 'event')]),
    ...(credited === null ? [] : [`${counted(credited, 'stroke')} credited`]),
    ...(drawn === null ? [] : [`${counted(drawn, 'stroke')} drawn`]),
    ...(sheets === null || sheets === 0 ? [] : [`${counted(sheets, 'sheet')} opened`]),
  ];
  const unread = [events, credited, drawn].includes(null);
  const what = parts.length === 0 ? 'how much cannot be read' : `${parts.join(', ')}${unread ? ' and more' : ''}`;
  return `${from} until ${localTime(toMs)} is missing: ${what}`;
}
