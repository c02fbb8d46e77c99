import { showRefused } from './commands.js';
import { about, by, clockTime, count, figure, fill, make, say, t, translated } from './dom.js';

/**
 * What is asked of a person in each state: the button that comes first, and what it sends.
 * @type {Record<string, { title: string, first?: [label: string, path: string] }>}
 */
const states = {
  starting: { title: t('Starting') },
  fault: { title: t('Broken'), first: [t('Try again'), '/retry'] },
  'no-plotter': { title: t('No plotter'), first: [t('Look again'), '/retry'] },
  'origin-unknown': { title: t('Set the origin'), first: [t('The tip is on the mark'), '/plotter/origin'] },
  'needs-sheet': { title: t('Change the paper'), first: [t('Paper changed'), '/paper/changed'] },
  paused: { title: t('Paused'), first: [t('Go on'), '/resume'] },
  drawing: { title: t('Drawing'), first: [t('Pause'), '/pause'] },
  'off-air': { title: t('Off air'), first: [t('Look again'), '/retry'] },
  ready: { title: t('Ready'), first: [t('Pause'), '/pause'] },
};

/** @param {any} status */
export function showStatus(status) {
  showState(status);
  showRows(status);
  showGifts(status);
  showLive(status);
  showPen(status.pen);
  showRefused(status.refused);
  say(
    by('ledger'),
    `${replacedOf(status.restoration)} ${emptyOf(status.ledgerWasEmpty)} ${memoryOf(status.ledgerInMemory)}`.trim(),
  );
}

/** A ledger that had to be replaced is shown for so long. */
const replacedShownMs = 7 * 86_400_000;

/** @param {any} restoration */
function replacedOf(restoration) {
  if (restoration === null || Date.now() - restoration.atMs > replacedShownMs) return '';
  const { cause, backup } = restoration;
  const instead =
    backup === null
      ? t('there was no good backup, so a new ledger began')
      : t('what came after its backup of {time} is missing', { time: clockTime(backup.madeAtMs) });
  const causes = { damaged: t('damaged'), empty: t('empty'), gone: t('gone') };
  const why = causes[/** @type {keyof typeof causes} */ (cause)];
  return t('The ledger was {why}: {instead}. Open a fresh sheet and set the origin.', { why, instead });
}

/** @param {boolean} wasEmpty */
function emptyOf(wasEmpty) {
  if (!wasEmpty) return '';
  return t('The file of the ledger was empty, so a new ledger begins: what may have stood in it is lost.');
}

/** @param {string | null} fileSystem */
function memoryOf(fileSystem) {
  if (fileSystem === null) return '';
  return t('The ledger lies in memory ({fileSystem}): a power cut or a restart loses it.', { fileSystem });
}

/** @param {any} status */
function showState({ state, plotter, sheet, motionInMs, paused, mark }) {
  const hover = state.name === 'origin-unknown' && plotter.origin === 'confirm-hover';
  const { title, first } = states[state.name] ?? { title: state.name };
  document.body.dataset.state = hover ? 'hover' : state.name;
  document.body.dataset.heard = String(state.heard);
  document.title = `${title} · Livepen`;
  say(by('state-name'), title);
  say(by('state-what'), translated(state.what));
  say(by('state-todo'), translated(state.todo ?? ''));
  const leds = [...by('strip').children].slice(1);
  const full = sheet === null || sheet.capacity === 0 ? 0 : Math.round((sheet.certain / sheet.capacity) * leds.length);
  leds.forEach((led, index) => {
    led.classList.toggle('full', index < full);
  });
  countDown(motionInMs);
  say(
    by('origin-where'),
    t('The mark is at the {corner}, as you stand before the plotter.', { corner: translated(mark) }),
  );
  const [label, path] = hover ? [t('It is in the right place'), '/plotter/origin/right'] : (first ?? ['', '']);
  const button = by('first');
  button.hidden = label === '';
  say(button, label);
  button.dataset.post = path;
  by('second').hidden =
    sheet === null || paused === undefined || !['drawing', 'ready', 'off-air', 'paused'].includes(state.name);
}

/** How far the pen has drawn, where the config speaks of it. @param {any} pen */
function showPen({ name, drawnMetres, metres, isLow }) {
  const line = by('pen-use');
  line.hidden = name === '' && metres === null;
  line.classList.toggle('low', isLow);
  const drawn =
    metres === null
      ? t('{drawn} m', { drawn: Math.round(drawnMetres) })
      : t('{drawn} of {metres} m', { drawn: Math.round(drawnMetres), metres });
  const [text] = line.children;
  const parts = [name === '' ? t('Pen') : name, drawn, ...(isLow ? [t('change it with the paper')] : [])];
  if (text instanceof HTMLElement) say(text, parts.join(' · '));
}

