import { counted } from '../domain/counted.ts';
import type { Restoration } from '../ledger/rescue.ts';
import { localTime } from './local-time.ts';

/** What is missing since a backup took a damaged ledger's place, as a sentence: from when to when, and what. */
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
