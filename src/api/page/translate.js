/**
 * Sentences in another language by the sentences in English: `{name}` stands for whatever is there, and is translated
 * itself where it is a sentence that is known.
 * @param {Record<string, string>} dictionary
 * @returns {(text: string) => string} what is not known stays as it is
 */
export function translator(dictionary) {
  const patterns = Object.entries(dictionary)
    .filter(([english]) => english.includes('{'))
    // What says more goes first: `{n} strokes owed` before `{n} strokes`.
    .sort(([a], [b]) => b.replace(/\{\w+\}/g, '').length - a.replace(/\{\w+\}/g, '').length)
    .map(([english, other]) => ({ form: formOf(english), other }));

  /** @param {string} text @param {number} depth @returns {string | null} */
  function whole(text, depth) {
    const same = sameIn(dictionary, text);
    if (same !== undefined) return same;
    for (const { form, other } of patterns) {
      const parts = form.exec(text)?.groups;
      if (parts === undefined) continue;
      return other.replace(/\{(\w+)\}/g, (_, name) => said(parts[`_${name}`] ?? '', depth + 1));
    }
    return null;
  }

  /** @param {string} text @param {number} depth @returns {string} */
  function said(text, depth) {
    if (text === '' || depth > 3) return text;
    const same = sameIn(dictionary, text);
    if (same !== undefined) return same;
    // Sentence by sentence: what is left open in one does not swallow the one before it.
    const sentences = text.split(/(?<=[.!?]) (?=[A-Z@`"])/);
    for (let count = 1; count <= sentences.length; count++) {
      const found = whole(sentences.slice(0, count).join(' '), depth);
      if (found !== null) return [found, ...rest(sentences.slice(count), depth)].join(' ');
    }
    return [sentences[0] ?? '', ...rest(sentences.slice(1), depth)].join(' ');
  }

  /** @param {string[]} sentences @param {number} depth */
  function rest(sentences, depth) {
    return sentences.length === 0 ? [] : [said(sentences.join(' '), depth)];
  }

  return (text) => said(text, 0);
}

/**
 * A short name for a sentence (FNV-1a, 32 bits): a phone that loads a language need not load its English with it.
 * @param {string} text
 */
export function briefOf(text) {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0).toString(36);
}

/**
 * What a sentence is called in a dictionary that has it by itself or by its short name.
 * @param {Record<string, string>} dictionary
 * @param {string} text
 * @returns {string | undefined}
 */
export function sameIn(dictionary, text) {
  return dictionary[text] ?? dictionary[briefOf(text)];
}

/** @param {string} english */
function formOf(english) {
  const source = english
    .split(/(\{\w+\})/)
    .map((part) => {
      const [, name] = /^\{(\w+)\}$/.exec(part) ?? [];
      // A count is figures, a moment is day and time: neither is the end of any other sentence.
      if (name === 'n') return '(?<_n>[\\d.,]+)';
      if (name === 'at') return '(?<_at>\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d)';
      return name === undefined ? part.replace(/[.*+?^$|()[\]\\]/g, '\\$&') : `(?<_${name}>[\\s\\S]+?)`;
    })
    .join('');
  return new RegExp(`^${source}$`);
}