/** @type {number | undefined} */
let countdown;

/** @param {number} ms */
function countDown(ms) {
  clearTimeout(countdown);
  const left = Math.ceil(ms / 1000);
  say(by('motion'), left > 0 ? t('Hands off: the pen may move in {left} s', { left }) : '');
  if (ms > 0) countdown = setTimeout(() => countDown(ms - 250), 250);
}

/** @param {any} status */
function showRows({ sheet, rows, strokes, outlook, orphaned, drawings }) {
  say(by('caption'), captionOf(sheet, strokes));
  const { owed, measured } = outlook;
  const when =
    owed === null
      ? ''
      : t('sheet {sheet}, {time}', { sheet: String(owed.sheet), time: about(owed.minutes, owed.waitsFor) });
  const ahead = measured || when === '' ? when : `${when} ${t('(estimated)')}`;
  const { length: asked } = drawings;
  const pending = strokes.pending > 0 || asked === 0 ? count(strokes.pending, 'stroke') : count(asked, 'drawing');
  say(by('outlook'), owed === null ? t('Nothing is owed.') : t('{pending} owed: {when}.', { pending, when: ahead }));
  fill(by('rows'), rows.map(rowOf));
  const left = orphaned.map((/** @type {any} */ each) =>
    t('{strokes} of row {row}', { strokes: count(each.pending, 'stroke'), row: each.row }),
  );
  const lost =
    left.length === 0 ? '' : t('Owed in rows that the config no longer has: {rows}.', { rows: left.join(', ') });
  const voided =
    strokes.voided === 0
      ? ''
      : t('{strokes} will not be drawn: taken back, or more than one gift may draw.', {
          strokes: count(strokes.voided, 'stroke'),
        });
  say(by('orphans'), `${lost} ${voided}`.trim());
}

/** @param {any} sheet @param {any} strokes */
function captionOf(sheet, strokes) {
  if (sheet === null) return t('No sheet is open.');
  const { number, certain, capacity } = sheet;
  const caption = t('Sheet {number} · {certain} of {capacity}', { number: String(number), certain, capacity });
  const { uncertain } = strokes;
  return uncertain > 0 ? `${caption} · ${t('{uncertain} uncertain on earlier sheets', { uncertain })}` : caption;
}

/** @param {any} row */
function rowOf({ name, onSheet, pending }) {
  const owed = pending > 0 ? ` +${pending}` : '';
  if (onSheet === null) {
    const figures = [t('not on this sheet'), make('b', {}, [owed])];
    return make('li.away', {}, [make('span.name', {}, [name]), make('span.figures', {}, figures)]);
  }
  const { certain, capacity } = onSheet;
  const bar = make('span.bar', { 'aria-hidden': 'true' }, [
    make('progress.owed', { max: capacity, value: Math.min(capacity, certain + pending), tabindex: -1 }),
    make('progress.ink', { max: capacity, value: certain, tabindex: -1 }),
  ]);
  const figures = [String(certain), make('small', {}, [` / ${capacity}`]), make('b', {}, [owed])];
  return make('li', {}, [make('span.name', {}, [name]), make('span.figures', {}, figures), bar]);
}

/** @param {any} status */
function showGifts({ lastGifts, outlook }) {
  const ahead = new Map(outlook.gifts.map((/** @type {any} */ each) => [each.seq, each]));
  const lines = lastGifts.map((/** @type {any} */ gift) => giftOf(gift, ahead.get(gift.seq)));
  fill(by('last'), lines.length === 0 ? [make('li.soft', {}, [t('None yet.')])] : lines);
}

/** @param {any} gift @param {any} forecast */
function giftOf(gift, forecast) {
  const { viewer, origin, count: times, arrivedAtMs } = gift;
  const nobody = origin === 'test' ? t('A test') : origin === 'hand' ? t('Manual credit') : t('Nobody');
  const isTagged = origin !== 'live' && (viewer !== '' || origin === 'replay');
  const kind = isTagged
    ? make('span.tag', {}, [origin === 'hand' ? t('manual') : origin === 'test' ? t('test') : t('replay')])
    : null;
  const called = nameOf(gift);
  const what = gift.receiverIs === 'guest' ? t('{gift} for {guest}', { gift: called, guest: gift.receiver }) : called;
  return make('li', {}, [
    make('span.giver', {}, [viewer === '' ? nobody : viewer, kind]),
    // A manual credit is nothing but its strokes, which stand below.
    make('span.what', {}, [origin === 'hand' ? '' : times === 1 ? what : `${figure(times)} × ${what}`]),
    make('span.then', {}, [fateOf(gift, forecast)]),
    make('time', { datetime: new Date(arrivedAtMs).toISOString() }, [clockTime(arrivedAtMs)]),
  ]);
}

