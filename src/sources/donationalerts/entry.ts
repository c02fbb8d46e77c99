import type { Reach, SignedInPlatform } from '../connection/platform.ts';
import { donationPlaces, donationPlatform as platform } from './platform.ts';

const { name, site, socket } = donationPlaces;
/** What is asked for: whose account it is, the socket, and the list. */
const scope = 'oauth-user-show oauth-donation-subscribe oauth-donation-index';
/** The variables that hold the secret of the application, and another place of the platform: a double of it. */
const variables = { secret: 'LIVEPEN_DONATIONALERTS_SECRET', host: 'LIVEPEN_DONATIONALERTS_HOST' } as const;

/** Donations: signed in to with an application of the streamer's own. */
export const donationAlerts: SignedInPlatform = {
  platform,
  name,
  question: ({ clientId, redirectUrl }, reach) => ({
    authorizeUrl: `${siteOf(reach)}/oauth/authorize`,
    clientId,
    redirectUrl,
    scope,
    isPublic: false,
  }),
  issuer: ({ clientId }, reach) => ({
    ...reach,
    name,
    platform,
    tokenUrl: `${siteOf(reach)}/oauth/token`,
    fields: () => ({ client_id: clientId, client_secret: reach.secret(variables.secret) ?? '', scope }),
  }),
  load: async () => {
    const { createDonationSource } = await import('./source.ts');
    return (deps) => {
      const host = deps.place(variables.host);
      return createDonationSource({
        ...deps,
        site: siteOf(deps),
        socketUrl: host === null ? socket : `${host.replace(/^http/, 'ws')}/connection/websocket`,
        pollSeconds: deps.settings.pollSeconds ?? 60,
        reconnectMaxAttempts: deps.settings.reconnectMaxAttempts,
      });
    };
  },
};

function siteOf({ place }: Reach): string {
  return place(variables.host) ?? site;
}
