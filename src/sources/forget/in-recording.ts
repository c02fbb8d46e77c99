import { gunzipSync, gzipSync } from 'node:zlib';
import { type RecordedFrame, readRecordedLine, recordedLine } from '../recording.ts';
import { keepLongNumbers } from '../tiktok/euler.ts';
import { decodable, type Library, loadLibrary } from '../tiktok/library.ts';
import { isNamedIn, learnNames, type Person, personOf, without } from './person.ts';

type Envelope = ReturnType<Library['ProtoMessageFetchResult']['decode']>['messages'][number];

/**
 * Forgets a person in a recording: the lines without their name, their id and what they wrote. What they gave stays, so
 * that it is worth as much when it is played again. `substitute` is a number that becomes their id. `lines` reads the
 * recording from its start each time it is called: a name may be told long after an id. Null: they are not in it.
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
