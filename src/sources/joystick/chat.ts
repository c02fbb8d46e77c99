import { type ChatDone, type ChatOrder, chatName, chatText, moderations } from '../../domain/chat.ts';
import type { Clock } from '../../domain/clock.ts';
import { plainText } from '../../domain/plain-text.ts';
import type { Line } from '../connection/attempt.ts';
import { performFrame } from './cable.ts';
import { joystickPlaces } from './platform.ts';

const { name: joystickName } = joystickPlaces;
/** No limit is documented; more would be taken for a flood. */
const paceMs = 2_000;
/** The server answers nothing when it accepts, and refuses within this time, ms. */
const refusedWithinMs = 1_000;
/** Of so many people the newest message is remembered. */
const rememberedMax = 1_000;
/** What is written comes back as a chat message within this time, ms. */
const echoWithinMs = 30_000;
const echoesMax = 20;
const reasonLettersMax = 100;

/** What the config allows. */
export interface ChatRights {
  readonly write: boolean;
  readonly moderate: boolean;
}

/** What is asked of the server, by its own keys. */
interface Asked {
  readonly action: string;
  readonly [key: string]: string;
}

type NotDone = Extract<ChatDone, { readonly ok: false }>;

/** A connection that stands. */
interface Standing {
  readonly line: Pick<Line, 'signal' | 'send'>;
  readonly channel: string;
}

/** Writes into the chat of the channel over the connection that listens: one message at a time, at the pace of a person. */
export class ChatWriter {
  readonly #clock: Clock;
  readonly #rights: ChatRights;
  #standing: Standing | null = null;
  #isUnderWay = false;
  #lastMs = Number.NEGATIVE_INFINITY;
  #refused: ((what: string) => void) | null = null;
  /** The newest message of each person, by their name in small letters: who is muted is named by it. */
  readonly #messages = new Map<string, string>();
  readonly #echoes: { readonly letters: string; readonly untilMs: number }[] = [];

  constructor(clock: Clock, rights: ChatRights) {
    this.#clock = clock;
    this.#rights = rights;
  }

  /** Writes over this connection from now on. */
  use(standing: Standing): void {
    this.#standing = standing;
  }

  /** The server refused what was asked of it last. */
  refused(what: string): void {
    this.#refused?.(what);
  }

  /** A chat message came. */
  heard(name: string, message: string): void {
    const key = name.toLowerCase();
    this.#messages.delete(key);
    this.#messages.set(key, message);
    const [first] = this.#messages.keys();
    if (this.#messages.size > rememberedMax && first !== undefined) this.#messages.delete(first);
  }

  /**
   * Whether a chat message is the echo of one that was written here; each counts once. Without this a rule could answer
   * itself for ever.
   */
  isEcho(text: string): boolean {
    const letters = lettersOf(text);
    const nowMs = this.#clock.nowMs();
    const found = this.#echoes.findIndex((echo) => echo.letters === letters && echo.untilMs >= nowMs);
    if (found >= 0) this.#echoes.splice(found, 1);
    return found >= 0;
  }

  /** Carries out an order, or returns why not, within 3 s. */
  async write(order: ChatOrder): Promise<ChatDone> {
    const read = this.#asked(order);
    if (!read.ok) return read;
    if (this.#isUnderWay) return busy;
    const standing = this.#standing;
    if (standing === null || standing.line.signal.aborted) return notConnected;
    this.#isUnderWay = true;
    try {
      const waitMs = this.#lastMs + paceMs - this.#clock.nowMs();
      if (waitMs > 0) await this.#within(waitMs, standing, () => {});
      return await this.#perform(standing, read.asked);
    } finally {
      this.#isUnderWay = false;
    }
  }

  /** The request to the server, or why there is none. */
  #asked({ act, to, text }: ChatOrder): { readonly ok: true; readonly asked: Asked } | NotDone {
    const isModeration = moderations.some((each) => each === act);
    if (isModeration && !this.#rights.moderate) return mayNotModerate;
    if (!isModeration && !this.#rights.write) return mayNotWrite;
    if (act !== 'announce' && !chatName.test(to)) return noName;
    if (act === 'unmute') return { ok: true, asked: { action: 'unmute_user', username: to } };
    if (isModeration) {
      const message = this.#messages.get(to.toLowerCase());
      if (message === undefined) return nothingHeard;
      // The older form of the key is still taken.
      return { ok: true, asked: { action: `${act}_user`, message_id: message, messageId: message } };
    }
    const clean = chatText(text);
    if (clean === '') return noText;
    if (act === 'whisper') return { ok: true, asked: { action: 'send_whisper', username: to, text: clean } };
    return { ok: true, asked: { action: 'send_message', text: act === 'reply' ? chatText(`@${to} ${clean}`) : clean } };
  }

  async #perform(standing: Standing, asked: Asked): Promise<ChatDone> {
    if (standing.line.signal.aborted) return notConnected;
    this.#lastMs = this.#clock.nowMs();
    if (asked.action === 'send_message') this.#expectEcho(asked.text ?? '');
    standing.line.send(performFrame({ ...asked, channel_id: standing.channel }));
    return this.#within(refusedWithinMs, standing, (done) => {
      this.#refused = (what) => done(refusal(what));
    });
  }

