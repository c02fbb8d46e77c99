import {
  giftedMax,
  type LiveEventKind,
  type LivePayloads,
  subscribedMonthsMax,
  type Viewer,
} from '../../domain/live-event.ts';
import { messageLettersMax, tokensMax } from '../../domain/money.ts';
import { plainText } from '../../domain/plain-text.ts';
import { fieldsOf, type JsonFields, jsonOrNull } from '../connection/json.ts';

/** What this platform brings. */
type GatewayKind = Extract<
  LiveEventKind,
  'tip' | 'follow' | 'subscribe' | 'wheel' | 'goal' | 'raid' | 'raid-out' | 'join' | 'chat'
>;

interface Of<K extends GatewayKind> {
  readonly kind: K;
  readonly payload: LivePayloads[K];
  readonly user: Viewer | null;
}
type Happened = { [K in GatewayKind]: Of<K> }[GatewayKind];

/** An event of the channel, without what a session adds to it; `id` is '' when the message gives none. */
export type GatewayEvent = Happened & { readonly id: string; readonly atMs: number | null };

/** What a message turns out to be. */
type GatewayMessage =
  | { readonly is: 'event'; readonly event: GatewayEvent }
  /** The stream begins or goes on, or has ended. */
  | { readonly is: 'started' | 'ended' }
  /** Of another channel that the same application listens to. */
  | { readonly is: 'elsewhere' }
  /** Of no use here, or of a type that is not known: the service adds new ones. */
  | { readonly is: 'passed-over'; readonly type: string }
  /** Something may be lost: `type` is what the platform calls it. */
  | { readonly is: 'undecodable'; readonly type: string; readonly what: string };

/** Names and types are words; an id is a UUID. */
const wordCharsMax = 100;

/** A message of either version of the service's form. */
interface Envelope {
  /** In small letters, as version 2 writes it. */
  readonly type: string;
  readonly id: string;
  readonly channel: string;
  readonly atMs: number | null;
  readonly text: string;
  /** What belongs to the type. */
  readonly data: JsonFields;
  readonly author: JsonFields;
  readonly visibility: string;
}

/**
 * Reads a message of the gateway, in the form of version 2 or of version 1; `channel` is ours. It throws nothing. Amounts
 * are read from fields alone: `text` is for people, and may hold HTML.
 */
export function readGatewayMessage(message: unknown, channel: string): GatewayMessage {
  const envelope = envelopeOf(fieldsOf(message));
  if (envelope.type === '') return { is: 'undecodable', type: 'message', what: 'it names no type' };
  const what = meant(envelope);
  if (what.is !== 'passed-over' && envelope.channel === '')
    return { is: 'undecodable', type: envelope.type, what: 'it names no channel' };
  return what.is !== 'passed-over' && envelope.channel !== channel ? { is: 'elsewhere' } : what;
}

function envelopeOf(said: JsonFields): Envelope {
  const isFirst = said.v === undefined && said.data === undefined;
  return {
    type: snake(word(said.type)),
    id: word(said.id) || word(said.messageId),
    channel: word(said.channel_id) || word(said.channelId),
    atMs: timeOf(said.occurred_at ?? said.createdAt),
    text: written(said.text),
    data: isFirst ? metadataOf(said.metadata) : fieldsOf(said.data),
    author: fieldsOf(said.author ?? fieldsOf(said.data).author),
    visibility: word(said.visibility ?? fieldsOf(said.data).visibility),
  };
}

/** Version 1 sends an object as text in the text; it may be empty, missing, or no JSON. */
function metadataOf(metadata: unknown): JsonFields {
  return fieldsOf(typeof metadata === 'string' ? jsonOrNull(metadata) : metadata);
}

/** `StreamDroppedIn` as version 2 writes it: `stream_dropped_in`. */
function snake(type: string): string {
  return type.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase();
}

function meant(envelope: Envelope): GatewayMessage {
  const { type } = envelope;
  if (beginnings.has(type)) return { is: 'started' };
  if (ends.has(type)) return { is: 'ended' };
  const body = readers.get(type)?.(envelope) ?? null;
  if (body === null) return { is: 'passed-over', type };
  if (typeof body === 'string') return { is: 'undecodable', type, what: body };
  const { id, atMs } = envelope;
  return { is: 'event', event: { id, atMs, ...body } };
}

const beginnings: ReadonlySet<string> = new Set(['started', 'stream_started', 'stream_resuming']);
const ends: ReadonlySet<string> = new Set(['ended', 'stream_ended']);

/** What happened and by whom; a text says why that cannot be known, null that it is nobody's business. */
type Body = Happened | string | null;

