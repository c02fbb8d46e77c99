import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { UserFacingError } from '../../domain/cause.ts';
import type { HttpAnswer, HttpPort } from './ports.ts';
import { statusAnswerOf } from './socket.ts';

/** A page of thirty donations has some 30 kB; no honest answer is longer than this. */
const answerBytesMax = 4 << 20;

/** Requests of the machine. */
export const httpPort: HttpPort = {
  ask: (asked) =>
    new Promise<HttpAnswer>((resolve, reject) => {
      const { url, method, headers, body, signal } = asked;
      const bytes = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const send = new URL(url).protocol === 'http:' ? plainRequest : tlsRequest;
      const request = send(url, { method, headers: { accept: 'application/json', ...headers, ...bytes }, signal });
      request.on('error', reject);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length <= answerBytesMax) chunks.push(chunk);
          else request.destroy(new UserFacingError('an answer is too long'));
        });
        response.on('error', reject);
        response.on('end', () => resolve({ ...statusAnswerOf(response), body: Buffer.concat(chunks).toString() }));
      });
      request.end(body ?? undefined);
    }),
};