  #expectEcho(text: string): void {
    this.#echoes.push({ letters: lettersOf(text), untilMs: this.#clock.nowMs() + echoWithinMs });
    if (this.#echoes.length > echoesMax) this.#echoes.shift();
  }

  /** Resolves as accepted when no refusal came within this time, and as failed when the connection ends before. */
  async #within(
    waitMs: number,
    { line }: Standing,
    begin: (done: (what: ChatDone) => void) => void,
  ): Promise<ChatDone> {
    const { promise, resolve } = Promise.withResolvers<ChatDone>();
    const gone = () => resolve(notConnected);
    line.signal.addEventListener('abort', gone);
    const cancel = this.#clock.after(waitMs, () => resolve({ ok: true }));
    begin(resolve);
    const done = await promise;
    cancel();
    line.signal.removeEventListener('abort', gone);
    this.#refused = null;
    return done;
  }
}

/** A text by its letters and digits: servers and their filters write other signs of it anew. One without any is kept whole. */
function lettersOf(text: string): string {
  const letters = text.toLowerCase().replace(/&\w+;|[^\p{L}\p{N}]/gu, '');
  return letters === '' ? text.replace(/\s|\ufe0f/gu, '') : letters;
}

function notDone(why: NotDone['why'], code: string, what: string, remedy: string): NotDone {
  return { ok: false, why, fault: { code, what, remedy } };
}

function refusal(said: string): NotDone {
  const reason = [...plainText(said)].slice(0, reasonLettersMax).join('');
  return notDone(
    'refused',
    'chat-refused',
    `${joystickName} refuses it: ${reason}.`,
    'Sign in anew, and agree that the application may write and moderate.',
  );
}

const busy = notDone('busy', 'chat-busy', 'Another message is on its way to the chat.', 'Send one after the other.');
const notConnected = notDone(
  'unreachable',
  'chat-not-connected',
  `There is no connection to the chat of ${joystickName}.`,
  'The page and `livepen status` say why.',
);
const mayNotWrite = notDone(
  'refused',
  'chat-not-allowed',
  'The config does not let anything be written into the chat.',
  'Set chat = true at the live of Joystick.tv, restart, and sign in to it anew.',
);
const mayNotModerate = notDone(
  'refused',
  'chat-not-allowed',
  'The config does not let anybody be muted or blocked.',
  'Set moderate = true at the live of Joystick.tv, restart, and sign in to it anew.',
);
const noName = notDone(
  'refused',
  'chat-name',
  'That is no name of a person in the chat.',
  'Name the person, without @.',
);
const noText = notDone('refused', 'chat-text', 'Nothing of the text can be written into a chat.', 'Send letters.');
const nothingHeard = notDone(
  'refused',
  'chat-nobody',
  'Nothing that this person said was heard since the service began, so it cannot be named to the chat.',
  'Mute or block them on the platform itself.',
);
