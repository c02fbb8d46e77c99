/** So many wait for their turn; more are not played. */
const waitingMax = 20;
/** What has waited for so long is no news any more. */
const keptMs = 60_000;
/** No sound goes on for longer. */
const longestMs = 30_000;

/** @typedef {{ media: string, volume: number }} Sound */

/**
 * Plays sounds. A browser lets a page be heard only once somebody has touched it; a browser source of OBS always.
 * @param {(hash: string) => string} addressOf where a sound is
 * @returns {{ one: (sound: Sound) => Promise<void>, next: (sound: Sound) => void }} plays one at once, until it is over;
 *   or one after those that wait
 */
export function soundsFrom(addressOf) {
  /** @type {{ sound: Sound, atMs: number }[]} */
  const waiting = [];
  let isPlaying = false;

  /** @param {Sound} sound @returns {Promise<void>} */
  function one({ media, volume }) {
    return new Promise((done) => {
      const audio = new Audio(addressOf(media));
      const end = () => {
        clearTimeout(late);
        audio.pause();
        done();
      };
      const late = setTimeout(end, longestMs);
      audio.volume = volume;
      audio.onended = end;
      audio.onerror = end;
      // Nobody has touched this page yet, or the sound is gone: it is left out.
      audio.play().catch(end);
    });
  }

  async function playAll() {
    isPlaying = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      if (performance.now() - next.atMs < keptMs) await one(next.sound);
    isPlaying = false;
  }

  return {
    one,
    next(sound) {
      if (waiting.length >= waitingMax) return;
      waiting.push({ sound, atMs: performance.now() });
      if (!isPlaying) void playAll();
    },
  };
}
