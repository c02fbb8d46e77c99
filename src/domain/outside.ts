/** What rules, the worker and the appliance that hears its reports must know alike: a form and what it says of another. */
type Form = readonly [RegExp, string];

/** How an outlet of the worker is called, by which a rule names it. */
export const outletName: Form = [
  /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,99}$/u,
  'must be a name of letters, digits, blanks and . _ -',
];

/** How rules and the worker's config call a platform. */
export const platformName: Form = [/^[a-z]{1,40}$/, 'must be the name of a platform, in small letters'];

/** A voice of espeak-ng: a language, and a variant of it. */
export const espeakVoice = /[a-z]{2,3}(?:-[a-z0-9-]{1,20})?(?:\+[A-Za-z0-9]{1,20})?/;

/** With each report come so many of its newest dead letters. */
export const deadReportedMax = 10;

/** A sound or a picture for the board has no more bytes. */
export const mediaBytesMax = 1_000_000;