/** By what version 2 calls it, or what version 1 does in small letters. */
const bodies: Readonly<Record<string, (envelope: Envelope) => Body>> = {
  tipped({ data }) {
    const tokens = wholeFrom(data.how_much, tokensMax);
    if (tokens === null || tokens === 0) return 'a tip says no number of tokens above nothing';
    const payload = { tokens, item: written(data.tip_menu_item), text: '' };
    return { kind: 'tip', payload, user: personCalled(data.who) };
  },
  wheel_spin_claimed({ data }) {
    const payload = { prize: written(data.prize), tokens: wholeFrom(data.how_much, tokensMax) ?? 0 };
    return { kind: 'wheel', payload, user: personCalled(data.who) };
  },
  followed: ({ data }) => ({ kind: 'follow', payload: {}, user: personCalled(data.who) }),
  subscribed,
  resubscribed: subscribed,
  gifted_subscriptions({ data }) {
    const gifted = wholeFrom(data.how_much, giftedMax);
    if (gifted === null || gifted === 0) return 'gifted subscriptions say no number above nothing';
    return { kind: 'subscribe', payload: { gifted }, user: personCalled(data.who) };
  },
  tip_goal_met: goal,
  milestone_completed: goal,
  stream_dropped_in: ({ data }) => ({ kind: 'raid', payload: viewersIn(data), user: personCalled(data.who) }),
  dropin_stream: ({ data }) => ({
    kind: 'raid-out',
    payload: viewersIn(data),
    user: personCalled(data.destination_username),
  }),
  enter_stream: ({ data, text }) => ({ kind: 'join', payload: {}, user: personCalled(data.username ?? text) }),
  new_message: chat,
  chat_message: chat,
};

const readers = new Map(Object.entries(bodies));

function subscribed({ data }: Envelope): Body {
  const months = wholeFrom(data.how_long, subscribedMonthsMax) ?? 0;
  return { kind: 'subscribe', payload: months === 0 ? {} : { months }, user: personCalled(data.who) };
}

/** Only once it is reached: how far it has come is said with every tip. */
function goal({ data }: Envelope): Body {
  const payload = { title: written(data.title), tokens: wholeFrom(data.amount, tokensMax) ?? 0 };
  return { kind: 'goal', payload, user: personCalled(data.who) };
}

/** A whisper is nobody's business. */
function chat({ visibility, data, text, author }: Envelope): Body {
  if (visibility !== '' && visibility !== 'public') return null;
  return { kind: 'chat', payload: { text: written(data.text ?? text) }, user: authorOf(author) };
}

function viewersIn(data: JsonFields): { readonly viewers: number } {
  return { viewers: wholeFrom(data.number_of_viewers, Number.MAX_SAFE_INTEGER) ?? 0 };
}

/**
 * The platform names people by their names alone: whoever takes another name is another person here. A name in capitals
 * is the same one. Null where nobody is named.
 */
function personCalled(said: unknown): Viewer | null {
  const name = typeof said === 'string' ? plainText(said.slice(0, wordCharsMax)).trim() : '';
  // What stands before a colon is a platform's name.
  return name === '' ? null : { id: name.normalize('NFC').toLowerCase().replaceAll(':', '-'), name };
}

const flags = { isStreamer: 'streamer', isModerator: 'moderator', isSubscriber: 'subscriber' } as const;

/** Version 1 has flags beside the name, version 2 an object of badges. */
function authorOf(author: JsonFields): Viewer | null {
  const person = personCalled(author.username);
  if (person === null) return null;
  const badges = fieldsOf(author.badges);
  const roles = Object.entries(flags).flatMap(([flag, role]) =>
    author[flag] === true || badges[flag] === true || badges[role] === true ? [role] : [],
  );
  return roles.length === 0 ? person : { ...person, roles };
}

/** A whole number of nothing or more, as a number or in digits; null for all else. */
function wholeFrom(said: unknown, max: number): number | null {
  const number = typeof said === 'string' && /^\d{1,15}$/.test(said) ? Number(said) : said;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 && number <= max ? number : null;
}

/** What somebody wrote, on one line and not longer than is kept. */
function written(said: unknown): string {
  if (typeof said !== 'string') return '';
  return [...plainText(said.slice(0, 2 * messageLettersMax))].slice(0, messageLettersMax).join('');
}

function word(said: unknown): string {
  return typeof said === 'string' ? plainText(said.slice(0, wordCharsMax)) : '';
}

function timeOf(said: unknown): number | null {
  const atMs = typeof said === 'string' ? Date.parse(said.slice(0, wordCharsMax)) : Number.NaN;
  return Number.isFinite(atMs) && atMs >= 0 ? atMs : null;
}
