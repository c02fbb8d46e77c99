import { knowRows, listenToButtons, showSeen } from './commands.js';
import { by, clockTime, count, fill, length, make, say, t, translated, translatePage } from './dom.js';
import { listen } from './events.js';
import { showPaper } from './paper.js';
import { showStatus } from './view.js';

const holder = by('sheet');
const paper = showPaper(holder, '/sheet.svg?titles=no&pen=no', translated, t('No sheet is open.'));
let msPerStroke = 1_000;
let seenAbout = '';
let sheetsAbout = '';
let rowsAbout = '';
let view = 'now';
/** Loaded where there are plates. @type {Promise<typeof import('./drawings.js')> | null} */
let drawings = null;

listen(
  '/events',
  {
    status(status) {
      ({ msPerStroke } = status.outlook);
      showStatus(status);
      const { sheet, strokes, rows } = status;
      const drawn = status.drawings.map((/** @type {any} */ { id, state, certain }) => [id, state, certain]);
      paper.changed(sheet === null ? null : JSON.stringify([sheet, strokes.pending, strokes.spoiled, drawn]));
      void showOwed(status);
      if (status.worker) void import('./worker.js');
      once(rows.map((/** @type {any} */ row) => row.name).join(), rowsAbout, (about) => {
        rowsAbout = about;
        knowRows(rows);
      });
      once(`${status.live.room} ${status.lastGifts[0]?.seq} ${status.unmappedGifts}`, seenAbout, (about) => {
        seenAbout = about;
        void showSeen();
      });
      once(String(sheet?.number), sheetsAbout, (about) => {
        sheetsAbout = about;
        void showSheets();
      });
    },
    pen: (strokes) => paper.pen(strokes, msPerStroke),
    spoiled: () => paper.again(),
  },
  (isHeard) => {
    document.body.classList.toggle('lost', !isHeard);
    say(by('link'), isHeard ? t('Connected') : t('Not connected'));
    showLost(isHeard);
    if (!isHeard) void askToSignIn();
  },
);

/** @param {any} status */
async function showOwed({ plates, drawings: owed, outlook }) {
  if (plates.length === 0) return;
  drawings ??= import('./drawings.js');
  (await drawings).showDrawings(owed, outlook.drawings);
}

/** Says since when what is shown may be otherwise; for as long as nothing is heard it is said once. @param {boolean} isHeard */
function showLost(isHeard) {
  const lost = by('lost');
  if (isHeard) say(lost, '');
  else if (lost.textContent === '') {
    const time = clockTime(Date.now());
    say(lost, t('The service does not answer. This is how it was at {time}. Trying again…', { time }));
  }
}

/** @param {string} about @param {string} before @param {(about: string) => void} act */
function once(about, before, act) {
  if (about !== before) act(about);
}

/** After a new token was made, the page must be signed in anew: its address asks for that. */
async function askToSignIn() {
  const response = await fetch('/status').catch(() => null);
  if (response?.status === 401) location.reload();
}

/** The sheets of the past, the newest first. */
async function showSheets() {
  const response = await fetch('/sheets').catch(() => null);
  if (response === null || !response.ok) return;
  const { sheets } = await response.json();
  const lines = sheets
    .slice(-12)
    .reverse()
    .map((/** @type {any} */ { sheet, drawn, closedAtMs, pen }) => {
      const address = `/sheets/${sheet}.svg`;
      const picture = make('img', { src: `${address}?titles=no&v=${closedAtMs ?? drawn}`, alt: '', loading: 'lazy' });
      const when = closedAtMs === null ? t('now') : clockTime(closedAtMs);
      const name = t('Sheet {sheet}, {when}', { sheet: String(sheet), when });
      return make('li', {}, [
        make('a', { href: address }, [
          picture,
          make('span', {}, [name]),
          make('small', {}, [[count(drawn, 'stroke'), ...(pen === '' ? [] : [pen])].join(' · ')]),
        ]),
      ]);
    });
  fill(by('sheets'), lines.length === 0 ? [make('li.soft', {}, [t('None yet.')])] : lines);
}

/** Shows the sheet that lies there, what comes next, or a full one, with what it takes. */
for (const button of document.querySelectorAll('[data-view]')) {
  button.addEventListener('click', () => {
    view = /** @type {HTMLElement} */ (button).dataset.view ?? 'now';
    for (const each of document.querySelectorAll('[data-view]'))
      each.setAttribute('aria-pressed', String(each === button));
    by('paper').dataset.view = view;
    if (view !== 'now') void showPreview(view);
  });
}

/** @param {string} of */
async function showPreview(of) {
  const [answer, picture] = await Promise.all([fetch(`/preview?of=${of}`), fetch(`/preview.svg?of=${of}`)]).catch(
    () => [],
  );
  if (!answer?.ok || !picture?.ok || view !== of) return;
  const { sheet, strokes, minutes, inkMm, travelMm } = await answer.json();
  const svg = document.importNode(
    new DOMParser().parseFromString(await picture.text(), 'image/svg+xml').documentElement,
    true,
  );
  svg.removeAttribute('width');
  svg.removeAttribute('height');
  const metres = (/** @type {number} */ mm) => `${(mm / 1000).toFixed(1)} m`;
  const figures = {
    sheet: String(sheet),
    strokes: count(strokes, 'stroke'),
    time: length(minutes),
    ink: metres(inkMm),
    travel: metres(travelMm),
  };
  const text =
    strokes === 0
      ? t('Sheet {sheet}: nothing is owed.', figures)
      : t('Sheet {sheet}, estimated: {strokes}, {time}, {ink} of ink, {travel} of travel.', figures);
  by('preview').replaceChildren(svg, make('p', {}, [text]));
}

/** A tap on the paper tells who paid for the stroke there. */
holder.addEventListener('click', async ({ clientX, clientY }) => {
  const response = await fetch('/sheet.svg?pen=no').catch(() => null);
  if (response?.status === 404) say(by('who'), t('No sheet is open.'));
  if (response === null || !response.ok) return;
  const parsed = new DOMParser().parseFromString(await response.text(), 'image/svg+xml').documentElement;
  const svg = document.importNode(parsed, true);
  const titles = [...svg.children].filter((each) => each.getAttribute('pointer-events') === 'all');
  const shown = holder.querySelector('svg');
  if (!(shown instanceof SVGSVGElement)) return;
  const point = new DOMPoint(clientX, clientY).matrixTransform(shown.getScreenCTM()?.inverse());
  const found = titles.find((each) => {
    const [x = 0, y = 0, width = 0, height = 0] = ['x', 'y', 'width', 'height'].map((name) =>
      Number(each.getAttribute(name)),
    );
    return point.x >= x && point.x <= x + width && point.y >= y && point.y <= y + height;
  });
  say(by('who'), found === undefined ? t('There is no ink there yet.') : translated(found.textContent ?? ''));
});

translatePage();
listenToButtons();
