/** So much may wait for a reader who does not read; then the stream is closed, and the reader comes back. */
const waitingBytesMax = 512 * 1024;

/** One reader of the events. */
export interface EventStream {
  readonly body: ReadableStream<Uint8Array>;
  /** Puts bytes into the stream; a reader who is too slow is let go. */
  send(frame: Uint8Array): void;
  close(): void;
}

interface EventStreamDeps {
  /** The first bytes. */
  readonly opening: readonly Uint8Array[];
  /** The reader has room: what it missed, a piece at a time; null when there is no more of it. */
  readonly missed: () => Uint8Array | null;
  /** It has heard all that it missed. */
  readonly caughtUp: (stream: EventStream) => void;
  readonly closed: (stream: EventStream) => void;
}

/** Opens a stream: hello, what was missed at the reader's own pace, and then what is sent. */
export function openEventStream({ opening, missed, caughtUp, closed }: EventStreamDeps): EventStream {
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  let catchingUp = true;
  let open = true;

  const stream: EventStream = {
    body: new ReadableStream<Uint8Array>(
      {
        start(its) {
          controller = its;
          for (const frame of opening) its.enqueue(frame);
        },
        pull(its) {
          if (!catchingUp || !open) return;
          const piece = missed();
          if (piece === null) {
            catchingUp = false;
            caughtUp(stream);
          } else {
            its.enqueue(piece);
          }
        },
        cancel: end,
      },
      { highWaterMark: 64 * 1024, size: (frame) => frame?.byteLength ?? 0 },
    ),
    send(frame) {
      if (!open || controller === null) return;
      controller.enqueue(frame);
      if ((controller.desiredSize ?? 0) < -waitingBytesMax) stream.close();
    },
    close() {
      if (!open) return;
      end();
      controller?.close();
    },
  };

  function end(): void {
    if (!open) return;
    open = false;
    closed(stream);
  }
  return stream;
}
