import { gunzipSync, gzipSync } from 'node:zlib';
import { comparableName, plainText } from '../domain/plain-text.ts';
import { type RecordedFrame, readRecordedLine, recordedLine } from './recording.ts';
import { keepLongNumbers } from './tiktok/euler.ts';
import { type Fields, idAt, isFields, textAt } from './tiktok/normalise.ts';
import { decodable, type Library, loadLibrary } from './tiktok/provider.ts';

/** Shorter names are too likely to stand in a text by chance. */
const nameInTextMin = 4;
const pseudonym = 'viewer';

/** A viewer who is to be forgotten, as far as the recording has named them. */
interface Person {
  readonly ids: Set<string>;
  readonly names: Set<string>;
  /** The id that takes the place of theirs; the same throughout, so that streaks and counts stay. */
  readonly substitute: string;
}

/** A person by the id or the name that somebody gave. */
function personOf(idOrName: string, substitute: string): Person {
  const given = idOrName.trim().replace(/^@/, '');
  const isId = /^\d{5,20}$/.test(given);
  return { ids: new Set(isId ? [given] : []), names: new Set(isId ? [] : [comparableName(given)]), substitute };
}

/** Learns under which ids and names a person appears in something that was decoded; true when that was news. */
function learnNames(person: Person, value: unknown): boolean {
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
function without(person: Person, value: unknown, key = ''): unknown {
  if (typeof value === 'string') return replaced(person, value, key);
  if (Array.isArray(value)) return value.map((member) => without(person, member));
  if (!isFields(value) || ArrayBuffer.isView(value)) return value;
  const isTheirs = isPerson(person, value);
  const wrote = isPerson(person, isFields(value.user) ? value.user : {});
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      if (isTheirs && /^(?:id|userId|idStr)$/.test(name)) return [name, person.substitute];
      if (isTheirs && typeof part === 'string') return [name, isName(name) ? pseudonym : ''];
      if (isTheirs && isLook(name)) return [name, Array.isArray(part) ? [] : undefined];
      if (wrote && /^(?:content|comment)$/.test(name)) return [name, ''];
      return [name, without(person, part, name)];
    }),
  );
}

/** Whether bytes that nobody can read name the person. */
function isNamedIn({ ids, names }: Person, bytes: Uint8Array): boolean {
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

/** How somebody looks: pictures, and the badges that lie over them. */
function isLook(key: string): boolean {
  return /avatar|picture|image|badge|border|medal|icons/i.test(key);
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

type Envelope = ReturnType<Library['ProtoMessageFetchResult']['decode']>['messages'][number];

/**
 * Forgets a person in a recording: the lines without their name, their id and what they wrote. What they gave stays, so
 * that it is worth as much when it is played again. `substitute` is a number that becomes their id. `lines` reads the
 * recording from its start each time it is called: a name may come long after an id. Null: they are not in it.
 */
export async function forgetInRecording(
  lines: () => AsyncIterable<string>,
  idOrName: string,
  substitute: string,
): Promise<AsyncIterable<string> | null> {
  const library = await loadLibrary();
  const person = personOf(idOrName, substitute);
  const given = personOf(idOrName, substitute);
  let news = true;
  while (news) {
    news = false;
    for await (const line of lines())
      for (const data of readable(library, line)) news = learnNames(person, data) || news;
  }
  const isThere = person.ids.size > given.ids.size || person.names.size > given.names.size;
  return isThere ? rewritten(library, lines(), person) : null;
}

async function* rewritten(library: Library, lines: AsyncIterable<string>, person: Person): AsyncGenerator<string> {
  let isHead = true;
  for await (const line of lines) {
    const read = isHead ? null : readRecordedLine(line);
    isHead = false;
    if (read === null || !read.ok) yield line;
    else {
      const bytes = rewriteFrame(library, read.frame, person);
      if (bytes !== null) yield recordedLine({ ...read.frame, bytes });
    }
  }
}

/** Everything of a line that can be read. */
function readable(library: Library, line: string): unknown[] {
  const read = readRecordedLine(line);
  if (!read.ok) return [];
  const { kind, bytes } = read.frame;
  try {
    if (kind === 'euler') return [parse(bytes)];
    const result = library.ProtoMessageFetchResult.decode(kind === 'initial' ? bytes : payloadOf(library, bytes));
    return result.messages.flatMap((message) => decoded(library, message) ?? []);
  } catch {
    return [];
  }
}

/** A frame without the person; null when it names them and nobody can read it. */
function rewriteFrame(library: Library, { kind, bytes }: RecordedFrame, person: Person): Uint8Array | null {
  try {
    if (kind === 'euler') return Buffer.from(JSON.stringify(without(person, parse(bytes))));
    if (kind === 'initial') return rewriteBatch(library, bytes, person);
    const frame = library.WebcastPushFrame.decode(bytes);
    if (frame.payload.length === 0) return bytes;
    const payload = gzipSync(rewriteBatch(library, payloadOf(library, bytes), person));
    return library.WebcastPushFrame.encode({ ...frame, payload }).finish();
  } catch {
    return isNamedIn(person, bytes) ? null : bytes;
  }
}

function rewriteBatch(library: Library, bytes: Uint8Array, person: Person): Uint8Array {
  const batch = library.ProtoMessageFetchResult.decode(bytes);
  const messages = batch.messages.flatMap((message): Envelope[] => {
    const payload = rewriteMessage(library, message, person);
    return payload === null ? [] : [{ ...message, payload }];
  });
  return library.ProtoMessageFetchResult.encode({ ...batch, messages }).finish();
}

function rewriteMessage(library: Library, message: Envelope, person: Person): Envelope['payload'] | null {
  const { method, payload } = message;
  const type = decodable.find((name) => name === method);
  const data = decoded(library, message);
  if (type === undefined || data === null) return isNamedIn(person, payload) ? null : payload;
  const { encode } = library[type];
  // The copy has the form of what was decoded; the compiler cannot follow it through a list of types.
  const rest = encode(without(person, data) as never).finish();
  return isNamedIn(person, rest) ? null : Buffer.from(rest);
}

function decoded(library: Library, { method, payload }: Envelope): unknown {
  const type = decodable.find((name) => name === method);
  if (type === undefined) return null;
  try {
    return library.deserializeMessage(type, Buffer.from(payload));
  } catch {
    return null;
  }
}

function payloadOf(library: Library, bytes: Uint8Array): Uint8Array {
  const { payload } = library.WebcastPushFrame.decode(bytes);
  return payload[0] === 0x1f && payload[1] === 0x8b ? gunzipSync(payload) : payload;
}

function parse(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes), keepLongNumbers);
}
