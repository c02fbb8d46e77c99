import type { Mutation } from './mutation.ts';

/** Ways to break everything above the plotter: books, drawing loop, panel, sources. */
export const serviceMutations: readonly Mutation[] = [
  {
    does: 'draws a stroke in doubt at the next place',
    file: 'src/ledger/queue.ts',
    from: 'const n = (sheet.certain.get(row) ?? 0) + inHand.fresh(name) + 1;',
    to: 'const n = Math.max(sheet.certain.get(row) ?? 0, inHand.perhapsInked(name)) + 1;',
  },
  {
    does: 'credits a streak when it ends, and not before',
    file: 'src/sources/tiktok/heard.ts',
    from: "    count: Math.max(1, countAt(data, 'repeatCount') ?? 1),",
    to: "    count: streaks && !flagAt(data, 'repeatEnd') ? 0 : Math.max(1, countAt(data, 'repeatCount') ?? 1),",
  },
  {
    does: 'counts every frame of a streak anew',
    file: 'src/ledger/keys-of-events.ts',
    from: "['streak', user(), gift.id, streak.group, streak.receiver, ...world]",
    to: "['streak', user(), gift.id, event.id, streak.receiver, ...world]",
  },
  {
    does: 'keeps gifts in memory for a while before it writes them',
    file: 'src/appliance/inbox.ts',
    from: '      schedule(0);',
    to: '      schedule(2_000);',
  },
  {
    does: 'lets go of what a failing disk did not take',
    file: 'src/appliance/inbox.ts',
    from: '      setFault(fault);\n    }\n  }\n\n  function setFault',
    to: '      queue.splice(0, batch.length);\n      setFault(fault);\n    }\n  }\n\n  function setFault',
  },
  {
    does: 'acts on a press for what the light has only just shown',
    file: 'src/panel/panel.ts',
    from: 'const shownLongEnoughMs = 1_000;',
    to: 'const shownLongEnoughMs = -1;',
  },
  {
    does: 'acts on what a press means when it ends, whatever it meant when it began',
    file: 'src/panel/panel.ts',
    from: 'touched.seen && isSeen() && meant && commands',
    to: 'touched.seen && isSeen() && (meant || true) && commands',
  },
  {
    does: 'moves as soon as a person has pressed',
    file: 'src/appliance/drawing-loop.ts',
    from: 'notBeforeMs = monotonicMs;',
    to: 'notBeforeMs = monotonicMs - 3_000;',
  },
  {
    does: 'opens a sheet while strokes are in the planner',
    file: 'src/appliance/operator.ts',
    from: "if (link === 'ready' && parked && hand().size === 0) return null;",
    to: "if (link === 'ready') return null;",
  },
  {
    does: 'writes down no mark that a line gone astray may have left',
    file: 'src/appliance/ink-book.ts',
    from: 'for (const mark of blemishes) ink.blemish(mark);',
    to: '',
  },
  {
    does: 'waits two minutes before it calls a live silent',
    file: 'src/sources/tiktok/attempt.ts',
    from: 'const silenceLimitMs = 35_000;',
    to: 'const silenceLimitMs = 120_000;',
  },
  {
    does: 'does not try a disk again that has failed',
    file: 'src/appliance/inbox.ts',
    from: 'if (queue.length > 0) schedule(disk === null ? 0 : retryMs);',
    to: 'if (queue.length > 0 && disk === null) schedule(0);',
  },
  {
    does: 'tries a refused order again without a pause',
    file: 'src/appliance/drawing-loop.ts',
    from: 'const refusedPauseMs = 250;',
    to: 'const refusedPauseMs = 0;',
  },
  {
    does: 'keeps strokes in hand that are written down',
    file: 'src/appliance/hand.ts',
    from: '      held = held.filter(({ stroke }) => !done.has(stroke));',
    to: '',
  },
  {
    does: 'forgets what it may have drawn when the service starts anew',
    file: 'src/ledger/sheets.ts',
    from: '      .map(({ row, strokes }) => Math.min(strokes, books.debts.pending(row)))',
    to: '      .map(({ strokes }) => strokes * 0)',
  },
  {
    does: 'keeps the origin when a backup takes the place of the ledger',
    file: 'src/ledger/ledger.ts',
    from: 'save({ ...load(), originKnown: false, parked: null, lineBase: null, hover: null, liftDone: false });',
    to: 'save(load());',
  },
  {
    does: 'remembers a transaction that was rolled back',
    file: 'src/ledger/ledger.ts',
    from: '      books.forget();\n      suspect',
    to: '      suspect',
  },
  {
    does: 'lowers the pen before it is written down which place it may ink',
    file: 'src/appliance/ink-book.ts',
    from: 'if (!write((ink) => ink.reserve(row, upTo))) return false;',
    to: '',
  },
  {
    does: 'calls nothing doubtful on a sheet that was taken away',
    file: 'src/ledger/sheets.ts',
    from: 'close.run(sheet, doubtful, books.wallMs());',
    to: 'close.run(sheet, 0, books.wallMs());',
  },
  {
    does: 'calls for hands before the pen is at rest',
    file: 'src/appliance/state.ts',
    from: ' && inHand === 0 && plotter.parked;',
    to: ';',
  },
  {
    does: 'says that all is well while something is owed',
    file: 'src/appliance/state.ts',
    from: "if (facts.drawable || facts.inHand > 0) return 'drawing';",
    to: '',
  },
  {
    does: 'says that it hears the live while it does not',
    file: 'src/appliance/state.ts',
    from: "return facts.live.heard ? 'ready' : 'off-air';",
    to: "return 'ready';",
  },
  {
    does: 'keeps every event while the disk fails',
    file: 'src/appliance/inbox.ts',
    from: 'if (queue.length < mostWaiting) return;',
    to: 'if (queue.length >= 0) return;',
  },
  {
    does: 'tries the live again without a pause',
    file: 'src/sources/tiktok/listener.ts',
    from: 'this.#cancelWait = clock.after(next.delayMs, () => this.#try());',
    to: 'this.#cancelWait = clock.after(1, () => this.#try());',
  },
];
