import { isolated } from './isolated.js';

/**
 * The element with this id; the page is broken when it is not there.
 * @param {string} id
 */
export function by(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * An element with classes, attributes and content; what is false, null or empty is left out.
 * @param {string} name of the element, and of its classes: `li.test`
 * @param {Record<string, string | number | boolean | null>} [attributes]
 * @param {(Node | string | null)[]} [content]
 */
export function make(name, attributes = {}, content = []) {
  const [tag = 'div', ...classes] = name.split('.');
  const element = document.createElement(tag);
  element.className = classes.join(' ');
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(key, value === true ? '' : String(value));
  }
  for (const each of content) {
    if (each !== null && each !== '') element.append(typeof each === 'string' ? isolated(each) : each);
  }
  return element;
}

/**
 * Puts new content into an element, but only when it is other than before: focus and screen readers are left in peace.
 * @param {HTMLElement} holder
 * @param {(Node | string)[]} content
 */
export function fill(holder, content) {
  const fresh = make('div', {}, content);
  if (fresh.innerHTML !== holder.innerHTML) holder.replaceChildren(...content);
}

/** @param {HTMLElement} holder @param {string} text */
export function say(holder, text) {
  const shown = isolated(text);
  if (holder.textContent !== shown) holder.textContent = shown;
}

const wanted = (new URLSearchParams(location.search).get('lang') ?? navigator.language).slice(0, 2);
/** What the page says in the language of its reader, by the English; null: English. @type {Record<string, string> | null} */
let dictionary = wanted === 'en' ? null : await textsIn('texts', wanted);
const language = dictionary === null ? 'en' : wanted;
const translating = dictionary === null ? null : await import('./translate.js');
/** @param {string} text */
const sameAs = (text) => (dictionary === null ? undefined : translating?.sameIn(dictionary, text));
/** @type {(text: string) => string} */
let translate = translating === null ? (text) => text : translating.translator(dictionary ?? {});

/** @param {'texts' | 'refusals'} kind @param {string} name of a language */
async function textsIn(kind, name) {
  const response = await fetch(`/page/${kind}/${encodeURIComponent(name)}.json`).catch(() => null);
  return response?.ok ? response.json() : null;
}

/** @type {Promise<void> | null} */
let refusals = null;

async function withRefusals() {
  const more = await textsIn('refusals', language);
  // What did not come is asked for again at the next refusal.
  if (more === null) refusals = null;
  const all = { ...dictionary, ...more };
  dictionary = all;
  translate = translating?.translator(all) ?? translate;
}

/**
 * What the service says as it refuses something: words that a page of which nothing is refused does not load.
 * @param {string} text
 */
export async function translatedRefusal(text) {
  if (dictionary === null) return translated(text);
  refusals ??= withRefusals();
  await refusals;
  return translated(text);
}

/** @param {number} count */
export function figure(count) {
  return count.toLocaleString(language);
}

/**
 * What the page says, in the language of its reader.
 * @param {string} english with what changes in braces
 * @param {Record<string, string | number>} [parts] by their names in the braces
 */
export function t(english, parts = {}) {
  return (sameAs(english) ?? english).replace(/\{(\w+)\}/g, (_, name) => {
    const part = parts[name] ?? '';
    return typeof part === 'number' ? figure(part) : part;
  });
}

/**
 * What the service says, in the language of its reader, without what is meant for those at the command line.
 * @param {string} text
 */
export function translated(text) {
  return translate(text.replace(/ \((?:or run )?`[^`]*`\)/g, ''));
}

/** @param {number} count @param {string} one @param {string} many */
export function count(count, one, many = `${one}s`) {
  return `${figure(count)} ${t(count === 1 ? one : many)}`;
}

/** Puts the words that stand in the page's HTML into the language of its reader. */
export function translatePage() {
  if (dictionary === null) return;
  document.documentElement.lang = language;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    const text = (node.textContent ?? '').trim();
    const other = sameAs(text);
    if (other !== undefined) node.textContent = (node.textContent ?? '').replace(text, other);
  }
  for (const labelled of document.querySelectorAll('[aria-label]')) {
    labelled.setAttribute('aria-label', t(labelled.getAttribute('aria-label') ?? ''));
  }
}

/** @param {number} ms since 1970 */
export function clockTime(ms) {
  const at = new Date(ms);
  const isToday = at.toDateString() === new Date().toDateString();
  const time = at.toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' });
  return isToday ? time : `${at.toLocaleDateString(language, { day: 'numeric', month: 'short' })}, ${time}`;
}

/** What has to come before anything is drawn. @type {Record<string, string>} */
const once = {
  plotter: t('once the plotter is back'),
  mending: t('once that is fixed'),
  origin: t('once the origin is set'),
  paper: t('once fresh paper is in'),
  resume: t('once it goes on'),
  live: t('at the next live'),
};

/** @param {number} minutes @param {string | null} waitsFor */
export function about(minutes, waitsFor) {
  return waitsFor === null ? t('in {time}', { time: length(minutes) }) : (once[waitsFor] ?? t('later'));
}

/** A length of time, as an estimate. @param {number} minutes */
export function length(minutes) {
  if (minutes < 1) return t('under a minute');
  if (minutes < 90) return t('about {n} min', { n: Math.round(minutes) });
  if (minutes < 48 * 60) return t('about {n} h', { n: Math.round(minutes / 60) });
  return t('about {n} days', { n: Math.round(minutes / 1440) });
}
