import { by, count, figure, fill, make, t, translated, translatedRefusal } from './dom.js';

/** @type {number | undefined} */
let silence;

/**
 * Says something for a while.
 * @param {string} text
 * @param {boolean} [isTrouble]
 */
export function tell(text, isTrouble = false) {
  const box = by('say');
  box.textContent = text;
  box.className = isTrouble ? 'trouble' : 'fine';
  clearTimeout(silence);
  silence = setTimeout(
    () => {
      box.textContent = '';
      box.className = '';
    },
    isTrouble ? 9_000 : 4_000,
  );
}

/** What a person must do when the service does not. @type {Record<string, string>} */
const noAnswer = {
  '/plotter/stop': t('NOT STOPPED: the service does not answer. Cut the power of the motors.'),
};
/** What a person must do when the service refuses, beside its reason. @type {Record<string, string>} */
const whenRefused = {
  '/plotter/stop': t(
    'NOT STOPPED, as far as anybody knows: the plotter may still be moving. Cut the power of its motors.',
  ),
};
/** A command that nobody answers for so long is not to be relied on. */
const answerWithinMs = 3_000;

/**
 * Sends a command and says what came of it; tells whether it was done.
 * @param {string} path
 * @param {unknown} [body]
 */
export async function send(path, body) {
  const late = setTimeout(() => tell(noAnswer[path] ?? t('No answer from the service yet.'), true), answerWithinMs);
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await response.json();
    if (response.ok) tell(translated(answer.said));
    else tell([whenRefused[path] ?? '', await refusalIn(answer)].filter((sentence) => sentence !== '').join(' '), true);
    return response.ok;
  } catch {
    tell(noAnswer[path] ?? t('The service did not answer.'), true);
    return false;
  } finally {
    clearTimeout(late);
  }
}

/** The form of a request is the page's own business. @param {{ type: string, detail: string, remedy: string }} answer */
export async function refusalIn({ type, detail, remedy }) {
  const isForm = type.endsWith('/request-invalid');
  return isForm ? translatedRefusal(detail.replaceAll('The body: ', '')) : translatedRefusal(`${detail} ${remedy}`);
}

/**
 * Opens a dialog; resolves with whether its person said yes.
 * @param {string} id
 * @returns {Promise<boolean>}
 */
export function ask(id) {
  const dialog = /** @type {HTMLDialogElement} */ (by(id));
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}

/** @param {string} id */
function entered(id) {
  return /** @type {HTMLInputElement | HTMLSelectElement} */ (by(id)).value;
}

/**
 * What each dialog sends once its person says yes.
 * @type {Record<string, () => Promise<boolean>>}
 */
const dialogs = {
  try: () => send('/simulate/gift', { row: entered('try-row'), count: Number(entered('try-count')) }),
  dry: () => send('/pen-dry', { count: Number(entered('dry-count')) }),
  changed: () => send('/paper/changed'),
  pen: () => send('/pen/changed'),
  origin: () => send('/plotter/origin'),
  home: () => send('/plotter/home'),
};

/** What hurts when it is done at the wrong moment is asked once more, whichever button it was. @type {Record<string, string>} */
const askedFirst = { '/paper/changed': 'changed', '/plotter/origin': 'origin', '/plotter/home': 'home' };

/**
 * The command that a button sends in the end.
 * @param {HTMLElement} button
 */
function pathOf({ dataset: { post, dialog, jog } }) {
  if (jog !== undefined) return '/plotter/jog';
  return post ?? Object.keys(askedFirst).find((path) => askedFirst[path] === dialog) ?? '';
}

/**
 * Shows which buttons would be refused now. They stay where they are for the keyboard, and tell the reason when pressed.
 * @param {Record<string, { what: string, remedy: string } | null>} refused by path
 */
export function showRefused(refused) {
  // A plotter without end switches has no such command.
  /** @type {HTMLElement} */ (document.querySelector('[data-dialog="home"]')).hidden = !('/plotter/home' in refused);
  /** @type {Map<string, Set<string>>} */
  const reasons = new Map();
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('main button'))) {
    const path = pathOf(button);
    const fault = refused[path] ?? null;
    const why = fault === null ? '' : `${translated(fault.what)} ${translated(fault.remedy)}`;
    if (why === '') button.removeAttribute('aria-disabled');
    else button.setAttribute('aria-disabled', 'true');
    if (button.title !== why) button.title = why;
    if (why === '' || button.closest('#hands') === null) continue;
    const name = path === '/plotter/jog' ? t('Jog') : (button.textContent ?? '');
    reasons.set(why, (reasons.get(why) ?? new Set()).add(name));
  }
  fill(
    by('why'),
    [...reasons].map(([why, names]) => make('li', {}, [make('b', {}, [`${[...names].join(', ')}: `]), why])),
  );
}

/** @type {{ row: string, name: string }[]} */
let rows = [];

/** @param {{ row: string, name: string }[]} now */
export function knowRows(now) {
  rows = now;
  fill(
    by('try-row'),
    now.map(({ row, name }) => make('option', { value: row }, [name])),
  );
}

