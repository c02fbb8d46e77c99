import { plainText } from './plain-text.ts';

/** An error whose message is a sentence of ours, written for people; all others speak to programmers. */
export class UserFacingError extends Error {}

/** What codes of the system, of SQLite and of TLS mean, by how they begin; the longer ones come first. */
const codeWords: readonly (readonly [string, string])[] = [
  ['ENOENT', 'it is not there'],
  ['ENOTDIR', 'a part of its path is no folder'],
  ['EISDIR', 'it is a folder'],
  ['EEXIST', 'it is there already'],
  ['ENOTEMPTY', 'the folder is not empty'],
  ['EACCES', 'this user may not'],
  ['EPERM', 'this user may not'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk is full'],
  ['EFBIG', 'the disk does not take so large a file'],
  ['EROFS', 'the disk is read-only'],
  ['EIO', 'the device reports errors'],
  ['ENAMETOOLONG', 'its name is too long'],
  ['ELOOP', 'its links lead in a circle'],
  ['EBUSY', 'another program uses it'],
  ['ETXTBSY', 'another program uses it'],
  ['ENODEV', 'the device is gone'],
  ['ENXIO', 'the device is gone'],
  ['ENOTTY', 'it is no serial port'],
  ['EMFILE', 'too many files are open'],
  ['ENFILE', 'too many files are open'],
  ['ENOMEM', 'there is no memory left'],
  ['EAGAIN', 'the system has no room for it now'],
  ['EINVAL', 'the system does not take it in this form'],
  ['ENOTFOUND', 'there is no network, or it does not know the name'],
  ['EAI_', 'the name cannot be looked up: there is no network'],
  ['ENETUNREACH', 'there is no network'],
  ['ENETDOWN', 'there is no network'],
  ['EHOSTUNREACH', 'the network does not reach it'],
  ['EHOSTDOWN', 'the network does not reach it'],
  ['EADDRNOTAVAIL', 'there is no network'],
  ['ECONNREFUSED', 'the connection is refused'],
  ['ECONNRESET', 'the connection was reset'],
  ['ECONNABORTED', 'the connection was cut'],
  ['EPIPE', 'the connection was cut'],
  ['UND_ERR_SOCKET', 'the connection was cut'],
  ['ETIMEDOUT', 'no answer came in time'],
  ['UND_ERR_CONNECT_TIMEOUT', 'no answer came in time'],
  ['UND_ERR_HEADERS_TIMEOUT', 'no answer came in time'],
  ['UND_ERR_BODY_TIMEOUT', 'no answer came in time'],
  ['ABORT_ERR', 'it was given up'],
  ['ERR_CANCELED', 'it was given up'],
  ['ERR_BUFFER_TOO_LARGE', 'an answer is too long'],
  ['EPROTO', 'what answers does not speak TLS'],
  ['ERR_SSL_', 'what answers does not speak TLS'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'what answers is another server: its certificate is for another name'],
  ['CERT_NOT_YET_VALID', 'its certificate is not valid yet: is the clock right?'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired: is the clock right?'],
  ['CERT_', 'its certificate is not trusted'],
  ['ERR_TLS_', 'its certificate is not trusted'],
  ['UNABLE_TO_', 'its certificate is not trusted'],
  ['DEPTH_ZERO_', 'its certificate is not trusted'],
  ['SELF_SIGNED_', 'its certificate is not trusted'],
  ['SQLITE_FULL', 'the disk is full'],
  ['SQLITE_READONLY', 'the file system is read-only'],
  ['SQLITE_IOERR', 'the disk reports errors'],
  ['SQLITE_CANTOPEN', 'it cannot be opened'],
  ['SQLITE_BUSY', 'another program holds it'],
  ['SQLITE_LOCKED', 'another program holds it'],
  ['SQLITE_CORRUPT', 'the file is damaged'],
  ['SQLITE_NOTADB', 'the file is damaged, or no ledger'],
  ['SQLITE_FORMAT', 'the file is damaged'],
];

/** How the system names errors where a program passes on its words without the code (strerror(3)). */
const textCodes: readonly (readonly [RegExp, string])[] = [
  [/no such file/i, 'ENOENT'],
  [/no such device|not configured/i, 'ENODEV'],
  [/permission denied/i, 'EACCES'],
  [/operation not permitted/i, 'EPERM'],
  [/no space left/i, 'ENOSPC'],
  [/read-only file system/i, 'EROFS'],
  [/input\/output error/i, 'EIO'],
  [/resource busy|text file busy/i, 'EBUSY'],
  [/inappropriate ioctl/i, 'ENOTTY'],
  [/invalid argument/i, 'EINVAL'],
  [/temporarily unavailable/i, 'EAGAIN'],
  [/cannot allocate memory/i, 'ENOMEM'],
  [/too many open files/i, 'EMFILE'],
  [/connection refused/i, 'ECONNREFUSED'],
  [/connection timed out|timed? ?out\b/i, 'ETIMEDOUT'],
  [/certificate is not yet valid/i, 'CERT_NOT_YET_VALID'],
  [/certificate has expired/i, 'CERT_HAS_EXPIRED'],
  [/altnames/i, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  [/self.signed/i, 'SELF_SIGNED_CERT'],
  [/unable to .*certificate/i, 'UNABLE_TO_VERIFY'],
  [/maxContentLength|larger than \d+ bytes/, 'ERR_BUFFER_TOO_LARGE'],
];

/** Codes as they stand in the words of an error that lost its own. */
const codeInText = /\b(?:E[A-Z]{3,}(?:_[A-Z]+)*|ERR_[A-Z_]+|SQLITE_[A-Z_]+|[A-Z]+_CERT[A-Z_]*|CERT_[A-Z_]+)\b/;

const deepest = 5;

/** The errors that an error carries with it, the innermost first: there the cause is said best. */
function chainOf(error: unknown, depth = 0): readonly unknown[] {
  if (depth >= deepest || typeof error !== 'object' || error === null) return [error];
  const inner = error instanceof AggregateError ? error.errors.slice(0, 4) : [];
  const cause = 'cause' in error && error.cause !== undefined ? [error.cause] : [];
  return [...[...cause, ...inner].flatMap((each) => chainOf(each, depth + 1)), error];
}

/** The code of the system, of SQLite or of TLS behind an error; '' where none is known. */
export function causeCode(error: unknown): string {
  const chain = chainOf(error);
  const own = chain.flatMap((each) =>
    each instanceof Error && 'code' in each && typeof each.code === 'string' && /^[A-Z]/.test(each.code)
      ? [each.code]
      : [],
  );
  const named = own.find((code) => codeWords.some(([start]) => code.startsWith(start)));
  if (named !== undefined) return named;
  if (chain.some((each) => each instanceof Error && each.name === 'TimeoutError')) return 'ETIMEDOUT';
  if (chain.some((each) => each instanceof Error && each.name === 'AbortError')) return 'ABORT_ERR';
  for (const each of chain) {
    const text = each instanceof Error ? each.message : typeof each === 'string' ? each : '';
    const [found = ''] = codeInText.exec(text) ?? [];
    if (codeWords.some(([start]) => found.startsWith(start))) return found;
    const byText = textCodes.find(([pattern]) => pattern.test(text));
    if (byText !== undefined) return byText[1];
  }
  return own[0] ?? '';
}

/** What to say where nothing is known of a cause. */
export const unknownCause = 'LOG_LEVEL=debug shows why';

/**
 * Why something failed, in words that read well after a colon. Only what was written for people passes as it is; what a
 * library, a server or the system said stands for its meaning, and goes to the log with `originalOf`.
 */
export function causeInWords(error: unknown, otherwise = unknownCause): string {
  const known = chainOf(error).find((each) => each instanceof UserFacingError);
  if (known instanceof UserFacingError) return plainText(known.message);
  const code = causeCode(error);
  return codeWords.find(([start]) => code.startsWith(start))?.[1] ?? otherwise;
}

const originalCharsMax = 1_500;
/** Keys and tokens in addresses and answers, which errors of connections quote. */
const secretInText =
  /\b((?:api|jwt)[-_]?key|(?:[a-z]+_)*token|client_secret|code_verifier|sessionid|signature)(["']?\s*[=:]\s*["']?)[^&\s"']+/gi;

/** What was said word for word, with all that it was caused by, on one line: for the log at debug, for nothing else. */
export function originalOf(error: unknown): string {
  const parts = chainOf(error)
    .toReversed()
    .map((each) => {
      if (!(each instanceof Error)) return textOf(each);
      const code = 'code' in each && typeof each.code === 'string' && !each.message.includes(each.code);
      return `${each.name}: ${each.message}${code ? ` (${String(each.code)})` : ''}`;
    });
  const whole = hideSecrets(plainText(parts.join(' <- ')));
  return whole.length <= originalCharsMax ? whole : `${whole.slice(0, originalCharsMax - 1)}…`;
}

/** What a server or a library said, with the keys and tokens in it left out. */
export function hideSecrets(text: string): string {
  return text.replace(secretInText, '$1$2…');
}

/** What was thrown may be anything, such as an object that cannot be made a text. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return Object.prototype.toString.call(thrown);
  }
}
