/** Nothing heard for so long: the connection is gone, though nobody said so. Beats come every ten seconds. */
const silenceMs = 25_000;
const againMs = 3_000;

/**
 * Listens to the service for ever: comes back after every break and goes on from the last event that it heard.
 * @param {string} path
 * @param {Record<string, (data: any) => void>} handlers by the name of the event
 * @param {(heard: boolean) => void} told whether the service is heard
 */
export function listen(path, handlers, told) {
  let lastId = '';
  let heardAtMs = performance.now();
  /** @type {EventSource | null} */
  let source = null;
  /** @type {number | undefined} */
  let timer;

  function open() {
    source?.close();
    clearTimeout(timer);
    heardAtMs = performance.now();
    const address = new URL(path, location.href);
    if (lastId !== '') address.searchParams.set('after', lastId);
    source = new EventSource(address);
    source.onopen = () => told(true);
    source.onerror = () => {
      told(false);
      source?.close();
      clearTimeout(timer);
      timer = setTimeout(open, againMs);
    };
    for (const name of ['beat', ...Object.keys(handlers)]) {
      source.addEventListener(name, (event) => {
        heardAtMs = performance.now();
        if (event.lastEventId !== '') lastId = event.lastEventId;
        handlers[name]?.(JSON.parse(event.data));
      });
    }
  }

  function look() {
    if (performance.now() - heardAtMs < silenceMs) return;
    told(false);
    open();
  }

  setInterval(look, 5_000);
  document.addEventListener('visibilitychange', look);
  addEventListener('online', open);
  open();
}
