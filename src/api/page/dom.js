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
  for (const each of content) if (each !== null && each !== '') element.append(each);
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
  if (holder.textContent !== text) holder.textContent = text;
}

/** @param {number} count @param {string} one @param {string} many */
export function count(count, one, many = `${one}s`) {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** @param {number} ms since 1970 */
export function clockTime(ms) {
  const at = new Date(ms);
  const isToday = at.toDateString() === new Date().toDateString();
  const time = at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  return isToday ? time : `${at.toLocaleDateString([], { day: 'numeric', month: 'short' })}, ${time}`;
}

/** @param {number} minutes */
export function about(minutes) {
  if (minutes < 1) return 'in under a minute';
  if (minutes < 90) return `in about ${Math.round(minutes)} min`;
  if (minutes < 48 * 60) return `in about ${Math.round(minutes / 60)} h`;
  return `in about ${Math.round(minutes / 1440)} days`;
}

/**
 * A sentence of the service without what is meant for those who sit at the command line.
 * @param {string} text
 */
export function plain(text) {
  return text.replace(/ \((?:or run )?`[^`]*`\)/g, '');
}
