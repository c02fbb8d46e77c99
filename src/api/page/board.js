const query = new URLSearchParams(location.search);
const token = query.get('token');
/** In the shot no browser sends headers: the token stands in every address. */
const key = token === null ? '' : `?token=${encodeURIComponent(token)}`;
/** @type {typeof import('./events.js')} */
const { listen } = await import(`./events.js${key}`);
/** @type {typeof import('./paper.js')} */
const { showPaper } = await import(`./paper.js${key}`);
/** @type {typeof import('./isolated.js')} */
const { isolated } = await import(`./isolated.js${key}`);
/** @type {typeof import('./alerts.js')} */
const { alertsIn } = await import(`./alerts.js${key}`);
/** @type {typeof import('./sounds.js')} */
const { soundsFrom } = await import(`./sounds.js${key}`);
const wanted = (query.get('lang') ?? navigator.language).slice(0, 2);
const found = await wordsIn(wanted);
const language = found === null ? 'en' : wanted;
const words = found ?? (await wordsIn('en'));
const plurals = new Intl.PluralRules(language);
const giftsShown = 6;
const drawingsShown = 3;

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

/** No time can be told while the pen waits for something. @param {number} minutes @param {string | null} waitsFor */
function time(minutes, waitsFor) {
  if (waitsFor !== null) return phrase({ live: 'nextLive', paper: 'freshPaper' }[waitsFor] ?? 'once');
  if (minutes < 1) return phrase('soon');
  if (minutes < 90) return phrase('minutes', { n: Math.round(minutes) });
  return minutes < 2_880
    ? phrase('hours', { n: Math.round(minutes / 60) })
    : phrase('days', { n: Math.round(minutes / 1_440) });
}

/** @param {any} gift */
function viewerOf({ viewer, origin }) {
  if (viewer !== '') return viewer;
  return phrase(origin === 'test' || origin === 'hand' ? origin : 'somebody');
}

/** Nobody is thanked for a test, and for what is played again it is said that it was given before. @param {any} gift */
function thanksTo(gift) {
  const { viewer, origin } = gift;
  if (origin === 'test') return phrase('aTest');
  if (origin === 'hand' && viewer === '') return phrase('byHand');
  if (origin === 'replay') return phrase('again', { viewer: viewerOf(gift) });
  return viewer === '' ? phrase('thanksNobody') : phrase('thanks', { viewer });
}

/** Gifts have names, and donations their amount. @param {string} kind */
function isNamed(kind) {
  return kind === 'gift' || kind === 'donation';
}

/** What was given, and what becomes of it. @param {any} gift @param {any} ahead */
function fateOf({ kind, gift, count, strokes, origin }, ahead) {
  const called = kind === 'tip' ? phrase('tokens', { n: Number.parseInt(gift, 10) }) : isNamed(kind) ? gift : kind;
  // A manual credit is nothing but its strokes.
  const what = origin === 'hand' ? '' : count === 1 ? called : phrase('given', { count, gift: called });
  if (strokes === 0) return [what, ''];
  const parts = { strokes: phrase('strokes', { n: strokes }) };
  const fate =
    ahead === undefined
      ? phrase('drawn', parts)
      : phrase('coming', { ...parts, sheet: ahead.sheet, time: time(ahead.minutes, ahead.waitsFor) });
  return [what === '' ? '' : `${what}: `, fate];
}

/** Who asked for a drawing, and how far it is. @param {any} drawing */
function drawingNow({ state, viewer, name, paths, certain }) {
  const far =
    state === 'waiting'
      ? phrase('drawingWaits')
      : phrase('drawingNow', { percent: Math.floor((100 * certain) / paths) });
  return viewer === '' || viewer === name ? far : phrase('drawingFor', { viewer, far });
}

/** How far viewers are together. @param {any} goal */
function goalNow({ of, currency, amount, target, reachedAtMs }) {
  const unit = currency ?? words.units[of];
  const far = phrase('goalNow', { amount, target, unit });
  return reachedAtMs === null ? far : phrase('goalReached', { far });
}

/** @param {HTMLElement} holder @param {string} text */
function say(holder, text) {
  const shown = isolated(text);
  if (holder.textContent !== shown) holder.textContent = shown;
}

/** @param {HTMLElement} holder @param {string[]} texts one for each of its parts */
function fill(holder, texts) {
  while (holder.children.length < texts.length) holder.append(document.createElement('i'));
  texts.forEach((text, index) => {
    const part = holder.children[index];
    if (part instanceof HTMLElement) say(part, text);
  });
}

