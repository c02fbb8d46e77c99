/** So many wait for their turn; more are not shown. */
const waitingMax = 20;
/** What has waited for so long is no news any more. */
const keptMs = 60_000;
const pauseMs = 300;
const inMs = 450;
const drops = 24;
/** A picture that is not there by then is left out. */
const pictureMs = 3_000;

/**
 * @typedef {{ text: string, seconds: number, animation: string, emoji: string, picture?: string,
 *   sound?: import('./sounds.js').Sound }} Alert
 */

/** How an alert comes; it goes the same way back. @type {Record<string, Keyframe[]>} */
const entrances = {
  fade: [{ opacity: 0 }, { opacity: 1 }],
  slide: [
    { opacity: 0, transform: 'translateY(-120%)' },
    { opacity: 1, transform: 'none' },
  ],
  pop: [
    { opacity: 0, transform: 'scale(.4)' },
    { opacity: 1, transform: 'scale(1.06)', offset: 0.7 },
    { opacity: 1, transform: 'none' },
  ],
};

/** @param {number} ms */
const rest = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * Shows alerts, one after the other and never two at once.
 * @param {{ box: HTMLElement, picture: HTMLImageElement, emoji: HTMLElement, text: HTMLElement, sky: HTMLElement }} parts
 * @param {(hash: string) => string} addressOf where a picture is
 * @param {(sound: import('./sounds.js').Sound) => void} play plays the sound of one
 * @returns {(alert: Alert) => void}
 */
export function alertsIn({ box, picture, emoji, text, sky }, addressOf, play) {
  /** @type {{ alert: Alert, atMs: number }[]} */
  const waiting = [];
  let isShowing = false;

  async function showAll() {
    isShowing = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      if (performance.now() - next.atMs < keptMs) await showOne(next.alert);
    isShowing = false;
  }

  /** @param {string | undefined} hash */
  async function showPicture(hash) {
    if (hash === undefined) return;
    picture.src = addressOf(hash);
    const isThere = picture.decode().then(
      () => true,
      () => false,
    );
    picture.hidden = !(await Promise.race([isThere, rest(pictureMs).then(() => false)]));
  }

  /** @param {Alert} alert */
  async function showOne(alert) {
    await showPicture(alert.picture);
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    emoji.textContent = alert.emoji;
    text.textContent = alert.text;
    box.hidden = false;
    const frames = entrances[isCalm ? 'fade' : alert.animation] ?? entrances.fade;
    const timing = { duration: inMs, easing: 'cubic-bezier(.2,.8,.2,1)' };
    box.animate(frames ?? [], timing);
    if (alert.animation === 'rain' && !isCalm) rain(alert);
    if (alert.sound !== undefined) play(alert.sound);
    await rest(alert.seconds * 1_000);
    box.animate(frames ?? [], { ...timing, direction: 'reverse', fill: 'forwards' });
    await rest(inMs);
    box.hidden = true;
    if (!picture.hidden) picture.hidden = true;
    for (const each of box.getAnimations()) each.cancel();
    sky.replaceChildren();
    await rest(pauseMs);
  }

  /** @param {{ emoji: string, seconds: number }} alert */
  function rain(alert) {
    for (let drop = 0; drop < drops; drop++) {
      const each = document.createElement('span');
      each.textContent = alert.emoji || '✨';
      each.style.left = `${(100 * (drop + Math.random())) / drops}%`;
      sky.append(each);
      each.animate(
        [
          { transform: 'translateY(-10vh) rotate(0)', opacity: 1 },
          { transform: `translateY(110vh) rotate(${Math.round(Math.random() * 240 - 120)}deg)`, opacity: 1 },
        ],
        {
          duration: 2_500 + Math.random() * 2_000,
          delay: Math.random() * Math.max(0, alert.seconds * 1_000 - 2_500),
          fill: 'both',
        },
      );
    }
  }

  return (alert) => {
    if (waiting.length >= waitingMax) return;
    waiting.push({ alert, atMs: performance.now() });
    if (!isShowing) void showAll();
  };
}
