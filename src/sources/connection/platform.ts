import type { Clock, Random } from '../../domain/clock.ts';
import type { LiveEventKind } from '../../domain/live-event.ts';
import type { LiveSource, SourceMarks } from '../../domain/live-source.ts';
import type { Log } from '../../domain/log.ts';
import type { HttpPort, SocketPort } from './ports.ts';
import type { SignInQuestion } from './sign-in.ts';
import type { TokenIssuer, TokenKeeper } from './tokens.ts';
import type { UndecodableFrame } from './undecodable.ts';

/** A live that a person signs in to, by the config; what only one platform has is missing for the others. */
interface SignedInSettings {
  readonly platform: string;
  readonly clientId: string;
  readonly redirectUrl: string;
  readonly reconnectMaxAttempts: number;
  readonly pollSeconds?: number;
  /** Whether the right to write into the chat is asked for, too. */
  readonly chat?: boolean;
  /** Whether people may be muted and blocked in it. */
  readonly moderate?: boolean;
}

/** How platforms are reached, and where secrets are found. */
export interface Reach {
  readonly clock: Clock;
  readonly log: Log;
  readonly http: HttpPort;
  readonly clockIsSet: () => boolean;
  /** Environment and secrets file, by the names in them; throws where the file cannot be read. */
  readonly secret: (name: string) => string | null;
  /** Another address in place of a platform's, for tests; only the environment can name one. */
  readonly place: (name: string) => string | null;
}

/** What a source of such a live needs. */
export interface SignedInDeps extends Reach {
  readonly random: Random;
  readonly sockets: SocketPort;
  readonly settings: SignedInSettings;
  readonly tokens: TokenKeeper;
  readonly marks: SourceMarks;
  readonly wanted: ReadonlySet<LiveEventKind>;
  /** Resolves when all that was handed over is on disk. */
  readonly settled: () => Promise<void>;
  readonly undecodable: (frame: UndecodableFrame) => void;
}

/** A platform that a person signs in to: what commands know of it before anything of it is loaded. */
export interface SignedInPlatform {
  /** How the config and events name it. */
  readonly platform: string;
  /** What people call it. */
  readonly name: string;
  readonly question: (settings: SignedInSettings, reach: Reach) => SignInQuestion;
  readonly issuer: (settings: SignedInSettings, reach: Reach) => TokenIssuer;
  /** Loads the part that listens. */
  readonly load: () => Promise<(deps: SignedInDeps) => LiveSource>;
}
