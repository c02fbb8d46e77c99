import type { LiveEvent, LiveEventKind } from '../../domain/live-event.ts';
import { isRecording, type RecordedFrame, readRecordedLine } from '../recording.ts';
import { decodeEuler } from '../tiktok/euler.ts';
import { type Library, loadLibrary } from '../tiktok/library.ts';
import type { Message } from '../tiktok/message.ts';
import { decodeFrame, decodeInitial } from '../tiktok/webcast.ts';
import type { ReplayResult } from './replay-source.ts';

/**
 * What a recording has to say, decoded by the way that a live takes. A last line that a power cut tore off is left
 * out; any other broken line ends the replay with a fault that names it.
 */
export async function* recordedItems(
  lines: AsyncIterable<string>,
  wanted: ReadonlySet<LiveEventKind>,
): AsyncGenerator<ReplayResult> {
  const library = await loadLibrary();
  let number = 0;
  let broken = 0;
  for await (const text of lines) {
    number += 1;
    if (number === 1 && !isRecording(text)) yield faultAt(1, 'is not the first line of a recording');
    if (number === 1 || text === '') continue;
    if (broken > 0) yield faultAt(broken, 'is no frame of a recording');
    const read = readRecordedLine(text);
    if (read.ok) yield itemOf(library, read.frame, wanted);
    else broken = number;
  }
  if (number === 0) yield faultAt(1, 'is missing: the recording is empty');
}

function itemOf(library: Library, frame: RecordedFrame, wanted: ReadonlySet<LiveEventKind>): ReplayResult {
  return {
    ok: true,
    item: {
      atMs: frame.atMs,
      room: frame.room,
      events: (session) => messagesOf(library, frame, wanted).flatMap((message) => session.event(message) ?? []),
    },
  };
}

/** A frame that did not decode when it came does not decode now: the live went on without it, and so does the replay. */
function messagesOf(library: Library, frame: RecordedFrame, wanted: ReadonlySet<LiveEventKind>): readonly Message[] {
  try {
    if (frame.kind === 'initial') return decodeInitial(library, frame.bytes, wanted);
    if (frame.kind === 'frame') return decodeFrame(library, frame.bytes, wanted).messages;
    return decodeEuler(new TextDecoder().decode(frame.bytes), wanted).messages;
  } catch {
    return [];
  }
}

function faultAt(line: number, rule: string): ReplayResult {
  const fault = {
    code: 'replay-broken',
    what: `Line ${line} of the recording ${rule}.`,
    remedy: 'Play a file that `livepen record` has written.',
  };
  return { ok: false, fault };
}

/** What a past session of the ledger has to say, at the times at which it arrived. */
export async function* pastItems(events: Iterable<LiveEvent>): AsyncGenerator<ReplayResult> {
  let firstMs: number | null = null;
  let atMs = 0;
  for (const event of events) {
    firstMs ??= event.arrivedAtMs;
    // The wall clock of that evening may have jumped back.
    atMs = Math.max(atMs, event.arrivedAtMs - firstMs);
    const again = atMs;
    yield { ok: true, item: { atMs: again, room: event.room, events: (session) => [session.again(event)] } };
  }
}
