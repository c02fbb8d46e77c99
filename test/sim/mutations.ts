/** A way to break the product: one text of one file in place of another. */
export interface Mutation {
  /** What the broken product does. */
  readonly does: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** The text with the mutation in it; throws where what it replaces does not stand exactly once. */
export function mutated(text: string, { does, file, from, to }: Mutation): string {
  if (text.split(from).length !== 2) {
    throw new Error(`"${does}" cannot be tried any more: ${file} does not contain exactly once\n${from}`);
  }
  return text.replace(from, () => to);
}

/** Each must be caught within the fixed seeds. */
export const mutations: readonly Mutation[] = [
  {
    does: 'calls strokes certain as soon as their lines are accepted',
    file: 'src/marlin/certainty.ts',
    from: 'moves - one.atMove >= depth',
    to: 'moves - one.atMove >= 0',
  },
  {
    does: 'sends lines without a checksum that means anything',
    file: 'src/marlin/framing.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a text of the product.
    from: '*${sum & 0xff}\\n`;',
    to: '\\n`;',
  },
  {
    does: 'lowers the pen without having looked where it is',
    file: 'src/marlin/stream.ts',
    from: 'if (verdict.line.clean && !step.look) {',
    to: 'if (step.text !== "") {',
  },
  {
    does: 'draws a stroke in doubt at the next place',
    file: 'src/ledger/queue.ts',
    from: 'const n = (sheet.certain.get(row) ?? 0) + inHand.fresh(name) + 1;',
    to: 'const n = Math.max(sheet.certain.get(row) ?? 0, inHand.perhapsInked(name)) + 1;',
  },
  {
    does: 'leaves the park place without erasing it on disk',
    file: 'src/marlin/order-parts.ts',
    from: 'return body.record.parked === null ? null : body.save({ parked: null });',
    to: 'return body.record.parked === null ? null : null;',
  },
  {
    does: 'trusts the park place after a power cycle',
    file: 'src/marlin/origin.ts',
    from: 'witnessed || settings.trustPark',
    to: 'witnessed || settings.trustPark || true',
  },
  {
    does: 'takes a power cut of any length for a short reset',
    file: 'src/marlin/origin.ts',
    from: 'const shortResetMs = 10_000;',
    to: 'const shortResetMs = 100_000;',
  },
  {
    does: 'believes every board that it talks to again',
    file: 'src/marlin/origin.ts',
    from: 'return record.lineBase !== null && lastLine >= record.lineBase && lastLine < record.lineBase + linesOfABase;',
    to: 'return record.lineBase !== null && lastLine >= 0;',
  },
  {
    does: 'resets the line number before it reads it',
    file: 'src/marlin/greet.ts',
    from: "link.writeRaw(next.what === 'name' ? whoAreYou : probe);",
    to: "link.writeRaw(next.what === 'name' ? whoAreYou : '\\nN0 M110 N0*125'.concat(probe));",
  },
  {
    does: 'counts the ok after a Resend',
    file: 'src/marlin/sender.ts',
    from: "    case 'rejected':\n      return recover(state, line, nowMs, timing, reply);",
    to: "    case 'rejected':\n      return go({});",
  },
  {
    does: 'calls certain what was in doubt when a person stopped the plotter',
    file: 'src/marlin/stopping.ts',
    from: '  body.doubtAll();',
    to: '  body.proveAll();',
  },
  {
    does: 'calls certain what was in doubt when the session was lost',
    file: 'src/marlin/connection.ts',
    from: '    body.doubtAll();',
    to: '    body.proveAll();',
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
    does: 'forgets the marks of lines that were on their way when the talk was cut short',
    file: 'src/marlin/missed.ts',
    from: '  body.blemished(marks);\n',
    to: '',
  },
  {
    does: 'raises the pen each time that it finds the origin unknown',
    file: 'src/marlin/session.ts',
    from: '!body.record.liftDone && body.record.epoch > 0',
    to: 'body.record.epoch > 0',
  },
  {
    does: 'names the place without reading it back',
    file: 'src/marlin/session.ts',
    from: 'if (!samePlace(seen, place)) {',
    to: 'if (place.xMm > 1_000) {',
  },
  {
    does: 'does not wait for a yes after an origin was set by hand on a sheet with ink',
    file: 'src/marlin/by-hand.ts',
    from: 'const named = await nameThisPlace(body, ready.link, { xMm: 0, yMm: 0, zMm: contactMm }, false, hoverOver);',
    to: 'const named = await nameThisPlace(body, ready.link, { xMm: 0, yMm: 0, zMm: contactMm }, false, null);',
  },
  {
    does: 'takes a link for alive as long as its port is open',
    file: 'src/marlin/plotter.ts',
    from: 'if (this.order === null && !this.stopping) await idleLook(this.body);',
    to: 'if (this.order === null && !this.stopping) return;',
  },
  {
    does: 'waits two minutes before it calls a live silent',
    file: 'src/sources/tiktok/attempt.ts',
    from: 'const silenceLimitMs = 35_000;',
    to: 'const silenceLimitMs = 120_000;',
  },
  {
    does: 'goes from stroke to stroke with the pen on the paper',
    file: 'src/marlin/gcode.ts',
    from: "return pen === 'hop' ? geometry.hopMm : geometry.upMm;",
    to: "return pen === 'hop' ? geometry.downMm : geometry.upMm;",
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
    does: 'sets a timer for each line and clears none',
    file: 'src/marlin/link.ts',
    from: 'if (atMs === null || this.alarmAtMs <= atMs) return;\n    this.alarm();',
    to: 'if (atMs === null) return;',
  },
  {
    does: 'does not forbid the plotter to let go of its motors',
    file: 'src/marlin/session.ts',
    from: "[...unitsAndMode, 'M84 S0']",
    to: 'unitsAndMode',
  },
  {
    does: 'forgets what it may have drawn when the service starts anew',
    file: 'src/ledger/sheets.ts',
    from: '      .map(({ row, strokes }) => Math.min(strokes, books.debts.pending(row)))',
    to: '      .map(({ strokes }) => strokes * 0)',
  },
];