/** Gifts have names, money its amount; all else is called by its kind. @param {any} gift */
function nameOf({ kind, gift }) {
  if (kind === 'tip') return count(Number.parseInt(gift, 10), 'token');
  return kind === 'gift' || kind === 'donation' ? gift : translated(kind);
}

/** @param {any} gift @param {any} forecast */
function fateOf({ kind, mapped, strokes, receiverIs }, forecast) {
  if (!mapped) return t('not in the gift map');
  if (strokes === 0 && receiverIs === 'guest') return t('for a guest: not drawn');
  if (strokes === 0 && (kind === 'donation' || kind === 'tip')) return t('its stroke came with what was given before');
  if (strokes === 0) return t('too few for a stroke yet');
  const all = count(strokes, 'stroke');
  if (forecast === undefined) return t('{strokes}, drawn', { strokes: all });
  const part = forecast.strokes < strokes ? t('{n} of {strokes}', { n: forecast.strokes, strokes: all }) : all;
  const time = about(forecast.minutes, forecast.waitsFor);
  return t('{strokes}: sheet {sheet}, {time}', { strokes: part, sheet: String(forecast.sheet), time });
}

/** Why no live is heard, and when it is tried again. @param {any} live */
function silenceOf({ silence, problem }) {
  const { what, todo, nextAtMs } = silence ?? {};
  const parts = [
    translated(what ?? problem?.what ?? 'Not connected to the live.'),
    translated(todo ?? ''),
    typeof nextAtMs === 'number' ? t('Next attempt at {time}.', { time: clockTime(nextAtMs) }) : '',
  ];
  return parts.filter((part) => part !== '').join(' ');
}

/**
 * Each of several lives by its name, with a button that leaves it alone or listens to it again.
 * @param {any[]} lives
 */
function showLives(lives) {
  const isWorthIt = lives.length > 1 || lives.some(({ isOff, signsIn }) => isOff || signsIn);
  by('lives').hidden = !isWorthIt;
  if (!isWorthIt) return;
  fill(
    by('lives'),
    lives.map((live) => {
      const { name, isOff, heard, signsIn } = live;
      const how = isOff ? t('switched off') : heard ? t('connected') : silenceOf(live);
      const label = isOff ? t('Switch on') : t('Switch off');
      const button = make('button', { type: 'button', 'data-live': name, 'data-on': String(isOff) }, [label]);
      button.setAttribute('aria-label', `${label}: ${name}`);
      const signIn = make('button', { type: 'button', 'data-sign-in': name }, [t('Sign in')]);
      signIn.setAttribute('aria-label', `${t('Sign in')}: ${name}`);
      return make(heard && !isOff ? 'li.heard' : 'li', {}, [
        make('span', {}, [make('b', {}, [name]), ' ', make('small', {}, [how])]),
        ...(signsIn && !heard && !isOff ? [signIn] : []),
        ...(lives.length > 1 || isOff ? [button] : []),
      ]);
    }),
  );
}

/** @param {any} status */
function showLive({ live, gaps, givers, unmappedGifts }) {
  const gifts = count(unmappedGifts, 'gift');
  const messages = count(live.undecodable, 'message');
  const parts = [
    live.heard ? t('Connected to the live.') : silenceOf(live),
    unmappedGifts > 0 ? t('Not in the gift map: {gifts}.', { gifts }) : '',
    live.undecodable > 0 ? t('Could not be read: {messages}.', { messages }) : '',
  ];
  showLives(live.lives ?? []);
  say(by('hearing'), parts.filter((part) => part !== '').join(' '));
  const inked = givers.filter((/** @type {any} */ each) => each.strokes > 0);
  by('given').hidden = inked.length === 0;
  fill(
    by('givers'),
    inked.map((/** @type {any} */ each) =>
      make('li', {}, [make('span', {}, [each.viewer]), ` ${count(each.strokes, 'stroke')}`]),
    ),
  );
  const lines = [...gaps]
    .reverse()
    .map((/** @type {any} */ gap) => make('li', {}, [gapOf(gap, (live.lives ?? []).length > 1)]));
  fill(by('gaps'), lines.length === 0 ? [make('li.soft', {}, [t('None in the last day.')])] : lines);
}

/** Of several lives, with its platform. @param {any} gap @param {boolean} areSeveral */
function gapOf({ platform, fromMs, toMs, over, why }, areSeveral) {
  const to = toMs === null ? '' : clockTime(toMs);
  const until = toMs !== null ? t('to {time}', { time: to }) : over ? t('until the live ended') : t('until now');
  return `${areSeveral ? `${platform}, ` : ''}${clockTime(fromMs)} ${until}: ${translated(why)}`;
}