/**
 * Asks which rows a gift fills, in which order, and writes that into the gift map.
 * @param {{ gift: string, giftId: string, mapped: boolean }} seen
 */
async function mapGift({ gift: name, giftId, mapped }) {
  // One that came without its name is known by its number.
  const gift = name === '' ? giftId : name;
  /** @type {string[]} */
  const order = [];
  const buttons = rows.map(({ row, name }) =>
    make('button', { type: 'button', 'aria-pressed': 'false', 'data-row': row }, [name]),
  );
  for (const button of buttons) {
    button.addEventListener('click', () => {
      const row = button.dataset.row ?? '';
      if (order.includes(row)) order.splice(order.indexOf(row), 1);
      else order.push(row);
      for (const each of buttons) {
        const place = order.indexOf(each.dataset.row ?? '') + 1;
        each.setAttribute('aria-pressed', String(place > 0));
        each.dataset.place = place > 0 ? String(place) : '';
      }
      by('map-save').toggleAttribute('disabled', order.length === 0);
    });
  }
  by('map-name').textContent = t('Rows for {gift}', { gift });
  by('map-rows').replaceChildren(...buttons);
  by('map-save').toggleAttribute('disabled', true);
  const backfill = /** @type {HTMLInputElement} */ (by('map-backfill'));
  (backfill.closest('label') ?? backfill).hidden = mapped;
  if (!(await ask('map')) || !(await send('/gifts/map', { gift, rows: order }))) return;
  if (!mapped && backfill.checked) await send('/gifts/backfill', { gift });
  await showSeen();
}

/**
 * Signs in to a live: the address is opened in another window, and what comes of it is pasted.
 * @param {string} live
 */
async function signIn(live) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch('/live/sign-in', { method: 'POST', headers, body: JSON.stringify({ live }) }).catch(
    () => null,
  );
  if (response === null) return tell(t('The service did not answer.'), true);
  const begun = await response.json();
  if (!response.ok) return tell(await refusalIn(begun), true);
  const link = { href: begun.address, target: '_blank', rel: 'noreferrer' };
  fill(by('sign-in-address'), [make('a', link, [t('Open this page and allow what it asks for.')])]);
  const answer = /** @type {HTMLInputElement} */ (by('sign-in-answer'));
  answer.value = '';
  if (await ask('sign-in')) await send('/live/sign-in/answer', { live, answer: answer.value });
}

/** What money pays stands in the gift map, amount by amount: here it is only credited. @param {string} unit */
async function creditMoney(unit) {
  await send('/gifts/backfill', { gift: unit });
  await showSeen();
}

/** The gifts that came on this live, each a button that maps it. */
export async function showSeen() {
  const response = await fetch('/gifts/seen').catch(() => null);
  if (response === null || !response.ok) return;
  const { gifts } = await response.json();
  const lines = gifts.map((/** @type {any} */ seen) => {
    const { kind, gift: name, giftId, amount, coins, count: times, mapped, strokes } = seen;
    const gift = name === '' ? t('gift {id}', { id: giftId }) : name;
    const given =
      kind === 'gift'
        ? `${figure(times)} × ${gift}`
        : kind === 'tip'
          ? count(Number.parseInt(amount, 10), 'token')
          : amount;
    const price = coins > 0 ? `, ${count(coins, 'coin')}` : '';
    const state = mapped ? count(strokes, 'stroke') : `${t('not mapped')}${price}`;
    const button = make(mapped ? 'button.seen' : 'button.seen.new', { type: 'button' }, [
      make('span', {}, [given]),
      ' ',
      make('small', {}, [state]),
    ]);
    button.addEventListener('click', () => (kind === 'gift' ? mapGift(seen) : creditMoney(name)));
    return make('li', {}, [button]);
  });
  fill(by('seen'), lines.length === 0 ? [make('li.soft', {}, [t('None yet.')])] : lines);
}

/** Lets every button do what its attributes say. */
export function listenToButtons() {
  document.addEventListener('click', async ({ target }) => {
    const button = target instanceof Element ? target.closest('button') : null;
    if (button === null) return;
    if (button.getAttribute('aria-disabled') === 'true') return tell(button.title, true);
    const { post, dialog, jog, live, on, signIn: signInTo } = button.dataset;
    const question = askedFirst[post ?? ''];
    if (question !== undefined) {
      if (await ask(question)) await dialogs[question]?.();
    } else if (post !== undefined) await send(post);
    else if (dialog !== undefined && (await ask(dialog))) await dialogs[dialog]?.();
    else if (live !== undefined) await send('/live/switch', { live, on: on === 'true' });
    else if (signInTo !== undefined) await signIn(signInTo);
    else if (jog !== undefined) {
      const [xMm = 0, yMm = 0, zMm = 0] = jog.split(' ').map((way) => Number(way) * Number(entered('step')));
      await send('/plotter/jog', { xMm, yMm, zMm });
    }
  });
}
