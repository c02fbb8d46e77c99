import { showRefused } from './commands.js';
import { about, by, clockTime, count, fill, make, plain, say } from './dom.js';

/**
 * What is asked of a person in each state: the button that comes first, and what it sends.
 * @type {Record<string, { title: string, first?: [label: string, path: string] }>}
 */
const states = {
  starting: { title: 'Starting' },
  fault: { title: 'Broken', first: ['Try again', '/retry'] },
  'no-plotter': { title: 'No plotter', first: ['Look again', '/retry'] },
  'origin-unknown': { title: 'Where is the corner?', first: ['The tip is on the mark', '/plotter/origin'] },
  'needs-sheet': { title: 'Paper, please', first: ['Paper changed', '/paper/changed'] },
  paused: { title: 'Paused', first: ['Go on', '/resume'] },
  drawing: { title: 'Drawing', first: ['Pause', '/pause'] },
  'off-air': { title: 'Off air', first: ['Look again', '/retry'] },
  ready: { title: 'Ready', first: ['Pause', '/pause'] },
};

/** @param {any} status */
export function showStatus(status) {
  showState(status);
  showRows(status);
  showGifts(status);
  showLive(status);
  showRefused(status.refused);
}

/** @param {any} status */
function showState({ state, plotter, sheet, motionInMs, paused }) {
  const hover = state.name === 'origin-unknown' && plotter.origin === 'confirm-hover';
  const { title, first } = states[state.name] ?? { title: state.name };
  document.body.dataset.state = hover ? 'hover' : state.name;
  document.body.dataset.heard = String(state.heard);
  document.title = `${title} · Livepen`;
  say(by('state-name'), title);
  say(by('state-what'), plain(state.what));
  say(by('state-todo'), plain(state.todo ?? ''));
  const leds = [...by('strip').children].slice(1);
  const full = sheet === null || sheet.capacity === 0 ? 0 : Math.round((sheet.certain / sheet.capacity) * leds.length);
  leds.forEach((led, index) => {
    led.classList.toggle('full', index < full);
  });
  countDown(motionInMs);
  const [label, path] = hover ? ['It lies right', '/plotter/origin/right'] : (first ?? ['', '']);
  const button = by('first');
  button.hidden = label === '';
  say(button, label);
  button.dataset.post = path;
  by('second').hidden =
    sheet === null || paused === undefined || !['drawing', 'ready', 'off-air', 'paused'].includes(state.name);
}

/** @type {number | undefined} */
let countdown;

/** @param {number} ms */
function countDown(ms) {
  clearTimeout(countdown);
  const left = Math.ceil(ms / 1000);
  say(by('motion'), left > 0 ? `Hands off: the pen may move in ${left} s` : '');
  if (ms > 0) countdown = setTimeout(() => countDown(ms - 250), 250);
}

/** @param {any} status */
function showRows({ sheet, rows, strokes, outlook, orphaned }) {
  say(by('caption'), captionOf(sheet, strokes));
  const { owed, measured } = outlook;
  const when = owed === null ? '' : `sheet ${owed.sheet}, ${about(owed.minutes)}${measured ? '' : ' (estimated)'}`;
  say(by('outlook'), owed === null ? 'Nothing is owed.' : `${count(strokes.pending, 'stroke')} owed: ${when}.`);
  fill(by('rows'), rows.map(rowOf));
  const left = orphaned.map((/** @type {any} */ each) => `${count(each.pending, 'stroke')} of row ${each.row}`);
  const lost = left.length === 0 ? '' : `Owed in rows that the config no longer has: ${left.join(', ')}.`;
  const voided =
    strokes.voided === 0
      ? ''
      : `${count(strokes.voided, 'stroke')} will not be drawn: taken back, or more than one gift may draw.`;
  say(by('orphans'), `${lost} ${voided}`.trim());
}

/** @param {any} sheet @param {any} strokes */
function captionOf(sheet, strokes) {
  if (sheet === null) return 'No sheet is open.';
  const doubtful = strokes.doubtful > 0 ? ` · ${strokes.doubtful} doubtful on earlier sheets` : '';
  return `Sheet ${sheet.number} · ${sheet.certain.toLocaleString('en')} of ${sheet.capacity.toLocaleString('en')}${doubtful}`;
}

