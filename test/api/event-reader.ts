import { setImmediate as turn } from 'node:timers/promises';
import type { Api } from '../../src/api/app.ts';
import { home } from './with-api.ts';

/** One event as a browser hears it. */
export interface Heard {
  readonly event: string;
  readonly id: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever the API tells
  readonly data: any;
}

export interface Reader {
  readonly response: Response;
  /** All that was heard so far. */
  readonly heard: readonly Heard[];
  /** The last id that was heard, as a browser remembers it. */
  lastId(): string;
  readonly ended: boolean;
  close(): Promise<void>;
}

/** Reads the events of an API as a browser does, from an id on. */
export async function readEvents(
  api: Api,
  lastEventId: string | null,
  init: RequestInit & { path?: string } = {},
): Promise<Reader> {
  const headers = {
    host: '127.0.0.1:8420',
    ...(lastEventId === null ? {} : { 'last-event-id': lastEventId }),
    ...Object.fromEntries(new Headers(init.headers)),
  };
  const response = await api.app.request(`${home}${init.path ?? '/events'}`, { ...init, headers });
  if (response.body === null) throw new Error('no body');
  const reader = response.body.getReader();
  const heard: Heard[] = [];
  let id = lastEventId ?? '';
  let ended = false;
  void pump().then(() => {
    ended = true;
  });
  await turn();

  async function pump(): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) take(block);
    }
  }

  function take(block: string): void {
    const fields = new Map(
      block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    );
    id = fields.get('id') ?? id;
    const data = fields.get('data');
    if (data !== undefined) {
      heard.push({ event: fields.get('event') ?? 'message', id: fields.get('id') ?? null, data: JSON.parse(data) });
    }
  }

  return {
    response,
    heard,
    lastId: () => id,
    get ended() {
      return ended;
    },
    close: () => reader.cancel(),
  };
}

/** Lets streams that are under way come to rest. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 50; round++) await turn();
}
