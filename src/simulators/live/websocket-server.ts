import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** A client sends heartbeats and acknowledgements; anything near this is no client of ours. */
const messageBytesMax = 1 << 20;
const magic = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const opText = 1;
const opBinary = 2;
/** Reserved: no frame has it. */
const opNone = 4;
const opClose = 8;
const opPing = 9;
const opPong = 10;

/** The server's end of one WebSocket (RFC 6455), small enough that it can be made to have every fault. */
export interface Peer {
  readonly open: boolean;
  send(data: Uint8Array | string): void;
  /** Sends the first half of a frame and cuts the connection; nothing follows. */
  sendHalf(data: Uint8Array | string): void;
  /** Sends bytes that are no frame, as a broken proxy does. */
  babble(): void;
  close(code: number, reason: string): void;
  /** Cuts the connection without a word. */
  destroy(): void;
  /** With a mute peer nothing is answered or sent any more, and the connection stays: a half-open network. */
  mute(muted: boolean): void;
}

interface PeerListener {
  message(data: Buffer): void;
  closed(): void;
}

/** Accepts an upgrade request; `protocol` is the subprotocol that is chosen, of those that are asked for. */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  listener: PeerListener,
  protocol: string | null = null,
): Peer {
  const key = `${request.headers['sec-websocket-key'] ?? ''}${magic}`;
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${createHash('sha1').update(key).digest('base64')}\r\n` +
      `${protocol === null ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`}\r\n`,
  );
  let open = true;
  let muted = false;
  let unread = Buffer.alloc(0);

  function write(opcode: number, data: Uint8Array): void {
    if (open && !muted) socket.write(frameOf(opcode, data));
  }
  function take(opcode: number, data: Buffer): void {
    if (opcode === opText || opcode === opBinary) listener.message(data);
    else if (opcode === opPing) write(opPong, data);
    else if (opcode === opClose && !muted) {
      write(opClose, data.subarray(0, 2));
      socket.end();
    }
  }
  socket.on('data', (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk]);
    for (;;) {
      const frame = readFrame(unread);
      if (frame === 'too big') socket.destroy();
      if (frame === null || frame === 'too big') return;
      unread = unread.subarray(frame.bytes);
      take(frame.opcode, frame.data);
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('end', () => socket.end());
  socket.on('close', () => {
    open = false;
    listener.closed();
  });

  return {
    get open() {
      return open;
    },
    send: (data) => write(typeof data === 'string' ? opText : opBinary, Buffer.from(data)),
    sendHalf: (data) => {
      const frame = frameOf(typeof data === 'string' ? opText : opBinary, Buffer.from(data));
      open = false;
      socket.write(frame.subarray(0, frame.length >> 1), () => socket.destroy());
    },
    babble: () => write(opNone, new Uint8Array(0)),
    close: (code, reason) => {
      const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
      payload.writeUInt16BE(code, 0);
      payload.write(reason, 2);
      write(opClose, payload);
      socket.end();
    },
    destroy: () => socket.destroy(),
    mute: (mute) => {
      muted = mute;
    },
  };
}

function frameOf(opcode: number, data: Uint8Array): Buffer {
  const head = data.length < 126 ? Buffer.alloc(2) : data.length < 65_536 ? Buffer.alloc(4) : Buffer.alloc(10);
  head[0] = 0x80 | opcode;
  if (head.length === 2) head[1] = data.length;
  else if (head.length === 4) {
    head[1] = 126;
    head.writeUInt16BE(data.length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(data.length), 2);
  }
  return Buffer.concat([head, data]);
}

interface Frame {
  readonly opcode: number;
  readonly data: Buffer;
  readonly bytes: number;
}

/** The first whole frame; clients mask theirs and do not split them. */
function readFrame(buffer: Buffer): Frame | 'too big' | null {
  if (buffer.length < 2) return null;
  const opcode = buffer.readUInt8(0) & 0x0f;
  const short = buffer.readUInt8(1) & 0x7f;
  const masked = (buffer.readUInt8(1) & 0x80) !== 0;
  const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
  const start = 2 + lengthBytes + (masked ? 4 : 0);
  if (buffer.length < start) return null;
  const length =
    lengthBytes === 8 ? Number(buffer.readBigUInt64BE(2)) : lengthBytes === 2 ? buffer.readUInt16BE(2) : short;
  if (length > messageBytesMax) return 'too big';
  if (buffer.length < start + length) return null;
  const data = Buffer.from(buffer.subarray(start, start + length));
  if (masked) {
    const mask = buffer.subarray(start - 4, start);
    for (let index = 0; index < length; index += 1)
      data.writeUInt8(data.readUInt8(index) ^ mask.readUInt8(index % 4), index);
  }
  return { opcode, data, bytes: start + length };
}
