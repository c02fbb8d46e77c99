import { type Check, ok, warning } from './check.ts';

const withinMs = 6_000;
const platform = 'https://www.tiktok.com/';
/** Where the connector asks for signatures when the config names no other place. */
const signService = 'https://tiktok.eulerstream.com/';

/** Whether the platform and the sign service can be reached. Livepen works without: it is never more than a warning. */
export async function checkNetwork(signUrl: string | null): Promise<Check[]> {
  const remedy = 'Look at the Wi-Fi and the router; gifts are not heard meanwhile, what is owed is drawn.';
  return Promise.all(
    [
      { about: 'network', url: platform, name: 'TikTok' },
      { about: 'signing', url: signUrl ?? signService, name: 'the sign service' },
    ].map(async ({ about, url, name }) => {
      const why = await reach(url);
      return why === null
        ? ok(about, `${name} answers (${new URL(url).host})`)
        : warning(about, `${name} does not answer (${new URL(url).host}): ${why}`, remedy);
    }),
  );
}

/** Null when a server answers, whatever it says. */
async function reach(url: string): Promise<string | null> {
  try {
    await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(withinMs) });
    return null;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return cause instanceof Error ? cause.message || cause.name : String(cause);
  }
}
