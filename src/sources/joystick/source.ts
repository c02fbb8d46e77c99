import type { Cancel, Clock, Random } from '../../domain/clock.ts';
import type { Fault } from '../../domain/fault.ts';
import { isGiven, type LiveEventKind } from '../../domain/live-event.ts';
import type { LiveSource } from '../../domain/live-source.ts';
import type { Log } from '../../domain/log.ts';
import { eveningOf } from '../../domain/money.ts';
import { plainText } from '../../domain/plain-text.ts';
import type { Line, Talk } from '../connection/attempt.ts';
import { type ConnectionEnding, connectionFaults } from '../connection/ending.ts';
import { askJson, fieldsOf } from '../connection/json.ts';
import { type KeptSource, keepConnection } from '../connection/keeper.ts';
import type { HttpPort, SocketPort, SocketTarget, StatusAnswer } from '../connection/ports.ts';
import type { LivePlace } from '../connection/session.ts';
import type { TokenKeeper } from '../connection/tokens.ts';
import type { UndecodableFrame } from '../connection/undecodable.ts';
import { cableProtocol, readCable, subscribeFrame } from './cable.ts';
import { type ChatRights, ChatWriter } from './chat.ts';
import { type GatewayEvent, readGatewayMessage } from './message.ts';
import { joystickPlaces, joystickPlatform as platform } from './platform.ts';

const { name: joystickName } = joystickPlaces;
/** The server sends a ping every 3 s: two that are missing are what its own client takes for a dead connection. */
const silenceLimitMs = 6_000;
/** How long the answer to the subscription may take, ms; a server that does not know it never answers. */
const confirmLimitMs = 5_000;
/** The close of a connection whose token is not accepted. */
const notAuthorized = 4401;
const reasonCharsMax = 60;
/** A connection may stand for weeks, and a sign-in that nobody renews ends: it is looked after this often. */
const renewLookMs = 3_600_000;
/** While the stream is on, a renewal, which may cut the connection, is put off for up to so long, ms. */
const renewLateMs = 7 * 24 * 3_600_000;
/** So many ids and types of messages are remembered. */
const rememberedMax = 1_000;

export interface JoystickDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly sockets: SocketPort;
  readonly http: HttpPort;
  readonly tokens: TokenKeeper;
  /** Where the platform is; other places are doubles of it. */
  readonly api: string;
  readonly reconnectMaxAttempts: number;
  /** Kinds beside tips and the end of the stream. */
  readonly wanted: ReadonlySet<LiveEventKind>;
  /** Resolves when all that was handed over is on disk; null does not wait. */
  readonly settled: (() => Promise<void>) | null;
  readonly undecodable?: (frame: UndecodableFrame) => void;
  readonly clockIsSet: () => boolean;
  /** What may be written into the chat; nothing where it is left out. */
  readonly rights?: ChatRights;
}

/** A source that listens to a channel of Joystick.tv over one socket. What is missed there is never sent again. */
export function createJoystickSource(deps: JoystickDeps): LiveSource {
  const keeper = new Gatekeeper(deps);
  const { source } = keeper;
  let cancel: Cancel = () => {};
  const look = () => {
    cancel = deps.clock.after(renewLookMs, look);
    keeper.renew();
  };
  return {
    start(sink) {
      source.start(sink);
      cancel = deps.clock.after(renewLookMs, look);
    },
    facts: () => source.facts(),
    retryNow: () => source.retryNow(),
    write: (order) => keeper.chat.write(order),
    async stop(why) {
      cancel();
      await source.stop(why);
      await deps.tokens.rest();
    },
  };
}

/** Our own channel; its id never changes, its name may. */
interface Identity {
  readonly channel: string;
  readonly username: string;
  /** The sign-in that it is of. */
  readonly since: number;
}

interface Admission {
  readonly token: string;
  readonly identity: Identity;
}

/** What all connections of one source share: the sign-in, its channel, and whether its token was refused. */
class Gatekeeper {
  readonly source: KeptSource;
  readonly chat: ChatWriter;
  readonly #deps: JoystickDeps;
  #identity: Identity | null = null;
  /** Until when the connection stood and the stream was off, wall time; null while it is not known to be off. */
  #offUntilMs: number | null = null;
  #renewedAtMs: number;
  /** In which room each of the newest events was received. */
  readonly #heardIn = new Map<string, string>();
  readonly #passedOver = new Map<string, true>();
  /** Whether a token was refused, and none was accepted since. */
  #isTurnedAway = false;
  /** The sign-in that only a person can mend, by when they signed in; null while there is nothing to mend. */
  #badSince: number | null = null;

  constructor(deps: JoystickDeps) {
    this.#deps = deps;
    this.#renewedAtMs = deps.clock.nowMs();
    this.chat = new ChatWriter(deps.clock, deps.rights ?? { write: false, moderate: false });
    this.source = keepConnection({
      ...deps,
      platform,
      name: joystickName,
      silenceLimitMs,
      confirmLimitMs,
      isMended: () => this.#isMended(),
      talk: (line) => new Conversation(this, line),
    });
  }

