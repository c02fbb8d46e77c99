/** Something between us and the platform answered in its place: most often a network that wants a sign-in first. */
export class InBetweenError extends Error {}

const networkWantsSignIn = 511;

/** What is looked at of an answer to tell who gave it. */
interface AnswerFacts {
  readonly askedOf: URL;
  /** Where the answer came from, after all redirects. */
  readonly cameFrom: URL;
  readonly status: number;
  /** The beginning is enough. */
  readonly body: string;
  /** Whether data was asked for, and not a page. */
  readonly wantsData: boolean;
}

/**
 * Why an answer is not the platform's, null when it may be. By TLS the platform proves itself, so that a page in place of
 * data is its own; over plain HTTP, and from another place than was asked, anybody answers.
 */
export function inBetween({ askedOf, cameFrom, status, body, wantsData }: AnswerFacts): string | null {
  if (status === networkWantsSignIn) return 'the network says that it wants a sign-in';
  if (ownerOf(cameFrom) !== ownerOf(askedOf) && !/tiktok/.test(ownerOf(cameFrom)))
    return `${askedOf.host} was asked and ${cameFrom.host} answered`;
  if (wantsData && cameFrom.protocol === 'http:' && isPage(body)) return `${cameFrom.host} answered with a page`;
  return null;
}

/** Whether a text is a page for people where data was asked for. */
export function isPage(text: string): boolean {
  return /^\s*<[!?a-z]/i.test(text);
}

/** Two names below one domain have one owner; an address stands for itself. */
function ownerOf({ hostname }: URL): string {
  return /^[\d.]+$|^\[/.test(hostname) ? hostname : hostname.split('.').slice(-2).join('.');
}
