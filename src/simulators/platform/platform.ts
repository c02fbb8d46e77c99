import type { HttpAnswer, SocketTarget, StatusAnswer } from '../../sources/connection/ports.ts';

/** A request as a platform gets it. */
export interface AskedOfPlatform {
  readonly method: string;
  readonly url: URL;
  /** By names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The platform's end of one WebSocket; nothing is sent once it is closed. */
export interface PlatformEnd {
  send(text: string): void;
  close(code: number, reason: string): void;
  /** Cuts it without a word. */
  cut(): void;
}

/** What a platform does with what comes on one WebSocket. */
export interface PlatformTalk {
  opened(): void;
  message(text: string): void;
  closed(): void;
}

/** A platform in software: it has no sockets of its own, so that it can stand behind real ones or behind none. */
export interface VirtualPlatform {
  /** Null answers never. */
  answer(asked: AskedOfPlatform): HttpAnswer | null;
  connect(target: SocketTarget, end: PlatformEnd): PlatformTalk | StatusAnswer;
}

/** An answer with a value as JSON. */
export function jsonAnswer(status: number, value: unknown, headers: HttpAnswer['headers'] = {}): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}