/** @param {HTMLElement} list @param {[string, ...string[]][]} lines a name, and what stands below it */
function list(list, lines) {
  while (list.children.length > lines.length) list.lastElementChild?.remove();
  lines.forEach(([first, ...more], index) => {
    const line = list.children[index] ?? list.appendChild(document.createElement('li'));
    if (line.children.length === 0) line.append(document.createElement('b'), document.createElement('span'));
    const [name, below] = line.children;
    if (name instanceof HTMLElement) say(name, first);
    if (below instanceof HTMLElement) fill(below, more);
  });
}

const sheetPicture = `/sheet.svg?titles=no&pen=no${key.replace('?', '&')}`;
/** @type {typeof import('./translate.js') | null} */
const translating = language === 'en' ? null : await import(`./translate.js${key}`);
const paper = showPaper(by('sheet'), sheetPicture, translating?.translator(words.picture) ?? ((text) => text));
let msPerStroke = 1_000;
let thanked = '';

/** @param {any} board */
function show({ state, sheet, strokes, lastGifts, outlook, givers, drawings, goals }) {
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
      .map((/** @type {any} */ gift) => [viewerOf(gift), ...fateOf(gift, ahead.get(gift.seq))]),
  );
  const { owed } = outlook;
  const parts =
    owed === null
      ? null
      : {
          strokes: phrase('strokes', { n: owed.strokes }),
          drawings: phrase('drawings', { n: drawings.length }),
          sheet: owed.sheet,
          time: time(owed.minutes, owed.waitsFor),
        };
  const isAtOnce = state.name === 'ready' || state.name === 'drawing';
  say(
    by('owed'),
    parts === null
      ? phrase(isAtOnce ? 'nothing' : 'nothingYet')
      : phrase(owed.strokes > 0 ? 'owed' : 'owedDrawings', parts),
  );
  list(
    by('drawings'),
    drawings.slice(0, drawingsShown).map((/** @type {any} */ each) => [each.name, drawingNow(each)]),
  );
  list(
    by('goals'),
    goals.map((/** @type {any} */ each) => [each.name, goalNow(each)]),
  );
  for (const [index, { amount, target }] of goals.entries()) {
    const line = by('goals').children[index];
    if (line instanceof HTMLElement) line.style.setProperty('--far', `${Math.min(100, (100 * amount) / target)}%`);
  }
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

/** A line for which there is no room is left out rather than cut, and a card of which no line is left. */
function hideCut() {
  const cards = [by('latest'), by('most'), by('queue')];
  for (const card of cards) for (const each of [card, ...card.querySelectorAll('li')]) each.classList.remove('out');
  const end = by('words').getBoundingClientRect().bottom;
  for (const card of cards) {
    const lines = [...card.querySelectorAll('li')];
    const bottom = end - Number.parseFloat(getComputedStyle(card).paddingBottom);
    for (const line of lines) line.classList.toggle('out', line.getBoundingClientRect().bottom > bottom);
    // What comes says more than its lines.
    const isEmpty = card.id !== 'queue' && lines.every((line) => line.classList.contains('out'));
    card.classList.toggle('out', isEmpty);
  }
}

/** @param {any} gift @param {string[]} fate */
function thank(gift, fate) {
  say(by('name'), thanksTo(gift));
  fill(by('what'), fate);
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

new ResizeObserver(hideCut).observe(by('words'));
document.documentElement.lang = language;
document.body.classList.toggle('transparent', query.has('transparent'));
document.body.dataset.show = query.get('show') ?? 'all';
say(by('queue-name'), words.queue);
say(by('latest-name'), words.latest);
say(by('most-name'), words.most);
const addressOf = (/** @type {string} */ hash) => `/board/media/${hash}${key}`;
const sounds = soundsFrom(addressOf);
// Of several boards that are heard in one place, one is enough.
const isSilent = query.get('sound') === 'no';
const picture = by('alert-picture');
if (!(picture instanceof HTMLImageElement)) throw new Error('the board has no picture');
const alert = alertsIn(
  { box: by('alert'), picture, emoji: by('alert-emoji'), text: by('alert-text'), sky: by('sky') },
  addressOf,
  (sound) => (isSilent ? undefined : void sounds.one(sound)),
);
listen(
  `/events${key}`,
  {
    board: show,
    status: show,
    pen: (strokes) => paper.pen(strokes, msPerStroke),
    alert,
    sound: (sound) => (isSilent ? undefined : sounds.next(sound)),
  },
  (isHeard) => document.body.classList.toggle('lost', !isHeard),
);

export {};
