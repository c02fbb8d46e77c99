import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { WebSocket } from 'ws';

const hashed = (text: string) => createHash('sha256').update(text).digest('base64');

/** Asks a real OBS how things are, by obs-websocket's own protocol and nothing of ours. */
export async function lookIntoObs(context: TestContext, address: string, password: string) {
  const socket = new WebSocket(new URL(address), ['obswebsocket.json'], {
    maxPayload: 1 << 20,
    perMessageDeflate: false,
  });
  context.after(() => socket.terminate());
  const answers = new Map<string, (data: Readonly<Record<string, unknown>>) => void>();
  let asked = 0;
  socket.on('message', (text: Buffer) => {
    const { op, d } = JSON.parse(String(text));
    if (op === 7) answers.get(d.requestId)?.({ ...d.responseData, ok: d.requestStatus.result });
  });
  const [hello] = await once(socket, 'message');
  const { salt, challenge } = JSON.parse(String(hello)).d.authentication;
  const authentication = hashed(hashed(password + salt) + challenge);
  socket.send(JSON.stringify({ op: 1, d: { rpcVersion: 1, authentication, eventSubscriptions: 0 } }));
  await once(socket, 'message');
  return (requestType: string, requestData: Readonly<Record<string, unknown>> = {}) => {
    asked += 1;
    const requestId = String(asked);
    const { promise, resolve } = Promise.withResolvers<Readonly<Record<string, unknown>>>();
    answers.set(requestId, resolve);
    socket.send(JSON.stringify({ op: 6, d: { requestType, requestId, requestData } }));
    return promise;
  };
}