  /** Renews the sign-in when it has ended; while the stream is on, only where that cannot wait any longer. */
  renew(): void {
    const { clock, tokens } = this.#deps;
    if (this.source.facts().heard && clock.nowMs() - this.#renewedAtMs < renewLateMs) return;
    this.#renewedAtMs = clock.nowMs();
    // What is wrong with it, the next attempt shows.
    void tokens.access();
  }

  /** Whether an event was received in an earlier evening: the ledger recognises a repeat only within one room. */
  isOfBefore({ id }: GatewayEvent, { room }: LivePlace): boolean {
    if (id === '') return false;
    const known = this.#heardIn.get(id);
    if (known !== undefined) return known !== room;
    remember(this.#heardIn, id, room);
    return false;
  }

  /** Says once of a type that it is passed over. */
  passOver(type: string): void {
    if (this.#passedOver.has(type)) return;
    remember(this.#passedOver, type, true);
    this.#deps.log.debug(`${joystickName} sends "${type}", which is of no use here.`);
  }

  #isMended(): boolean {
    const { tokens } = this.#deps;
    return (this.#badSince === null || tokens.signIn()?.since !== this.#badSince) && tokens.isMended();
  }

  mend(fault: Fault): ConnectionEnding {
    this.#badSince = this.#deps.tokens.signIn()?.since ?? 0;
    return { kind: 'mend', fault };
  }

  /** A token that is accepted, and whose it is; one that is not is renewed once. */
  async admission(signal: AbortSignal): Promise<Admission | ConnectionEnding> {
    for (let round = 0; ; round += 1) {
      const access = await this.#deps.tokens.access();
      if (!access.ok) return access.ending;
      const { token } = access;
      const since = this.#deps.tokens.signIn()?.since ?? 0;
      const known = this.#identity;
      if (known !== null && known.since === since) return { token, identity: known };
      const asked = await this.#ask('/api/v1/me/identity', token, signal);
      if (asked.ok) {
        const identity = identityIn(asked.value, since);
        if (identity === null) return { kind: 'lost', why: `${joystickName} does not say which channel is ours` };
        this.#identity = identity;
        return { token, identity };
      }
      if (asked.status !== 401) return asked.ending;
      if (round > 0) return this.mend(connectionFaults.signInRefused(joystickName, platform));
      this.#deps.tokens.refuse(token);
    }
  }

  /** Whether the stream is on; true where that is unknown, so that no event is missed. */
  async isLive(token: string, signal: AbortSignal): Promise<boolean> {
    const asked = await this.#ask('/api/users/stream-settings', token, signal);
    return !(asked.ok && fieldsOf(asked.value).live === false);
  }

  #ask(path: string, token: string, signal: AbortSignal) {
    const { clock, http, api, clockIsSet } = this.#deps;
    const headers = { authorization: `Bearer ${token}` };
    const asking = { clock, http, clockIsSet, name: joystickName };
    return askJson(asking, { method: 'GET', url: `${api}${path}`, headers, body: null }, signal);
  }

  target(token: string): SocketTarget {
    const url = `${this.#deps.api.replace(/^http/, 'ws')}/cable?token=${encodeURIComponent(token)}`;
    return { url, protocols: [cableProtocol] };
  }

  /** The connection is admitted: the sign-in is in order again. */
  admitted(): void {
    this.#isTurnedAway = false;
    this.#badSince = null;
  }

  /** A token was refused: it is renewed once. When the new one is refused too, only a person can do something. */
  turnedAway(token: string): ConnectionEnding {
    if (this.#isTurnedAway) return this.mend(connectionFaults.signInRefused(joystickName, platform));
    this.#isTurnedAway = true;
    this.#deps.tokens.refuse(token);
    return { kind: 'lost', why: `${joystickName} wants a new token` };
  }

  /** The stream is off, as was just reported. */
  off(): void {
    this.#offUntilMs = this.#deps.clock.wallMs();
  }

  /** The stream is on; returns since when it was not known that it is not. */
  on(): number | null {
    const sinceMs = this.#offUntilMs;
    this.#offUntilMs = null;
    return sinceMs;
  }

  wants(kind: LiveEventKind): boolean {
    return isGiven({ kind }) || this.#deps.wanted.has(kind);
  }

  /** Lives have no ids there: all of an evening are one. The channel's id stays when the streamer takes another name. */
  placeOf({ channel, username }: Identity): LivePlace {
    return { room: `${channel}:${eveningOf(this.#deps.clock.wallMs())}`, channel: username };
  }
}

/** The protocol of one connection. */
class Conversation implements Talk {
  readonly #keeper: Gatekeeper;
  readonly #line: Line;
  #token = '';
  #identity: Identity | null = null;
  #place: LivePlace | null = null;
  /** Whether the stream is on, as far as is known. */
  #isLive = true;

  constructor(keeper: Gatekeeper, line: Line) {
    this.#keeper = keeper;
    this.#line = line;
  }

  async target(): Promise<SocketTarget | ConnectionEnding> {
    const { signal } = this.#line;
    const admission = await this.#keeper.admission(signal);
    if ('kind' in admission) return admission;
    this.#token = admission.token;
    this.#identity = admission.identity;
    this.#isLive = await this.#keeper.isLive(this.#token, signal);
    return this.#keeper.target(this.#token);
  }

  /** The server speaks first. */
  opened(): void {}

  message(text: string): number {
    if (!this.#isLive) this.#keeper.off();
    const frame = readCable(text);
    switch (frame.kind) {
      case 'welcome':
        this.#line.send(subscribeFrame);
        return 0;
      case 'confirmed':
        this.#keeper.admitted();
        this.#keeper.chat.use({ line: this.#line, channel: this.#identity?.channel ?? '' });
        this.#switch(this.#isLive, true);
        return 0;
      case 'rejected':
        this.#line.end(this.#keeper.mend(notAdmitted));
        return 0;
      case 'disconnect':
        this.#line.end(this.#disconnected(frame));
        return 0;
      case 'message':
        return this.#gateway(frame.message, text);
      case 'error':
        this.#keeper.chat.refused(frame.what);
        return 0;
      case 'unreadable':
        this.#line.undecodable('frame', 'it is no JSON', text);
        return 1;
      default:
        return 0;
    }
  }

  closed(code: number): ConnectionEnding | null {
    return code === notAuthorized ? this.#keeper.turnedAway(this.#token) : null;
  }

  refused({ status }: StatusAnswer): ConnectionEnding | null {
    return status === 401 ? this.#keeper.turnedAway(this.#token) : null;
  }

  #disconnected({ reason, reconnect }: { readonly reason: string; readonly reconnect: boolean }): ConnectionEnding {
    if (reason === 'unauthorized') return this.#keeper.turnedAway(this.#token);
    const said = plainText(reason.slice(0, reasonCharsMax)).replaceAll('_', ' ');
    const why = `${joystickName} closed the connection${said === '' ? '' : ` (${said})`}`;
    return reconnect ? { kind: 'lost', why } : this.#keeper.mend(connectionFaults.notWanted(joystickName, why));
  }

  #gateway(message: unknown, text: string): number {
    const read = readGatewayMessage(message, this.#identity?.channel ?? '');
    switch (read.is) {
      case 'event':
        if (this.#isOwn(read.event)) return 0;
        if (this.#keeper.wants(read.event.kind) && !this.#isOfBefore(read.event)) this.#line.event(own(read.event));
        return 1;
      case 'passed-over':
        this.#keeper.passOver(read.type);
        return 0;
      case 'started':
        this.#switch(true);
        return 1;
      case 'ended':
        if (this.#isLive) this.#line.event(streamEnd);
        this.#switch(false);
        return 1;
      case 'undecodable':
        this.#line.undecodable(read.type, read.what, text);
        return 1;
      default:
        return 0;
    }
  }

  /** Notes a person's newest message, by which they can be muted; returns whether the message was written by us. */
  #isOwn({ id, kind, user, payload }: GatewayEvent): boolean {
    if (kind !== 'chat') return false;
    if (this.#keeper.chat.isEcho(payload.text)) return true;
    if (user !== null && id !== '') this.#keeper.chat.heard(user.name, id);
    return false;
  }

  #isOfBefore(event: GatewayEvent): boolean {
    return this.#place !== null && this.#keeper.isOfBefore(event, this.#place);
  }

  /** `isNew`: what was said since the connection before this one stood, nobody has heard. */
  #switch(isLive: boolean, isNew = false): void {
    if (this.#identity === null) throw new Error('nobody is signed in');
    this.#isLive = isLive;
    const place = this.#keeper.placeOf(this.#identity);
    this.#place ??= place;
    if (isLive) {
      const sinceMs = this.#keeper.on();
      this.#line.heard(place, isNew ? sinceMs : null);
      return;
    }
    this.#keeper.off();
    this.#line.offAir(place, `${place.channel} is not live on ${joystickName}.`);
  }
}

const streamEnd = { kind: 'stream-end', payload: { reason: 'ended' }, id: '', atMs: null, user: null } as const;

/** The id of an event names it for ever, on whichever connection it came. */
function own(event: GatewayEvent): GatewayEvent {
  return event.id === '' ? event : { ...event, id: `${platform}:${event.id}` };
}

function identityIn(value: unknown, since: number): Identity | null {
  const said = fieldsOf(value);
  const of = said.channel_id === undefined ? fieldsOf(said.data) : said;
  const channel = typeof of.channel_id === 'string' ? plainText(of.channel_id) : '';
  const username = typeof of.username === 'string' ? plainText(of.username) : '';
  return channel === '' ? null : { channel, username: username || channel, since };
}

const notAdmitted: Fault = {
  code: 'live-not-admitted',
  what: `${joystickName} does not let this sign-in read what happens on the channel.`,
  remedy: `Sign in to ${joystickName} anew, and agree to all that is asked.`,
};

/** The newest stay. */
function remember<T>(known: Map<string, T>, key: string, value: T): void {
  known.set(key, value);
  const [first] = known.keys();
  if (known.size > rememberedMax && first !== undefined) known.delete(first);
}
