import * as v from 'valibot';
import { drawingRange, generatorNames, pieceOrders } from '../domain/drawing-reader.ts';
import { isPlain } from '../domain/plain-text.ts';
import { goalList } from './goals.ts';
import { pointsKeys, termsOf } from './points.ts';
import {
  currencyRates,
  gcodeLines,
  numberFrom,
  oneOf,
  penGcode,
  textField,
  textOrNone,
  textUpTo,
  wholeFrom,
  yesOrNo,
} from './values.ts';

/** The version of the config's form; it changes when an old file would be misread. */
const configVersion = 1;

/** Larger than any plotter; it catches a slipped decimal point. */
const reachMm = 5_000;
const place = () => numberFrom(-reachMm, reachMm, 'mm');
const size = () => numberFrom(0.1, reachMm, 'mm');
const feed = () => numberFrom(1, 60_000, 'mm/min');
const style = () => oneOf('line', 'tally', 'wave', 'dot', 'hatch');

/** `@name` and the address of a profile or live are understood too. */
const user = v.pipe(
  textOrNone('a TikTok user name'),
  v.transform((name) => name && nameOf(name)),
  v.nullable(
    v.pipe(v.string(), v.regex(/^[^\s/?#@]{1,64}$/u, 'must be a TikTok user name, such as "name" or "@name"')),
  ),
);
function nameOf(written: string): string {
  return written.replace(/^(?:https?:\/\/)?[^/@]*\/(?=@)/i, '').replace(/^@|(?:\/live\/?)?(?:\?.*)?$/g, '');
}
const room = v.pipe(
  textOrNone("a room's number"),
  v.nullable(v.pipe(v.string(), v.regex(/^\d{1,20}$/, "must be a room's number: digits in quotes"))),
);
const url = v.pipe(
  textOrNone('an address'),
  v.nullable(v.pipe(v.string(), v.regex(/^(?:https?|wss?):\/\/[^\s/]+/i, 'must begin with https:// or wss://'))),
);
const notAnId = 'must be text in quotes, such as "1"';
const rowId = v.pipe(
  v.union([v.string(notAnId), v.pipe(v.number(), v.safeInteger(notAnId))], notAnId),
  v.transform((id) => String(id).trim()),
  v.check((id) => id !== '' && [...id].length <= 40 && isPlain(id), 'must be 1 to 40 letters or digits'),
);

const notAnAddress =
  'must be "127.0.0.1" (only this machine), "0.0.0.0" (the network too, with a token) or another address';
const notAName = 'must be a list of names of hosts, such as ["livepen.example.org"]';
const notAnOrigin = 'must be a list of origins, such as ["https://example.org"]';

/** What can be written down though it pays for nothing. */
const keptKinds = [
  'chat',
  'like',
  'join',
  'follow',
  'share',
  'subscribe',
  'emote',
  'battle',
  'room-user',
  'wheel',
  'goal',
  'raid',
  'raid-out',
] as const;

const keep = v.optional(v.array(oneOf(...keptKinds), 'must be a list of kinds, such as ["chat", "like"]'), []);
const secretsFile = v.optional(textOrNone('the name of a file'), '');
const reconnectMaxAttempts = v.optional(wholeFrom(0, 1_000_000, 'attempts in a row, 0 never gives up'), 0);

/** What belongs to a live that a person signs in to. */
const signedIn = (tokenFile: string) => ({
  clientId: textField('the client id of your application'),
  secretsFile,
  /** Where the sign-in is kept; it lies with the ledger. */
  tokenFile: v.optional(textField('the name of a file'), tokenFile),
  /** Where the platform sends a person back to; nobody needs to listen there. */
  redirectUrl: v.optional(
    v.pipe(
      v.string('must be an address, in quotes'),
      v.regex(/^https?:\/\/[^\s/]+/i, 'must begin with http:// or https://'),
    ),
    'http://127.0.0.1:8421/',
  ),
  reconnectMaxAttempts,
  keep,
});

/** The keys of a live by its platform. */
const liveKeys = {
  tiktok: {
    platform: v.optional(v.literal('tiktok'), 'tiktok'),
    /** Null: nobody is listened to, only test gifts count. */
    user,
    provider: v.optional(oneOf('direct', 'euler'), 'direct'),
    signUrl: v.optional(url, ''),
    room: v.optional(room, ''),
    secretsFile,
    /** What gifts are worth that are for a guest of the live and not for the host. */
    guestGifts: v.optional(oneOf('draw', 'ignore'), 'draw'),
    reconnectMaxAttempts,
    keep,
  },
  donationalerts: {
    platform: v.literal('donationalerts'),
    ...signedIn('donationalerts-sign-in.json'),
    pollSeconds: v.optional(wholeFrom(10, 3_600, 'seconds'), 60),
  },
  joystick: {
    platform: v.literal('joystick'),
    ...signedIn('joystick-sign-in.json'),
    /** Whether the sign-in asks for the right to write into the chat, too. */
    chat: v.optional(yesOrNo(), false),
    /** Whether people may be muted and blocked in it. */
    moderate: v.optional(yesOrNo(), false),
  },
};

type Platform = keyof typeof liveKeys;

/** What may stand in a live as it is written, by the platform that it names. */
export function keysOfLive(written: unknown): readonly string[] {
  return Object.keys(liveKeys[platformOf(written)]);
}

/** Which platform a live that is written names, and whether its lives are found by a user's name. */
export function platformOfLive(written: unknown): { readonly platform: string; readonly isOfUser: boolean } {
  const platform = platformOf(written);
  return { platform, isOfUser: platform === 'tiktok' };
}

/** One that nobody knows is judged as the first; that it is none is said of its key. */
function platformOf(written: unknown): Platform {
  const named = typeof written === 'object' && written !== null && 'platform' in written ? written.platform : null;
  return named === 'donationalerts' || named === 'joystick' ? named : 'tiktok';
}

const notAColour = 'must be a colour: "#" and six digits from 0 to f';

/** The keys of each section, with what holds where the file says nothing. */
export const sections = {
  live: liveKeys.tiktok,
  plotter: {
    port: v.optional(textField('"auto" or the path of a serial port'), 'auto'),
    baudRate: v.optional(wholeFrom(1_200, 4_000_000, 'baud'), 250_000),
    origin: v.optional(oneOf('confirm', 'endstops', 'power-on'), 'confirm'),
    trustPark: v.optional(yesOrNo(), false),
    idleParkSeconds: v.optional(numberFrom(0, 3_600, 'seconds'), 5),
    certainAfterMoves: v.optional(wholeFrom(16, 256, 'moves'), 16),
    stopWith: v.optional(oneOf('M410', 'M112'), 'M410'),
    acceleration: v.optional(v.nullable(numberFrom(20, 20_000, 'mm/s²')), null),
    junctionDeviation: v.optional(v.nullable(numberFrom(0.01, 0.3, 'mm')), null),
  },
  home: {
    zHomesUp: v.optional(yesOrNo(), false),
    xMm: v.optional(place(), 0),
    yMm: v.optional(place(), 0),
    zMm: v.optional(place(), 0),
  },
  servo: {
    index: v.optional(wholeFrom(0, 15, 'number of the servo'), 0),
    downDegrees: numberFrom(0, 180, 'degrees'),
    hopDegrees: numberFrom(0, 180, 'degrees'),
    upDegrees: numberFrom(0, 180, 'degrees'),
    settleMs: v.optional(wholeFrom(0, 5_000, 'ms'), 200),
  },
  penLines: { down: penGcode(), hop: penGcode(), up: penGcode() },
  lines: {
    start: v.optional(gcodeLines(), []),
    sheet: v.optional(gcodeLines(), []),
    end: v.optional(gcodeLines(), []),
  },
  bed: {
    xMinMm: v.optional(place(), 0),
    xMaxMm: v.optional(place(), 400),
    yMinMm: v.optional(place(), 0),
    yMaxMm: v.optional(place(), 400),
  },
  paper: {
    widthMm: v.optional(size(), 210),
    heightMm: v.optional(size(), 297),
    marginMm: v.optional(numberFrom(0, reachMm, 'mm'), 30),
    offsetXMm: v.optional(place(), 0),
    offsetYMm: v.optional(place(), 0),
  },
  pen: {
    downMm: v.optional(numberFrom(-5, 20, 'mm'), 0),
    hopMm: v.optional(numberFrom(0, 100, 'mm'), 1.2),
    upMm: v.optional(numberFrom(0.5, 100, 'mm'), 5),
    downFeedMmPerMin: v.optional(feed(), 300),
    upFeedMmPerMin: v.optional(feed(), 900),
    travelFeedMmPerMin: v.optional(feed(), 9_000),
    slantHopMm: v.optional(numberFrom(0.1, 100, 'mm')),
    name: v.optional(textOrNone('what is printed on the pen'), ''),
    colour: v.optional(v.nullable(v.pipe(v.string(notAColour), v.regex(/^#[0-9a-f]{6}$/i, notAColour))), null),
    metres: v.optional(v.nullable(numberFrom(1, 100_000, 'm')), null),
  },
  stroke: {
    lengthMm: v.optional(size(), 10),
    spacingMm: v.optional(size(), 1),
    feedMmPerMin: v.optional(feed(), 9_000),
    style: v.optional(style(), 'line'),
    jitterMm: v.optional(numberFrom(0, 10, 'mm'), 0),
  },
  park: { xMm: place(), yMm: place() },
  lettering: {
    label: v.optional(textUpTo(200), '{row}'),
    labelMm: v.optional(numberFrom(1, 50, 'mm'), 3),
    heading: v.optional(textUpTo(200), ''),
    headingMm: v.optional(numberFrom(1, 100, 'mm'), 5),
    marginMm: v.optional(numberFrom(0, reachMm, 'mm'), 10),
  },
  sheet: { full: v.optional(oneOf('all-rows', 'first-row'), 'all-rows') },
  drawing: {
    order: v.optional(oneOf('live', 'oldest', 'row', 'nearest'), 'live'),
    newGiverWithinSeconds: v.optional(numberFrom(5, 3_600, 'seconds'), 60),
  },
  api: {
    /** Of any address but a loopback one, every route needs a token. */
    host: v.optional(
      v.union([v.literal('localhost'), v.pipe(v.string(notAnAddress), v.ip(notAnAddress))], notAnAddress),
      '127.0.0.1',
    ),
    port: v.optional(wholeFrom(0, 65_535, '0 takes a free port'), 8_420),
    names: v.optional(v.array(v.pipe(v.string(), v.regex(/^[a-z0-9.:-]{1,253}$/i, notAName)), notAName), []),
    allowOrigins: v.optional(
      v.array(v.pipe(v.string(), v.regex(/^https?:\/\/[^\s/]+$/, notAnOrigin)), notAnOrigin),
      [],
    ),
  },
  debt: { maxStrokesPerGift: v.optional(v.nullable(wholeFrom(1, 100_000, 'strokes')), null) },
  afterLive: { draw: v.optional(yesOrNo(), true), maxMinutes: v.optional(numberFrom(0, 1_440, 'minutes'), 30) },
  ledger: { file: v.optional(textField('the name of a file'), 'livepen.db') },
  gifts: { file: v.optional(textField('the name of a file'), 'gifts.json') },
  rules: { file: v.optional(textField('the name of a file'), 'rules.json') },
  points: pointsKeys,
  button: {
    driver: v.optional(oneOf('auto', 'input', 'gpiod', 'onoff', 'none'), 'auto'),
    device: v.optional(textOrNone('the path of an input device'), ''),
    pin: v.optional(wholeFrom(0, 27, 'the number after GPIO'), 17),
  },
  light: {
    driver: v.optional(oneOf('auto', 'spi', 'none'), 'auto'),
    device: v.optional(textField('the path of an SPI device'), '/dev/spidev0.0'),
    leds: v.optional(wholeFrom(2, 300, 'LEDs'), 8),
    brightness: v.optional(numberFrom(0.02, 1, 'of full power'), 0.3),
    order: v.optional(oneOf('GRB', 'RGB', 'BRG', 'RBG', 'GBR', 'BGR'), 'GRB'),
  },
  retention: { viewerDays: v.optional(wholeFrom(1, 3_650, 'days'), 90) },
  log: { level: v.optional(oneOf('debug', 'info', 'warn', 'error'), 'info') },
};

/** The keys of a row; those that may be left out follow the paper and the stroke. */
export const rowKeys = {
  id: rowId,
  name: v.optional(textField('a name')),
  yMm: place(),
  xMm: v.optional(place()),
  xMaxMm: v.optional(place()),
  maxStrokes: v.optional(wholeFrom(1, 1_000_000, 'strokes')),
  strokeMm: v.optional(size()),
  spacingMm: v.optional(size()),
  style: v.optional(style()),
  /** Its strokes are the pieces of a picture then, which fills a box. */
  picture: v.optional(textField('the name of an SVG file')),
  generator: v.optional(oneOf(...generatorNames)),
  widthMm: v.optional(size()),
  heightMm: v.optional(size()),
  order: v.optional(oneOf(...pieceOrders)),
  seed: v.optional(rowId),
  hatchMm: v.optional(numberFrom(drawingRange.hatchMinMm, drawingRange.hatchMaxMm, 'mm')),
};

/** The keys of a plate. */
export const plateKeys = {
  id: rowId,
  name: v.optional(textField('a name')),
  xMm: place(),
  yMm: place(),
  widthMm: size(),
  heightMm: size(),
  /** Whether a drawing may be turned by a quarter where it is larger so. */
  turn: v.optional(yesOrNo(), false),
};

/** A section; what stands in double brackets is a list, which the library would take for an object. */
function table<const Keys extends v.ObjectEntries>(section: string, keys: Keys) {
  const rule = `must begin with [${section}], in single brackets, and stand once`;
  return v.pipe(
    v.custom<v.InferInput<v.ObjectSchema<Keys, string>>>((given) => !Array.isArray(given), rule),
    v.object(keys, rule),
  );
}

/** How rows are written. */
export const doubleBrackets = 'each row begins with [[rows]], in double brackets';
const row = v.pipe(
  v.object(rowKeys, 'must be a table: [[rows]]'),
  v.transform((written) => ({ ...written, name: written.name ?? written.id })),
);

const plateBrackets = 'each plate begins with [[plates]], in double brackets';
const plate = v.pipe(
  v.object(plateKeys, 'must be a table: [[plates]]'),
  v.transform((written) => ({ ...written, name: written.name ?? written.id })),
);

/** So many lives at most: each keeps a connection and its memory. */
const livesMax = 8;
const notALive = 'must be a table: [live], or [[live]] for each of several';
const platformRule = `must be ${Object.keys(liveKeys)
  .map((name) => `"${name}"`)
  .join(' or ')}`;

/** A live that a person signs in to has no user whose name is looked for, and no guests. */
function foundByNoName<T extends object>(live: T) {
  return { ...live, user: null, room: null, guestGifts: 'draw' as const };
}

const oneLive = v.lazy((written) => {
  const { tiktok, donationalerts, joystick } = liveKeys;
  const byPlatform = {
    tiktok: v.object({ ...tiktok, platform: v.optional(v.literal('tiktok', platformRule), 'tiktok') }, notALive),
    donationalerts: v.pipe(v.object(donationalerts, notALive), v.transform(foundByNoName)),
    joystick: v.pipe(v.object(joystick, notALive), v.transform(foundByNoName)),
  };
  return byPlatform[platformOf(written)];
});

/** One live as `[live]`, or several, each as `[[live]]`. */
const lives = v.lazy((written) =>
  Array.isArray(written)
    ? v.pipe(
        v.array(oneLive),
        v.minLength(1, 'must hold at least one live'),
        v.maxLength(livesMax, `must be at most ${livesMax} lives`),
      )
    : v.pipe(
        oneLive,
        v.transform((one) => [one]),
      ),
);

/** The parts that decide where ink lies. */
export const layoutParts = {
  bed: v.optional(table('bed', sections.bed), {}),
  paper: v.optional(table('paper', sections.paper), {}),
  stroke: v.optional(table('stroke', sections.stroke), {}),
  pen: v.optional(table('pen', sections.pen), {}),
  park: v.optional(v.nullable(table('park', sections.park)), null),
  lettering: v.optional(v.nullable(table('lettering', sections.lettering)), null),
  /** Without rows there must be plates. */
  rows: v.optional(
    v.pipe(v.array(row, `must be a list: ${doubleBrackets}`), v.maxLength(200, 'must be at most 200 rows')),
    [],
  ),
  plates: v.optional(
    v.pipe(v.array(plate, `must be a list: ${plateBrackets}`), v.maxLength(50, 'must be at most 50 plates')),
    [],
  ),
};

/** One row, for checking the others when one is broken. */
export const rowSchema = row;
/** The same for a plate. */
export const plateSchema = plate;

/** The whole file, apart from keys that are not known: those are found separately, all of them. */
export const configSchema = v.object(
  {
    version: v.optional(v.literal(configVersion, `must be ${configVersion}, the only version so far`), configVersion),
    live: lives,
    plotter: v.optional(table('plotter', sections.plotter), {}),
    ...layoutParts,
    home: v.optional(table('home', sections.home), {}),
    servo: v.optional(v.nullable(table('servo', sections.servo)), null),
    penLines: v.optional(v.nullable(table('penLines', sections.penLines)), null),
    lines: v.optional(table('lines', sections.lines), {}),
    sheet: v.optional(table('sheet', sections.sheet), {}),
    drawing: v.optional(table('drawing', sections.drawing), {}),
    api: v.optional(table('api', sections.api), {}),
    debt: v.optional(table('debt', sections.debt), {}),
    afterLive: v.optional(table('afterLive', sections.afterLive), {}),
    ledger: v.optional(table('ledger', sections.ledger), {}),
    gifts: v.optional(table('gifts', sections.gifts), {}),
    rules: v.optional(v.nullable(table('rules', sections.rules)), null),
    points: v.optional(v.nullable(v.pipe(table('points', sections.points), v.transform(termsOf))), null),
    goals: goalList,
    rates: v.optional(currencyRates(), {}),
    button: v.optional(table('button', sections.button), {}),
    light: v.optional(table('light', sections.light), {}),
    retention: v.optional(table('retention', sections.retention), {}),
    log: v.optional(table('log', sections.log), {}),
  },
  'must be a config',
);

type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T;

/** A config as it is written. */
export type WrittenConfig = Immutable<v.InferOutput<typeof configSchema>>;

/** One of the lives that are listened to. */
export type LiveConfig = WrittenConfig['live'][number];
/** One that is found by a user's name. */
type LiveOfUser = Extract<LiveConfig, { readonly platform: 'tiktok' }>;
/** One that a person signs in to. */
export type SignedInLive = Exclude<LiveConfig, LiveOfUser>;

/** Whether a live is found by a user's name. */
export function isOfUser(live: LiveConfig): live is LiveOfUser {
  return live.platform === 'tiktok';
}
/** Whether a live is of a user whom nobody has named. */
export function isOfNobody(live: LiveConfig): boolean {
  return isOfUser(live) && live.user === null && live.room === null;
}
/** Whether something may be written into the chat of a live. */
export function writesChat(live: LiveConfig): boolean {
  return live.platform === 'joystick' && (live.chat || live.moderate);
}
/** Whether a live is one that a person signs in to. */
export function isSignedIn(live: LiveConfig): live is SignedInLive {
  return !isOfUser(live);
}

/** A config that was read and found sound; paths are resolved, numbers are in the units of their names. */
export interface Config extends Omit<WrittenConfig, 'live'> {
  /** At least one; the first names the streamer where one name is wanted. */
  readonly lives: readonly [LiveConfig, ...LiveConfig[]];
}

/** The parts of a config that decide where ink lies. */
export type LayoutInput = Pick<Config, keyof typeof layoutParts>;
