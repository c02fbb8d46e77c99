import type { CreditKind } from './worth.ts';

/**
 * What must not come through from outside: controls, what breaks a line, what turns the direction of writing, letters that
 * nobody sees, and halves of surrogate pairs. Joiners stay where a script needs them or an emoji is made of several, tags
 * where they make a flag.
 */
export const unprintable = new RegExp(
  [
    '[\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}]',
    // Marks and overrides of direction, soft hyphens, fillers, blanks without a width, notes between lines.
    '[\\u00ad\\u034f\\u061c\\u115f\\u1160\\u180e\\u200b\\u200e\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff9-\\ufffb]',
    // In Arabic and Indic scripts a joiner tells how its neighbours are written; in an emoji it makes one of two.
    `(?<![${joining()}])\\u200c`,
    `(?<![${joining()}]|\\p{ExtPict}\\ufe0f?|\\p{EMod})\\u200d`,
    `(?<=(?:\\p{ExtPict}\\ufe0f?|\\p{EMod}))\\u200d(?!\\p{ExtPict})`,
    '\\u{e0001}|(?<!\\u{1f3f4}[\\u{e0020}-\\u{e007e}]{0,6})[\\u{e0020}-\\u{e007f}]',
  ].join('|'),
  'gu',
);

/** The scripts that use joiners between letters. */
function joining(): string {
  const scripts =
    'Arab Syrc Mong Nkoo Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr Mymr Tibt Thaa Mand Adlm'.split(' ');
  return scripts.map((script) => `\\p{Script=${script}}`).join('');
}

/** Most of what comes in, above all ids, is nothing but this, and costs next to nothing. */
const ascii = /^[ -~]*$/;
const breaks = /^[\p{Cc}\p{Zl}\p{Zp}]$/u;

/**
 * A name from outside as it is kept and shown: on one line, without anything that could drive a terminal, turn what
 * stands beside it, or make two names look alike. What is plain already stays as it is.
 */
export function plainText(text: string): string {
  if (ascii.test(text)) return text;
  const plain = text.replace(unprintable, (char) => (breaks.test(char) ? ' ' : ''));
  return plain === text ? text : plain.replace(/ {2,}/g, ' ').trim();
}

/** Text of several lines as it goes out: each line is plain, and they stay lines. */
export function plainLines(text: string): string {
  return text.replace(unprintable, (char) => (char === '\n' ? char : breaks.test(char) ? ' ' : ''));
}

/** Whether a text is plain as it stands. */
export function isPlain(text: string): boolean {
  return plainText(text) === text;
}

/** What people call some of the characters that nobody sees. */
const unseenNames: ReadonlyMap<string, string> = new Map([
  ['\u0000', 'NUL'],
  ['\u0007', 'BEL'],
  ['\u0008', 'backspace'],
  ['\t', 'a tab'],
  ['\u000b', 'a vertical tab'],
  ['\u000c', 'a page break'],
  ['\u001b', 'ESC'],
  ['\u007f', 'DEL'],
  ['\u00a0', 'a no-break blank'],
  ['\u00ad', 'a soft hyphen'],
  ['\u200b', 'a blank without width'],
  ['\u202f', 'a no-break blank'],
  ['\u3000', 'a wide blank'],
  ['\ufeff', 'a byte order mark'],
]);

