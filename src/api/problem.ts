import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Fault } from '../domain/fault.ts';
import { plainJson } from '../domain/plain-text.ts';

/** The content security policy: nothing of another server, nothing inline. */
const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "media-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Headers of every answer. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'cache-control': 'no-store',
};

/** An error as RFC 9457 wants it. `type` is stable; `detail` is a sentence, `remedy` what the caller can do. */
interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly remedy: string;
}

/** The problem document of a fault. */
export function problemDocumentOf({ code, what, remedy }: Fault, status: number): ProblemDocument {
  return { type: `/problems/${code}`, title: titleOf(code), status, detail: what, remedy };
}

/** Answers with a problem document. */
export function refuse(
  context: Context,
  status: ContentfulStatusCode,
  fault: Fault,
  headers: Readonly<Record<string, string>> = {},
  also: Readonly<Record<string, string>> = {},
): Response {
  return context.body(plainJson({ ...problemDocumentOf(fault, status), ...also }), status, {
    'content-type': 'application/problem+json',
    ...headers,
  });
}

function titleOf(code: string): string {
  const words = code.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
