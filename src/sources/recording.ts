import * as v from 'valibot';
import type { Clock } from '../domain/clock.ts';
import { jsonOrNull } from './connection/json.ts';

/** The version of the recording's form. */
const recordingVersion = 1;

/** A recording of a whole evening is some tens of megabytes. */
const bytesMaxByDefault = 1_000_000_000;

/** One raw frame as it was received; `atMs` counts from the start of the recording. */
export interface RecordedFrame {
  readonly atMs: number;
  readonly kind: 'initial' | 'frame' | 'euler';
  readonly room: string;
  readonly bytes: Uint8Array;
}

interface RecorderDeps {
  readonly clock: Clock;
  /** Takes one line with its newline. */
  readonly write: (line: string) => void;
  readonly bytesMax?: number;
}

/** Keeps raw frames as lines of JSON: a header, then a line a frame. What a power cut tears off is the last line. */
interface Recorder {
  raw(kind: RecordedFrame['kind'], room: string, bytes: Uint8Array | string): void;
  readonly frames: number;
  readonly bytes: number;
  /** The recording reached its size and takes no more. */
  readonly full: boolean;
}

/** Begins a recording. Frames carry no key or cookie: those travel in requests, and only what came back is kept. */
export function createRecorder({ clock, write, bytesMax = bytesMaxByDefault }: RecorderDeps): Recorder {
  const startMs = clock.nowMs();
  let frames = 0;
  let bytes = 0;
  let full = false;
  const put = (value: unknown) => {
    const line = `${JSON.stringify(value)}\n`;
    full ||= bytes + line.length > bytesMax;
    if (full) return;
    bytes += line.length;
    write(line);
  };
  put({ livepen: 'recording', version: recordingVersion, startedAt: new Date(clock.wallMs()).toISOString() });
  return {
    raw: (kind, room, data) => {
      const atMs = Math.round(clock.nowMs() - startMs);
      put({ atMs, kind, room, data: Buffer.from(data).toString('base64') });
      if (!full) frames += 1;
    },
    get frames() {
      return frames;
    },
    get bytes() {
      return bytes;
    },
    get full() {
      return full;
    },
  };
}

const header = v.object({ livepen: v.literal('recording'), version: v.literal(recordingVersion) });
const line = v.object({
  atMs: v.pipe(v.number(), v.minValue(0)),
  kind: v.picklist(['initial', 'frame', 'euler']),
  room: v.string(),
  data: v.string(),
});

type RecordingLine =
  | { readonly ok: true; readonly frame: RecordedFrame }
  | { readonly ok: false; readonly rule: string };

/** Whether the first line of a file begins a recording. */
export function isRecording(firstLine: string): boolean {
  return v.safeParse(header, jsonOrNull(firstLine)).success;
}

/** Reads one line after the first. */
export function readRecordedLine(text: string): RecordingLine {
  const read = v.safeParse(line, jsonOrNull(text));
  if (!read.success) return { ok: false, rule: 'is no frame of a recording' };
  const { data, ...rest } = read.output;
  return { ok: true, frame: { ...rest, bytes: Buffer.from(data, 'base64') } };
}

/** A frame as a line of a recording, without its newline. */
export function recordedLine({ bytes, ...rest }: RecordedFrame): string {
  return JSON.stringify({ ...rest, data: Buffer.from(bytes).toString('base64') });
}
