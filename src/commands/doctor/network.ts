import { inBetween } from '../../sources/tiktok/classify.ts';
import { hostVariable, platformPlaces } from '../../sources/tiktok/platform.ts';
import { type Console, whyOf } from '../command.ts';
import { type Check, ok, warning } from './check.ts';

const withinMs = 6_000;
const { name: platform, pages, plainPages, signService } = platformPlaces;

/**
 * Whether the platform and the sign service can be reached, and are not answered for by a network that wants a sign-in
 * first. Livepen works without: it is never more than a warning.
 */
export async function checkNetwork(signUrl: string | null, console: Console): Promise<Check[]> {
  const own = console.env[hostVariable] ?? '';
  const place = own === '' ? pages : `${own.includes('://') ? own : `http://${own}`}/`;
  const portal = own === '' ? plainPages : place;
  const [platformWhy, signWhy, isPortal] = await Promise.all([
    reach(place, console),
    reach(signUrl ?? signService, console),
    wantsSignIn(portal),
  ]);
  if (isPortal) return [warning('network', `the network answers in place of ${platform}`, signInRemedy)];
  return [
    reachability('network', platform, place, platformWhy),
    reachability('signing', 'the sign service', signUrl ?? signService, signWhy),
  ];
}

const remedy = 'Look at the Wi-Fi and the router; gifts are not received meanwhile; what is owed is drawn.';
const signInRemedy = 'It seems to want a sign-in: sign in to this Wi-Fi with a browser, or use another network.';

function reachability(about: string, name: string, url: string, why: string | null): Check {
  const { host } = new URL(url);
  return why === null
    ? ok(about, `${name} answers (${host})`)
    : warning(about, `${name} does not answer (${host}): ${why}`, remedy);
}

/** Null when a server answers, whatever it says. */
async function reach(url: string, console: Console): Promise<string | null> {
  try {
    await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(withinMs) });
    return null;
  } catch (error) {
    return whyOf(error, console);
  }
}

/** The platform sends whoever asks without TLS on to itself; a network that wants a sign-in answers or sends elsewhere. */
async function wantsSignIn(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(withinMs) });
    const cameFrom = new URL(answer.headers.get('location') ?? url, url);
    const body = (await answer.text()).slice(0, lookedAtChars);
    const isSentOn = answer.status >= 300 && answer.status < 400;
    return inBetween({ askedOf: new URL(url), cameFrom, status: answer.status, body, wantsData: !isSentOn }) !== null;
  } catch {
    // Whether it can be reached at all is the other check's business.
    return false;
  }
}

const lookedAtChars = 4_096;
