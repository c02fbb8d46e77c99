import { comparableName, plainText } from '../../domain/plain-text.ts';
import { type Fields, idAt, isFields, textAt } from '../tiktok/fields.ts';

/** Shorter names are too likely to stand in a text by chance. */
const nameInTextMin = 4;
const pseudonym = 'viewer';

/** A viewer who is to be forgotten, as far as the recording has told of them. */
export interface Person {
  readonly ids: Set<string>;
  readonly names: Set<string>;
  /** The id that takes the place of theirs; the same throughout, so that streaks and counts stay. */
  readonly substitute: string;
}

/** A person by the id or the name that somebody gave. */
export function personOf(idOrName: string, substitute: string): Person {
  const given = idOrName.trim().replace(/^@/, '');
  const isId = /^\d{5,20}$/.test(given);
  return { ids: new Set(isId ? [given] : []), names: new Set(isId ? [] : [comparableName(given)]), substitute };
}

/** Learns under which ids and names a person appears in something that was decoded; true when that was news. */
export function learnNames(person: Person, value: unknown): boolean {
  let news = false;
  const add = (set: Set<string>, text: string) => {
    if (text === '' || set.has(text)) return;
    set.add(text);
    news = true;
  };
  walk(value, (fields) => {
    if (!isPerson(person, fields)) return;
    add(person.ids, idAt(fields, 'id', 'userId', 'idStr'));
    for (const name of namesIn(fields)) add(person.names, name);
  });
  return news;
}

/** A copy without the person: another id, no name, and nothing of what they wrote. */
export function without(person: Person, value: unknown, key = ''): unknown {
  if (typeof value === 'string') return replaced(person, value, key);
  if (Array.isArray(value)) return value.map((member) => without(person, member));
  if (!isFields(value) || ArrayBuffer.isView(value)) return value;
  const isTheirs = isPerson(person, value);
  const wrote = isPerson(person, isFields(value.user) ? value.user : {});
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      if (isTheirs && /^(?:id|userId|idStr)$/.test(name)) return [name, person.substitute];
      if (isTheirs && typeof part === 'string') return [name, isName(name) ? pseudonym : ''];
      if (wrote && /^(?:content|comment)$/.test(name)) return [name, ''];
      return [name, without(person, part, name)];
    }),
  );
}

/** Whether bytes that nobody can read name the person. */
export function isNamedIn({ ids, names }: Person, bytes: Uint8Array): boolean {
  const text = comparableName(Buffer.from(bytes).toString('utf8'));
  return [...ids, ...[...names].filter((name) => name.length >= nameInTextMin)].some((part) => text.includes(part));
}

function replaced({ ids, names, substitute }: Person, text: string, key: string): string {
  if (ids.has(text)) return substitute;
  const lower = comparableName(text);
  if (key !== '' && names.has(lower)) return pseudonym;
  return [...names].some((name) => name.length >= nameInTextMin && lower.includes(name)) ? '' : text;
}

function isPerson({ ids, names }: Person, fields: Fields): boolean {
  const known = namesIn(fields);
  if (known.length === 0) return false;
  return ids.has(idAt(fields, 'id', 'userId', 'idStr')) || known.some((name) => names.has(name));
}

const nameKeys = ['nickname', 'displayId', 'uniqueId'] as const;

function isName(key: string): boolean {
  return nameKeys.some((name) => name === key);
}

/** As they stand there, and as the ledger keeps and shows them. */
function namesIn(fields: Fields): string[] {
  const names = nameKeys.map((key) => comparableName(textAt(fields, key)));
  return [...new Set([...names, ...names.map(plainText)])].filter((name) => name !== '');
}

function walk(value: unknown, visit: (fields: Fields) => void): void {
  if (Array.isArray(value)) for (const member of value) walk(member, visit);
  else if (isFields(value) && !ArrayBuffer.isView(value)) {
    visit(value);
    for (const part of Object.values(value)) walk(part, visit);
  }
}
