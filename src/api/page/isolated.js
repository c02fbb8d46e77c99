const letters = '\\u0590-\\u08ff\\ufb1d-\\ufdff\\ufe70-\\ufefc\\u{10800}-\\u{10fff}\\u{1e800}-\\u{1efff}';
const run = new RegExp(`[${letters}](?:[${letters}\\p{M}\\u200c\\u200d]|[ '"\u2019._-](?=[${letters}]))*`, 'gu');

/**
 * A text in which what is written from right to left is isolated, so that it does not change places with the number or the
 * mark beside it.
 * @param {string} text
 */
export function isolated(text) {
  return text.replace(run, '\u2068$&\u2069');
}
