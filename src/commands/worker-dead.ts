import { localTime, plainText } from '../domain/plain-text.ts';
import { systemClock } from '../system/clock.ts';
import { type Changed, type DeadLetter, WorkerStore } from '../worker/store.ts';
import { type Console, exit, wrapEntry, wrapLines } from './command.ts';

const deadShown = 1_000;

/** What `livepen worker dead` stands for: what was given up is listed, sent again or dropped. `file`: the worker's own. */
export function deadLetters(file: string, words: readonly string[], console: Console): number {
  const [what, which, more] = words;
  const chosen = which === 'all' ? null : Number(which);
  const isChosen = which === 'all' || (which !== undefined && /^\d{1,15}$/.test(which));
  const isOrder = (what === 'send' || what === 'drop') && isChosen && more === undefined;
  if (!isOrder && !(what === 'list' && which === undefined)) {
    console.err(
      wrapLines('Run `livepen worker dead list`, or `send` or `drop` with a number of that list or with `all`.'),
    );
    return exit.usage;
  }
  const opened = WorkerStore.look(file, systemClock().wallMs);
  if (!opened.ok) {
    console.err(wrapLines(`${opened.fault.what} ${opened.fault.remedy}`));
    return exit.failed;
  }
  const { store } = opened;
  try {
    if (what === 'list') return list(store, console);
    return order(what === 'send', store === null ? { ok: true, count: 0 } : change(store, what, chosen), console);
  } finally {
    store?.close();
  }
}

const change = (store: WorkerStore, what: string | undefined, chosen: number | null): Changed =>
  what === 'send' ? store.revive(chosen) : store.drop(chosen);

/** `store`: null where there never was a worker. */
function list(store: WorkerStore | null, console: Console): number {
  const all = store?.dead(deadShown) ?? [];
  for (const letter of all) console.out(inWords(letter));
  const rest = (store?.deadCount() ?? 0) - all.length;
  if (rest > 0) console.out(`${rest} more came after these.`);
  if (all.length === 0) console.out('There are no dead letters.');
  return exit.ok;
}

function order(isSend: boolean, changed: Changed, console: Console): number {
  if (!changed.ok) {
    console.err(wrapLines(`${changed.fault.what} ${changed.fault.remedy}`));
    return exit.failed;
  }
  if (changed.count === 0) {
    console.err('There is no such dead letter.');
    return exit.refused;
  }
  console.out(`${changed.count} ${isSend ? 'will be tried again while the worker runs' : 'dropped'}.`);
  return exit.ok;
}

function inWords({ seq, outlet, task, why, atMs }: DeadLetter): string {
  // A fault begins with the name of its outlet, which stands here already.
  const cause = why.startsWith(`${outlet}: `) ? why.slice(outlet.length + 2) : why;
  const said = `${localTime(atMs)}, ${outlet}, rule "${task.rule}", ${task.viewer || 'nobody'}: ${cause}`;
  return wrapEntry(`${seq}  `, plainText(said)).join('\n');
}
