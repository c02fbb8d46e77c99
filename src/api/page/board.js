const query = new URLSearchParams(location.search);
const token = query.get('token');
/** In the shot no browser sends headers: the token stands in every address. */
const key = token === null ? '' : `?token=${encodeURIComponent(token)}`;
/** @type {typeof import('./events.js')} */
const { listen } = await import(`./events.js${key}`);
/** @type {typeof import('./paper.js')} */
const { showPaper } = await import(`./paper.js${key}`);
const wanted = (query.get('lang') ?? navigator.language).slice(0, 2);
const found = await wordsIn(wanted);
const language = found === null ? 'en' : wanted;
const words = found ?? (await wordsIn('en'));
const plurals = new Intl.PluralRules(language);
const giftsShown = 6;

/** @param {string} name of a language */
async function wordsIn(name) {
  const response = await fetch(`/page/words/${encodeURIComponent(name)}.json${key}`).catch(() => null);
  return response?.ok ? response.json() : null;
}

/** @param {string} id */
function by(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the board has no #${id}`);
  return found;
}

/**
 * A phrase with what stands in its braces; one that changes with a number is chosen by it.
 * @param {string} name
 * @param {Record<string, string | number>} parts
 */
function phrase(name, parts = {}) {
  const phrases = words[name];
  const text = typeof phrases === 'string' ? phrases : (phrases[plurals.select(Number(parts.n))] ?? phrases.other);
  return text.replace(/\{(\w+)\}/g, (/** @type {string} */ _, /** @type {string} */ part) => {
    const value = parts[part] ?? '';
    return typeof value === 'number' ? value.toLocaleString(language) : value;
  });
}

/** @param {number} minutes */
function time(minutes) {
  if (minutes < 1) return phrase('soon');
  if (minutes < 90) return phrase('minutes', { n: Math.round(minutes) });
  return minutes < 2_880
    ? phrase('hours', { n: Math.round(minutes / 60) })
    : phrase('days', { n: Math.round(minutes / 1_440) });
}

/** @param {any} gift */
function viewerOf({ viewer, source }) {
  if (viewer !== '') return viewer;
  return phrase(source === 'test' ? 'test' : 'somebody');
}

/** @param {any} gift @param {any} ahead */
function fateOf({ kind, gift, count, strokes }, ahead) {
  const what = kind === 'gift' ? gift : kind;
  const given = count === 1 ? what : phrase('given', { count, gift: what });
  if (strokes === 0) return phrase('noted', { given });
  const parts = { given, strokes: phrase('strokes', { n: strokes }) };
  return ahead === undefined
    ? phrase('drawn', parts)
    : phrase('coming', { ...parts, sheet: ahead.sheet, time: time(ahead.minutes) });
}

/** @param {HTMLElement} holder @param {string} text */
function say(holder, text) {
  if (holder.textContent !== text) holder.textContent = text;
}

/** @param {HTMLElement} list @param {[string, string][]} lines */
function list(list, lines) {
  while (list.children.length > lines.length) list.lastElementChild?.remove();
  lines.forEach(([first, second], index) => {
    const line = list.children[index] ?? list.appendChild(document.createElement('li'));
    if (line.children.length === 0) line.append(document.createElement('b'), document.createElement('span'));
    const [name, what] = line.children;
    if (name instanceof HTMLElement) say(name, first);
    if (what instanceof HTMLElement) say(what, second);
  });
}

const paper = showPaper(by('sheet'), `/sheet.svg?titles=no&pen=no${key.replace('?', '&')}`);
let msPerStroke = 1_000;
let thanked = '';

/** @param {any} board */
function show({ state, sheet, strokes, lastGifts, outlook, givers }) {
  ({ msPerStroke } = outlook);
  say(by('state'), words.states[state.name] ?? words.states.other);
  document.body.dataset.state = state.name;
  paper.changed(sheet === null ? null : JSON.stringify([sheet, strokes]));
  const ahead = new Map(outlook.gifts.map((/** @type {any} */ each) => [each.seq, each]));
  const [latest] = lastGifts;
  by('thanks').hidden = latest === undefined;
  if (latest !== undefined) thank(latest, fateOf(latest, ahead.get(latest.seq)));
  list(
    by('gifts'),
    lastGifts
      .slice(1, giftsShown)
      .map((/** @type {any} */ gift) => [viewerOf(gift), fateOf(gift, ahead.get(gift.seq))]),
  );
  const { owed } = outlook;
  const parts =
    owed === null
      ? null
      : { strokes: phrase('strokes', { n: owed.strokes }), sheet: owed.sheet, time: time(owed.minutes) };
  const isAtOnce = state.name === 'ready' || state.name === 'drawing';
  say(by('owed'), parts === null ? phrase(isAtOnce ? 'nothing' : 'nothingYet') : phrase('owed', parts));
  const inked = givers.filter((/** @type {any} */ each) => each.strokes > 0);
  by('most').hidden = inked.length === 0;
  by('latest').hidden = lastGifts.length < 2;
  list(
    by('givers'),
    inked.map((/** @type {any} */ each) => [each.viewer, phrase('strokes', { n: each.strokes })]),
  );
  by('board').hidden = false;
  hideCut();
}

/** A gift for which there is no room is not shown rather than cut. */
function hideCut() {
  const { bottom } = by('latest').getBoundingClientRect();
  for (const line of by('gifts').children) line.classList.toggle('out', line.getBoundingClientRect().bottom > bottom);
}

/** @param {any} gift @param {string} fate */
function thank(gift, fate) {
  say(by('name'), phrase('thanks', { viewer: viewerOf(gift) }));
  say(by('what'), fate);
  const about = `${gift.seq} ${gift.count}`;
  if (about === thanked) return;
  thanked = about;
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  if (isCalm) return;
  by('thanks').animate(
    [
      { opacity: 0, transform: 'translateY(0.6em)' },
      { opacity: 1, transform: 'none' },
    ],
    { duration: 600, easing: 'cubic-bezier(.2,.8,.2,1)' },
  );
}

document.documentElement.lang = language;
document.body.classList.toggle('transparent', query.has('transparent'));
document.body.dataset.show = query.get('show') ?? 'all';
say(by('queue-name'), words.queue);
say(by('latest-name'), words.latest);
say(by('most-name'), words.most);
listen(`/events${key}`, { board: show, status: show, pen: (strokes) => paper.pen(strokes, msPerStroke) }, (isHeard) =>
  document.body.classList.toggle('lost', !isHeard),
);

export {};