/** @param {any} row */
function rowOf({ name, onSheet, pending }) {
  const { certain, capacity } = onSheet ?? { certain: 0, capacity: 1 };
  const owed = pending > 0 ? ` +${pending}` : '';
  const bar = make('span.bar', { 'aria-hidden': 'true' }, [
    make('progress.owed', { max: capacity, value: Math.min(capacity, certain + pending), tabindex: -1 }),
    make('progress.ink', { max: capacity, value: certain, tabindex: -1 }),
  ]);
  const figures =
    onSheet === null
      ? ['not on this sheet', owed]
      : [String(certain), make('small', {}, [` / ${capacity}`]), make('b', {}, [owed])];
  return make('li', {}, [make('span.name', {}, [name]), make('span.figures', {}, figures), bar]);
}

/** @param {any} status */
function showGifts({ lastGifts, outlook }) {
  const ahead = new Map(outlook.gifts.map((/** @type {any} */ each) => [each.seq, each]));
  const lines = lastGifts.map((/** @type {any} */ gift) => giftOf(gift, ahead.get(gift.seq)));
  fill(by('last'), lines.length === 0 ? [make('li.soft', {}, ['None yet.'])] : lines);
}

/** @param {any} gift @param {any} forecast */
function giftOf(gift, forecast) {
  const { viewer, source, count: times, arrivedAtMs } = gift;
  const kind = source === 'live' ? null : make('span.tag', {}, [source === 'hand' ? 'by hand' : source]);
  const what = gift.kind === 'gift' ? gift.gift : gift.kind;
  return make('li', {}, [
    make('span.giver', {}, [viewer === '' ? 'Nobody' : viewer, kind]),
    make('span.what', {}, [times === 1 ? what : `${times.toLocaleString('en')} × ${what}`]),
    make('span.then', {}, [fateOf(gift, forecast)]),
    make('time', { datetime: new Date(arrivedAtMs).toISOString() }, [clockTime(arrivedAtMs)]),
  ]);
}

/** @param {any} gift @param {any} forecast */
function fateOf({ mapped, strokes }, forecast) {
  if (!mapped) return 'not in the gift map';
  if (strokes === 0) return 'too few for a stroke yet';
  if (forecast === undefined) return `${count(strokes, 'stroke')}, drawn`;
  const part =
    forecast.strokes < strokes ? `${forecast.strokes} of ${count(strokes, 'stroke')}` : count(strokes, 'stroke');
  return `${part}: sheet ${forecast.sheet}, ${about(forecast.minutes)}`;
}

/** @param {any} status */
function showLive({ live, gaps, givers, unmappedGifts }) {
  const unmapped = unmappedGifts > 0 ? ` ${count(unmappedGifts, 'gift is', 'gifts are')} not in the gift map.` : '';
  const lost = live.undecodable > 0 ? ` ${count(live.undecodable, 'message')} could not be read.` : '';
  const heard = live.heard ? 'The live is heard.' : (live.problem?.what ?? 'The live is not heard.');
  say(by('hearing'), `${heard}${unmapped}${lost}`);
  const inked = givers.filter((/** @type {any} */ each) => each.strokes > 0);
  by('given').hidden = inked.length === 0;
  fill(
    by('givers'),
    inked.map((/** @type {any} */ each) =>
      make('li', {}, [make('span', {}, [each.viewer]), ` ${count(each.strokes, 'stroke')}`]),
    ),
  );
  const lines = [...gaps].reverse().map((/** @type {any} */ gap) => make('li', {}, [gapOf(gap)]));
  fill(by('gaps'), lines.length === 0 ? [make('li.soft', {}, ['None in the last day.'])] : lines);
}

/** @param {any} gap */
function gapOf({ fromMs, toMs, over, why }) {
  const until = toMs !== null ? `to ${clockTime(toMs)}` : over ? 'until it ended unheard' : 'until now';
  return `${clockTime(fromMs)} ${until}: ${why}`;
}
