import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createGateway } from '../../src/simulators/gateway/gateway.ts';
import { servePlatform } from '../../src/simulators/platform/server.ts';
import { tokenFile } from '../../src/sources/connection/token-file.ts';
import { systemClock } from '../../src/system/clock.ts';
import { clientId } from '../sources/joystick/rig.ts';

/** A gateway in software on a port, with what an appliance needs to listen to it. */
export async function gatewayOf(context: TestContext, scopes: readonly string[] = ['chat:read', 'stream:read']) {
  const clock = systemClock();
  const gateway = createGateway({ clock });
  const server = await servePlatform(gateway);
  context.after(() => server.close());
  const { access, refresh } = gateway.installations.install(clientId, scopes);
  return {
    gateway,
    /** The live of the config. */
    live: `[[live]]\nplatform = "joystick"\nclientId = "${clientId}"\n`,
    env: { LIVEPEN_JOYSTICK_HOST: server.url },
    /** Puts a sign-in into the folder where the appliance looks for it. */
    signIn(folder: string): void {
      const wallMs = clock.wallMs();
      tokenFile(join(folder, 'joystick-sign-in.json')).write({
        accessToken: access,
        refreshToken: refresh,
        endsAtMs: wallMs + 4 * 3_600_000,
        since: wallMs,
      });
    },
  };
}
