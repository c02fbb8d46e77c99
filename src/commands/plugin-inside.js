/*
 * The side of the plugin: what stands between it and the process that holds it. It is read as text and run in a context of
 * its own (`plugin-child.ts`), where it has the language and what `host` gives, and nothing of Node; the plugin, in the
 * same context, gets `api`, timers and `console`. What it needs of the language it takes before a plugin can change that.
 */

/**
 * What this side gets of the other: none of it throws, and all that goes through is text and numbers.
 *
 * @typedef {object} Host
 * @property {(line: string) => void} send A line for the worker.
 * @property {(delayMs: number, id: number) => void} later Has `ring(id)` called after so long.
 * @property {(id: number) => void} forget
 * @property {(name: string) => unknown} compile A file of the plugin as a function of its context, or why it is none.
 * @property {(name: string) => string | null} file The text of a file; null where it has none of that name.
 *
 * @typedef {(...given: any[]) => any} Call
 */

const { parse, stringify } = JSON;
const { entries, fromEntries } = Object;
const textMax = 2_000;
const intervalMinMs = 10;
const settingsMax = 16_000;
const answerMax = 250_000;

/** Bytes lie beside the heap, whose end is what bounds the memory of a plugin. */
const bytes =
  'ArrayBuffer SharedArrayBuffer Atomics DataView WebAssembly Int8Array Uint8Array Uint8ClampedArray Int16Array ' +
  'Uint16Array Int32Array Uint32Array Float16Array Float32Array Float64Array BigInt64Array BigUint64Array';
for (const name of bytes.split(' ')) Reflect.deleteProperty(globalThis, name);

/** @type {Host} */
let host;
let last = 0;
/** @type {Map<string, Call[]>} */
const hearers = new Map();
/** @type {Map<string, Call>} */
const routes = new Map();
/** @type {Map<number, { run: Call, againMs: number | null }>} */
const timers = new Map();
/** @type {Map<number, { resolve: Call, reject: Call }>} */
const asked = new Map();
/** @type {Map<string, { exports: any }>} */
const modules = new Map();
/** @type {Record<string, unknown>} */
let settings = {};
/** @type {any} */
let plugin = null;

/** @param {object} message */
function say(message) {
  host.send(stringify(message));
}

/** @param {unknown} value */
function inWords(value) {
  const text = typeof value === 'string' ? value : String(stringify(value));
  return text.slice(0, textMax);
}

/** @param {any} error */
function whyOf(error) {
  return inWords(error?.message === undefined ? String(error) : `${error.name}: ${error.message}`);
}

/** @param {unknown} message @param {unknown} [level] */
function log(message, level = 'info') {
  say({ say: 'log', level: inWords(level), text: inWords(message) });
}

/** @param {unknown} error */
function logFault(error) {
  log(whyOf(error), 'error');
}

/** @param {unknown} task @param {unknown} delayMs @param {any[]} given @param {boolean} isAgain */
function startTimer(task, delayMs, given, isAgain) {
  if (typeof task !== 'function') throw new TypeError('a timer needs a function');
  last += 1;
  const waitMs = Math.max(isAgain ? intervalMinMs : 0, Number(delayMs) || 0);
  timers.set(last, { run: () => task(...given), againMs: isAgain ? waitMs : null });
  host.later(waitMs, last);
  return last;
}

/** @param {unknown} id */
function stopTimer(id) {
  if (timers.delete(Number(id))) host.forget(Number(id));
}

/** @param {string} level */
const consoleLine =
  (level) =>
  (/** @type {unknown[]} */ ...parts) =>
    log(parts.map(inWords).join(' '), level);

function addGlobals() {
  const levels = { log: 'info', info: 'info', debug: 'debug', warn: 'warn', error: 'error' };
  const globals = {
    console: fromEntries(entries(levels).map(([name, level]) => [name, consoleLine(level)])),
    setTimeout: (/** @type {any[]} */ ...[task, delayMs, ...given]) => startTimer(task, delayMs, given, false),
    setInterval: (/** @type {any[]} */ ...[task, delayMs, ...given]) => startTimer(task, delayMs, given, true),
    clearTimeout: stopTimer,
    clearInterval: stopTimer,
  };
  for (const [name, value] of entries(globals)) Object.defineProperty(globalThis, name, { value, writable: true });
}

/** The path of a file that one at `from` names, within the plugin. @param {string} from @param {string} wanted */
function pathOf(from, wanted) {
  const place = from.split('/').slice(0, -1);
  for (const part of wanted.split('/')) {
    if (part === '..') place.pop();
    else if (part !== '.') place.push(part);
  }
  return place.join('/');
}

