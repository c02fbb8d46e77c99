import { refusalIn, tell } from './commands.js';
import { by, fill, length, make, say, t } from './dom.js';

const fileBytesMax = 5_000_000;

/** What was chosen, and is not asked for yet. @type {File | null} */
let chosen = null;

/** @param {string} name @param {Record<string, string | boolean>} attributes @param {(Node | string)[]} content */
const button = (name, attributes, content) => make(`button${name}`, { type: 'button', ...attributes }, content);

const file = /** @type {HTMLInputElement} */ (
  make('input', { type: 'file', accept: '.svg,image/svg+xml', id: 'drawing-file' })
);
const size = /** @type {HTMLSelectElement} */ (
  make('select', { id: 'drawing-size' }, [
    make('option', { value: 'fit' }, [t('as large as fits')]),
    make('option', { value: 'mm' }, [t('in its own size')]),
  ])
);
const hatched = /** @type {HTMLInputElement} */ (make('input', { type: 'checkbox', id: 'drawing-hatch' }));
const figures = make('p', { id: 'drawing-figures', role: 'status' });
const picture = make('div', { id: 'drawing-picture' });
const accept = button('.first', { id: 'drawing-accept', hidden: true }, [t('Draw it')]);
const refuse = button('', { id: 'drawing-refuse', hidden: true }, [t('Not this one')]);
const list = make('ul', { id: 'drawing-list' });

/** Shows where drawings are chosen, or dropped anywhere on it. */
function offer() {
  const section = by('drawings');
  section.hidden = false;
  section.append(
    make('label', {}, [t('An SVG file'), ' ', file]),
    make('label', {}, [t('Size'), ' ', size]),
    make('label', {}, [hatched, ' ', t('hatch what is filled')]),
    figures,
    picture,
    make('div.tools', {}, [accept, refuse]),
    list,
  );
  file.addEventListener('change', () => void choose(file.files?.[0] ?? null));
  for (const each of [size, hatched]) each.addEventListener('change', () => void choose(chosen));
  section.addEventListener('dragover', (event) => event.preventDefault());
  section.addEventListener('drop', (event) => {
    event.preventDefault();
    void choose(event.dataTransfer?.files[0] ?? null);
  });
  accept.addEventListener('click', () => void askFor());
  refuse.addEventListener('click', () => {
    file.value = '';
    void choose(null);
  });
}

/** @param {any[]} drawings those that are owed @param {any[]} ahead how long each takes */
export function showDrawings(drawings, ahead) {
  const lines = drawings.map(({ id, name, state, certain, paths, plate }) => {
    const minutes = ahead.find((each) => each.id === id)?.minutes;
    const time = minutes === undefined ? '' : length(minutes);
    const far =
      state === 'waiting'
        ? t('waits for a plate')
        : t('{certain} of {paths} paths on plate {plate}, {time} to go', { certain, paths, plate, time });
    return make('li', {}, [make('span', {}, [name === '' ? String(id) : name]), ' ', make('small', {}, [far])]);
  });
  fill(list, lines);
}

/** @param {boolean} isTried */
function address(isTried) {
  const query = new URLSearchParams({ name: chosen?.name.slice(0, 100) ?? '', size: size.value });
  if (hatched.checked) query.set('hatch', '0.6');
  if (isTried) query.set('try', 'yes');
  else query.set('id', crypto.getRandomValues(new Uint32Array(4)).join('-'));
  return `/drawings?${query}`;
}

/** Shows on its sheet what a file would come to. @param {File | null} wanted */
async function choose(wanted) {
  chosen = wanted;
  accept.hidden = true;
  refuse.hidden = true;
  picture.replaceChildren();
  say(figures, '');
  if (wanted === null) return;
  if (wanted.size > fileBytesMax) {
    say(figures, t('The file has more than 5 MB.'));
    return;
  }
  say(figures, t('Reading the file…'));
  const answer = await post(address(true), wanted);
  if (chosen !== wanted) return;
  if (answer === null || !answer.ok) {
    say(figures, answer === null ? t('The service did not answer.') : answer.why);
    return;
  }
  const { plan, skipped, picture: svg } = answer.value;
  show(svg);
  const parts = { plate: plan.plate, sheet: String(plan.sheet), time: length(plan.minutes), ink: metres(plan.inkMm) };
  const where =
    plan.sheet === null
      ? t('Plate {plate} of the next sheet: {time}, {ink} of ink.', parts)
      : t('Plate {plate} of sheet {sheet}: {time}, {ink} of ink.', parts);
  const left = skipped.map((/** @type {any} */ { what, count }) => `${what} (${count})`).join(', ');
  say(figures, left === '' ? where : `${where} ${t('Not drawn: {left}.', { left })}`);
  accept.hidden = false;
  refuse.hidden = false;
}

async function askFor() {
  const wanted = chosen;
  if (wanted === null) return;
  accept.hidden = true;
  const answer = await post(address(false), wanted);
  if (answer?.ok) {
    tell(t('It will be drawn.'));
    file.value = '';
    void choose(null);
    return;
  }
  tell(answer === null ? t('The service did not answer.') : answer.why, true);
  accept.hidden = false;
}

/** @param {string} path @param {File} body */
async function post(path, body) {
  try {
    const response = await fetch(path, { method: 'POST', headers: { 'content-type': 'image/svg+xml' }, body });
    const value = await response.json();
    return { ok: response.ok, value, why: response.ok ? '' : await refusalIn(value) };
  } catch {
    return null;
  }
}

/** @param {string} text */
function show(text) {
  const parsed = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
  const svg = document.importNode(parsed, true);
  svg.removeAttribute('width');
  svg.removeAttribute('height');
  svg.setAttribute('aria-label', t('The drawing on its sheet'));
  picture.replaceChildren(svg);
}

/** @param {number} mm */
const metres = (mm) => `${(mm / 1000).toFixed(1)} m`;

offer();
