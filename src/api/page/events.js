/** Nothing heard for so long: the connection is gone, though nobody said so. Beats come every ten seconds. */
const silenceMs = 25_000;
const againMs = 3_000;
/** Another page answers within this time; then it listens for this one, too. */
const answerMs = 200;

/**
 * Listens to the service for ever: comes back after every break and goes on from the last event that it heard. A browser
 * opens six connections to a server, whatever it has to show: so of all pages of a browser that listen to one address one
 * holds the stream and passes on what it hears, and commands find a connection.
 * @param {string} path
 * @param {Record<string, (data: any) => void>} handlers by the name of the event
 * @param {(heard: boolean) => void} report whether the service is heard
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its short parts share the state of one stream
export function listen(path, handlers, report) {
  const me = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
  const pages = new BroadcastChannel(`livepen ${path}`);
  /** What a page that comes needs to know: the newest of each event without an id. @type {Map<string, string>} */
  const newest = new Map();
  let lastId = '';
  let heardAtMs = performance.now();
  let isHeard = false;
  /** Whether this page holds the stream. */
  let leads = false;
  /** @type {EventSource | null} */
  let source = null;
  /** @type {number | undefined} */
  let timer;
  /** @type {number | undefined} */
  let election;

  /** @param {boolean} heard */
  function tell(heard) {
    isHeard = heard;
    report(heard);
    if (leads) pages.postMessage({ from: me, kind: 'heard', heard });
  }

  /** @param {string} name @param {string} data @param {string} id */
  function take(name, data, id) {
    heardAtMs = performance.now();
    // An alert or a sound is over for whoever comes later.
    if (id !== '') lastId = id;
    else if (name !== 'alert' && name !== 'sound') newest.set(name, data);
    handlers[name]?.(JSON.parse(data));
  }

  function open() {
    source?.close();
    clearTimeout(timer);
    heardAtMs = performance.now();
    const address = new URL(path, location.href);
    if (lastId !== '') address.searchParams.set('after', lastId);
    source = new EventSource(address);
    source.onopen = () => tell(true);
    source.onerror = async () => {
      const isRefused = source?.readyState === EventSource.CLOSED;
      tell(false);
      source?.close();
      clearTimeout(timer);
      timer = setTimeout(open, againMs);
      if (isRefused) await forgetForeignId(address);
    };
    for (const name of ['beat', ...Object.keys(handlers)]) {
      source.addEventListener(name, ({ data, lastEventId }) => {
        take(name, data, lastEventId);
        pages.postMessage({ from: me, kind: 'event', name, data, id: lastEventId });
      });
    }
  }

  /** Another ledger does not go on from what was heard of the one before: then all that is shown is of the past. */
  async function forgetForeignId(/** @type {URL} */ address) {
    const answer = await fetch(address).catch(() => null);
    void answer?.body?.cancel();
    if (answer?.status === 409) lastId = '';
  }

  /** Asks who holds the stream; when nobody answers, this page does. */
  function elect() {
    if (leads) return;
    pages.postMessage({ from: me, kind: 'who' });
    clearTimeout(election);
    election = setTimeout(lead, answerMs);
  }

  function lead() {
    election = undefined;
    leads = true;
    open();
  }

  function follow() {
    clearTimeout(election);
    election = undefined;
    if (!leads) return;
    leads = false;
    source?.close();
    clearTimeout(timer);
  }

  const heard = {
    /** @param {any} message */
    who({ from }) {
      if (leads) pages.postMessage({ from: me, kind: 'lead', heard: isHeard, newest: [...newest] });
      // Two that come at once: the one that came first goes on.
      else if (election !== undefined && from > me) pages.postMessage({ from: me, kind: 'wait' });
    },
    /** @param {any} message */
    wait({ from }) {
      if (from > me || election === undefined) return;
      clearTimeout(election);
      election = setTimeout(elect, 2 * answerMs);
    },
    /** @param {any} message */
    lead(message) {
      if (leads && message.from > me) return heard.who(message);
      follow();
      report(message.heard);
      for (const [name, data] of message.newest) take(name, data, '');
    },
    /** @param {any} message */
    event({ name, data, id }) {
      if (!leads) take(name, data, id);
    },
    /** @param {any} message */
    heard(message) {
      if (!leads) report(message.heard);
    },
    gone: () => elect(),
  };
  pages.onmessage = ({ data: message }) => heard[/** @type {keyof typeof heard} */ (message.kind)]?.(message);

  function look() {
    if (performance.now() - heardAtMs < silenceMs) return;
    report(false);
    heardAtMs = performance.now();
    if (leads) open();
    else elect();
  }

  setInterval(look, 5_000);
  // A page that was put aside may have been stopped, with the stream in its hands.
  document.addEventListener('visibilitychange', () => (document.hidden ? undefined : leads ? look() : elect()));
  addEventListener('pagehide', () => {
    if (leads) pages.postMessage({ from: me, kind: 'gone' });
    follow();
  });
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) elect();
  });
  addEventListener('online', () => (leads ? open() : elect()));
  elect();
}