/** @param {string} name @returns {any} */
function load(name) {
  const known = modules.get(name);
  if (known !== undefined) return known.exports;
  const made = host.compile(name);
  if (typeof made !== 'function') throw new Error(String(made));
  const module = { exports: {} };
  modules.set(name, module);
  made(module, module.exports, (/** @type {unknown} */ wanted) => {
    const text = String(wanted);
    if (!/^\.\.?\//.test(text)) throw new Error(`require("${text}"): a plugin has its own files alone`);
    const path = pathOf(name, text);
    const found = [path, `${path}.js`, `${path}.json`].find((each) => host.file(each) !== null);
    if (found === undefined) throw new Error(`require("${text}"): there is no such file`);
    return found.endsWith('.json') ? parse(host.file(found) ?? '') : load(found);
  });
  return module.exports;
}

/** @param {string} id */
function apiOf(id) {
  return {
    id,
    /** @param {string} kind @param {Call} handler */
    registerLiveEvent(kind, handler) {
      hearers.set(kind, [...(hearers.get(kind) ?? []), handler]);
      say({ say: 'hear', kind: inWords(kind) });
    },
    /** @param {string} method @param {string} path @param {Call} handler */
    registerRoute(method, path, handler) {
      const named = inWords(method).toUpperCase();
      routes.set(`${named} ${path}`, handler);
      say({ say: 'route', method: named, path: inWords(path) });
    },
    /** @param {string} [key] */
    getConfig: (key) => (key === undefined ? parse(stringify(settings)) : settings[key]),
    /** @param {string} key @param {unknown} value */
    setConfig(key, value) {
      const changed = { ...settings, [key]: value };
      const text = stringify(changed);
      if (text.length > settingsMax) throw new RangeError(`settings have at most ${settingsMax} letters`);
      settings = changed;
      say({ say: 'settings', text });
    },
    /** @param {object} alert */
    showAlert(alert) {
      last += 1;
      const n = last;
      return new Promise((resolve, reject) => {
        asked.set(n, { resolve, reject });
        say({ say: 'cue', n, alert });
      });
    },
    log,
    /** @param {string} name */
    readFile: (name) => host.file(inWords(name)),
  };
}

/** @param {{ id: string, entry: string, settings: string }} message */
async function begin(message) {
  settings = parse(message.settings);
  const api = apiOf(message.id);
  const exported = load(message.entry);
  plugin = typeof exported === 'function' ? new exported(api) : exported;
  if (typeof plugin?.init !== 'function')
    throw new Error('it exports no function init: module.exports = { init(api) { } }');
  await plugin.init(api);
  say({ say: 'ready' });
}

/** Both ways of answering: what the handler gives back, or what it does to `reply`. @param {{ status: unknown, type: unknown, body: unknown }} given */
function replyOf(given) {
  const reply = {
    /** @param {number} status */
    status(status) {
      given.status = status;
      return reply;
    },
    /** @param {string} type */
    type(type) {
      given.type = type;
      return reply;
    },
    /** @param {unknown} body */
    send(body) {
      given.body = body;
    },
    /** @param {unknown} body */
    json(body) {
      given.type = 'json';
      given.body = body;
    },
  };
  return reply;
}

/** @param {{ n: number, route: string, request: object }} message */
async function answer({ n, route, request }) {
  const given = {
    status: /** @type {unknown} */ (200),
    type: /** @type {unknown} */ (null),
    body: /** @type {unknown} */ (null),
  };
  try {
    const returned = await routes.get(route)?.(request, replyOf(given));
    given.body ??= returned;
  } catch (error) {
    logFault(error);
    given.status = 500;
    given.type = 'text';
    given.body = 'The plugin failed.';
  }
  const isText = typeof given.body === 'string' && given.type !== 'json';
  const body = isText ? String(given.body) : (stringify(given.body ?? null) ?? 'null');
  const status = Number(given.status);
  const isFine = body.length <= answerMax && Number.isInteger(status) && status >= 200 && status <= 599;
  if (!isFine) log(`An answer has at most ${answerMax} letters, and a status from 200 to 599.`, 'error');
  const type = isFine ? String(given.type ?? (isText ? 'html' : 'json')) : 'text';
  say({ say: 'answered', n, status: isFine ? status : 500, type, body: isFine ? body : 'The plugin failed.' });
}

/** @param {{ kind: string, event: unknown }} message */
function hear({ kind, event }) {
  for (const handler of hearers.get(kind) ?? []) {
    try {
      const given = handler(event);
      if (typeof given?.then === 'function') given.then(undefined, logFault);
    } catch (error) {
      logFault(error);
    }
  }
}

/** @param {{ n: number, ok: boolean, text: string }} message */
function settle({ n, ok, text }) {
  const waits = asked.get(n);
  asked.delete(n);
  if (ok) waits?.resolve(text);
  else waits?.reject(new Error(text));
}

async function end() {
  try {
    await plugin?.destroy?.();
  } catch (error) {
    logFault(error);
  }
  say({ say: 'ended' });
}

/** @param {string} line */
function take(line) {
  const message = parse(line);
  if (message.do === 'start') begin(message).catch((error) => say({ say: 'failed', why: whyOf(error) }));
  else if (message.do === 'event') hear(message);
  else if (message.do === 'request') answer(message).catch(logFault);
  else if (message.do === 'cued') settle(message);
  else if (message.do === 'end') end().catch(logFault);
}

/** @param {number} id */
function ring(id) {
  const timer = timers.get(id);
  if (timer === undefined) return;
  if (timer.againMs === null) timers.delete(id);
  else host.later(timer.againMs, id);
  timer.run();
}

/**
 * Begins this side. @param {Host} given @returns what the other side calls: a line came, a timer is due
 */
export function openInside(given) {
  host = given;
  addGlobals();
  return { take, ring };
}