/** Names a character that nobody sees, such as `ESC (U+001B)`; null when it is an ordinary one. */
export function unseenName(char: string): string | null {
  if (ascii.test(char) || (isPlain(char) && !/^\p{Zs}$/u.test(char))) return null;
  const code = `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  const name = unseenNames.get(char);
  return name === undefined ? code : `${name} (${code})`;
}

/** Letters of scripts that are written from right to left. */
const rightToLeft = '\\u0590-\\u08ff\\ufb1d-\\ufdff\\ufe70-\\ufefc\\u{10800}-\\u{10fff}\\u{1e800}-\\u{1efff}';
const rightToLeftRun = new RegExp(
  `[${rightToLeft}](?:[${rightToLeft}\\p{M}\\u200c\\u200d]|[ '"\u2019._-](?=[${rightToLeft}]))*`,
  'gu',
);

/**
 * Text as it is shown beside names of any script: each run from right to left is isolated (U+2068, U+2069), so that it does
 * not change places with the number or the mark beside it.
 */
export function isolateRightToLeft(text: string): string {
  return ascii.test(text) ? text : text.replace(rightToLeftRun, '\u2068$&\u2069');
}

/** Text in which what is unprintable stands as an escape that JSON reads back: nothing is lost, nothing drives a terminal. */
export function escapeUnprintable(text: string): string {
  return text.replace(unprintable, (char) => {
    if (char === '\n') return '\\n';
    if (char === '\r') return '\\r';
    if (char === '\t') return '\\t';
    return char
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join('');
  });
}

/** A value as JSON over several lines, for a terminal: all of it is there, and nothing drives anything. */
export function escapedJson(value: unknown): string {
  return JSON.stringify(value, null, 2).split('\n').map(escapeUnprintable).join('\n');
}

/** A value as JSON in which every text is plain, on one line: for pages, which show what they get. */
export function plainJson(value: unknown): string {
  const text = JSON.stringify(value);
  // Most of what goes out is plain: it is not gone through piece by piece.
  return text.search(unprintable) < 0 && !escaped.test(text) ? text : JSON.stringify(value, plainPart);
}

const escaped = /\\(?:u[0-9a-f]{4}|[bfnrt])/;

function plainPart(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? plainText(value) : value;
}

/** A value of JSON with every text in it plain, on one line: what another program sent, before it stands in a sentence. */
export function plainParts(value: unknown): unknown {
  return JSON.parse(plainJson(value));
}

/**
 * A name by which names are compared, on both sides of every comparison: letters that look alike are alike, however they
 * are composed, as a ligature, full-width or narrow, with whatever apostrophe, quote, dash or blank, in capitals or not,
 * with the dots of Turkish or without, and with an emoji in colour or without.
 */
export function comparableName(name: string): string {
  // Marks come first: the compatible forms of some are a blank with an accent, and those of others are marks again.
  return (
    oneMark(oneMark(name.normalize('NFC')).normalize('NFKC'))
      // Some letters have several small or large ones, or are two when they are large.
      .toLowerCase()
      .toUpperCase()
      .toLowerCase()
      .replace(/i\u0307/g, 'i')
      .normalize('NFKC')
      .replace(/\s+/g, ' ')
      .trim()
  );
}

/** Text with one apostrophe, quote and dash, and without what nobody sees, or what says only how an emoji is shown. */
function oneMark(text: string): string {
  return text
    .replace(/[\u00ad\u200b\u2060\ufeff]|[\ufe00-\ufe0f]/g, '')
    .replace(/[\u2018-\u201b\u2032\u02bc\u02b9\uff07\u00b4\u0060]/g, "'")
    .replace(/[\u201c-\u201f\u2033\u00ab\u00bb\uff02]/g, '"')
    .replace(/[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/g, '-');
}

/** The name among these that a person means: the same, or else the only one that looks the same; null when none does. */
export function nameMeant(names: readonly string[], written: string): string | null {
  if (names.includes(written)) return written;
  const alike = new Set(names.filter((name) => comparableName(name) === comparableName(written)));
  const [only = null] = alike;
  return alike.size === 1 ? only : null;
}

/** A number with its word, as people say it: "1 gift", "2 gifts". Words whose plural is not made with an s bring it. */
export function counted(count: number, word: string, plural = `${word}s`): string {
  return `${count} ${count === 1 ? word : plural}`;
}

/** A moment on the clock on the wall of where this machine is: `14:32`, with the day where it is another than now's. */
export function clockTime(wallMs: number, nowWallMs: number): string {
  const [day = '', minute = ''] = localTime(wallMs).split(' ');
  return localDay(nowWallMs) === day ? minute : `${day} ${minute}`;
}

/** A moment as people here write it: day and time, to the minute. */
export function localTime(wallMs: number): string {
  return `${localDay(wallMs)} ${timeOfDay(wallMs).slice(0, 5)}`;
}

/** A day as people here write it. By hand: the formats of all languages take 8 MB once one of them is asked for. */
export function localDay(wallMs: number): string {
  const at = new Date(wallMs);
  return `${at.getFullYear()}-${twoDigits(at.getMonth() + 1)}-${twoDigits(at.getDate())}`;
}

/** The time of a day to the second, as people here write it. */
export function timeOfDay(wallMs: number): string {
  const at = new Date(wallMs);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits).join(':');
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}

/** An event in words: `Rose from mila`, `Rose (test)`, `manual credit for mila`. */
export function giftInWords({
  gift,
  viewer,
  origin,
}: {
  readonly gift: string;
  readonly viewer: string;
  readonly origin: CreditKind;
}): string {
  if (origin === 'hand') return viewer === '' ? 'manual credit' : `manual credit for ${viewer}`;
  const kind = origin === 'live' ? '' : ` (${origin})`;
  return `${gift}${viewer === '' ? '' : ` from ${viewer}`}${kind}`;
}
