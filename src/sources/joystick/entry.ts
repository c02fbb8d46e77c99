import type { Reach, SignedInPlatform } from '../connection/platform.ts';
import { joystickPlaces, joystickPlatform as platform } from './platform.ts';

const { name, api, consent } = joystickPlaces;
/** What is asked for: what happens on the channel, and whose it is; to write, only where the config wants that. */
const reading = 'chat:read stream:read identity:read';
const writing = 'chat:write';
/** The variables that hold the secret of an application that has one, and another place of the platform: a double. */
const variables = { secret: 'LIVEPEN_JOYSTICK_SECRET', host: 'LIVEPEN_JOYSTICK_HOST' } as const;

/** Tips: signed in to with an application of the streamer's own, which needs no secret. */
export const joystick: SignedInPlatform = {
  platform,
  name,
  question: ({ clientId, redirectUrl, chat = false, moderate = false }, reach) => ({
    authorizeUrl: `${placeOf(reach, consent)}/api/oauth/authorize`,
    clientId,
    redirectUrl,
    scope: chat || moderate ? `${reading} ${writing}` : reading,
    isPublic: reach.secret(variables.secret) === null,
  }),
  issuer: ({ clientId }, reach) => ({
    ...reach,
    name,
    platform,
    tokenUrl: `${placeOf(reach, api)}/api/oauth/token`,
    fields: () => ({ client_id: clientId }),
    headers: () => basic(clientId, reach.secret(variables.secret)),
  }),
  load: async () => {
    const { createJoystickSource } = await import('./source.ts');
    return (deps) =>
      createJoystickSource({
        ...deps,
        api: placeOf(deps, api),
        reconnectMaxAttempts: deps.settings.reconnectMaxAttempts,
        rights: { write: deps.settings.chat === true, moderate: deps.settings.moderate === true },
      });
  },
};

function placeOf({ place }: Reach, usual: string): string {
  return (place(variables.host) ?? usual).replace(/\/+$/, '');
}

/** An application with a secret shows it in this way. */
function basic(clientId: string, secret: string | null): Readonly<Record<string, string>> {
  if (secret === null) return {};
  return { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` };
}
