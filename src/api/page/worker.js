import { send } from './commands.js';
import { by, clockTime, figure, fill, make, say, t, translated, translatedRefusal } from './dom.js';

// The words of this part come with those of refusals: a page without a worker loads neither.
await translatedRefusal('');

const everyMs = 15_000;
const behindShownMs = 60_000;

const how = make('p', { id: 'worker-how' });
const outlets = make('ul', { id: 'worker-outlets' });
const dead = make('ul', { id: 'worker-dead' });
const deadName = make('h3', { hidden: true }, [t('What did not arrive')]);
const earlier = make('p.soft', { hidden: true });
const all = make('button', { type: 'button', id: 'worker-all', hidden: true }, [t('Send all again')]);
by('hands').after(
  make('section', { id: 'worker', 'aria-labelledby': 'worker-name' }, [
    make('h2', { id: 'worker-name' }, [t('The worker')]),
    how,
    outlets,
    deadName,
    dead,
    earlier,
    make('div.tools', {}, [all]),
  ]),
);

/** The newest of the dead letters that are shown. */
let newest = 0;
/** What was ordered and is not done yet. @type {Set<number>} */
const asked = new Set();

/** @param {'send' | 'drop'} act @param {number} seq @param {boolean} earlier */
async function order(act, seq, earlier) {
  if (await send('/worker/dead', { act, seq, earlier })) asked.add(seq);
  void look();
}

async function look() {
  const response = await fetch('/worker').catch(() => null);
  if (response === null || !response.ok) return;
  const { worker, dead: letters } = await response.json();
  if (worker === null) return;
  say(how, howOf(worker));
  fill(outlets, worker.outlets.map(lineOf));
  const count = worker.outlets.reduce((/** @type {number} */ sum, /** @type {any} */ each) => sum + each.dead, 0);
  newest = letters[0]?.seq ?? 0;
  deadName.hidden = letters.length === 0;
  all.hidden = letters.length < 2;
  fill(dead, letters.map(letterOf));
  earlier.hidden = count <= letters.length;
  say(earlier, t('and {n} earlier ones', { n: count - letters.length }));
}

/** @param {any} worker */
function howOf({ isThere, atMs, lag, outlets: { length } }) {
  if (!isThere) return t('Gone since {time}.', { time: clockTime(atMs) });
  if (lag && lag.ms >= behindShownMs) return t('It is {n} s behind.', { n: Math.round(lag.ms / 1000) });
  return length === 0 ? t('It is there, and sends nowhere: its config names no outlet.') : t('It is there.');
}

/** @param {any} outlet */
function lineOf({ name, fault, sent, waiting, dropped }) {
  const figures = [
    t('{n} sent', { n: sent }),
    ...(waiting > 0 ? [t('{n} waiting', { n: waiting })] : []),
    ...(dropped > 0 ? [t('{n} dropped', { n: dropped })] : []),
  ];
  // A fault begins with the name of its outlet, which stands here already.
  const text = causeOf(name, fault ?? '');
  const parts = [
    make('b', {}, [name]),
    ' ',
    make('small', {}, [[...figures, ...(text === '' ? [] : [text])].join(' · ')]),
  ];
  return make(fault === null ? 'li' : 'li.trouble', {}, [make('span', {}, parts)]);
}

/** @param {string} name of an outlet @param {string} text a fault begins with that name, which stands there already */
function causeOf(name, text) {
  return translated(text.startsWith(`${name}: `) ? text.slice(name.length + 2) : text);
}

/** @param {any} letter */
function letterOf({ seq, outlet, rule, viewer, why, atMs }) {
  const who = viewer === '' ? rule : `${rule}, ${viewer}`;
  const button = (/** @type {'send' | 'drop'} */ act, /** @type {string} */ label) => {
    const made = make(
      'button',
      { type: 'button', disabled: asked.has(seq), 'aria-label': `${label}: ${figure(seq)}` },
      [label],
    );
    made.dataset.act = act;
    made.dataset.seq = String(seq);
    return made;
  };
  return make('li', {}, [
    make('span', {}, [
      make('b', {}, [outlet]),
      ' ',
      make('small', {}, [`${clockTime(atMs)} · ${who} · ${causeOf(outlet, why)}`]),
    ]),
    button('send', t('Send again')),
    button('drop', t('Drop')),
  ]);
}

dead.addEventListener('click', ({ target }) => {
  const { act, seq } = target instanceof HTMLElement ? target.dataset : {};
  if (act === 'send' || act === 'drop') void order(act, Number(seq), false);
});
all.addEventListener('click', () => void order('send', newest, true));

void look();
setInterval(() => {
  if (!document.hidden) void look();
}, everyMs);
