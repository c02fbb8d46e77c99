import type { Mutation } from './mutation.ts';

/** Ways to break the talk with the plotter, and what is known of its place. */
export const plotterMutations: readonly Mutation[] = [
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
    does: 'goes from stroke to stroke with the pen on the paper',
    file: 'src/marlin/gcode.ts',
    from: "return pen === 'hop' ? geometry.hopMm : geometry.upMm;",
    to: "return pen === 'hop' ? geometry.downMm : geometry.upMm;",
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
    does: 'moves after a silence without hearing first what waits at the port',
    file: 'src/marlin/link.ts',
    from: 'while (this.ended === null && this.clock.nowMs() - sinceMs >= staleMs) {',
    to: 'while (this.ended !== null) {',
  },
  {
    does: 'passes over the notice that motors were let go of',
    file: 'src/marlin/connection.ts',
    from: 'if (!letsGoOfMotors(line)) return;',
    to: 'if (line !== "") return;',
  },
  {
    does: 'forgets that the origin is lost where the disk does not take it',
    file: 'src/marlin/body.ts',
    from: '    this.record = { ...this.record, ...lost };\n    this.changed();',
    to: '',
  },
  {
    does: 'leaves a board that its next service knows again, though the disk did not take that the origin is lost',
    file: 'src/marlin/session.ts',
    from: 'if (sameTalk && !body.record.originKnown) await endTalk(link);',
    to: '',
  },
  {
    does: 'names a place that nothing holds',
    file: 'src/marlin/session.ts',
    from: "if ((await tell(link, 'M17')) === null) return false;",
    to: '',
  },
  {
    does: 'takes every start of a board for the power coming on',
    file: 'src/marlin/origin.ts',
    from: 'const switchedOff = rests && leftInOrder && unheardMs === null && wasUp;',
    to: 'const switchedOff = rests;',
  },
  {
    does: 'writes down that the pen is parked before it is there',
    file: 'src/marlin/orders.ts',
    from: "return went.kind === 'done' ? settle(body, link) : went;",
    to: 'return went;',
  },
  {
    does: 'calls all certain without waiting for the planner',
    file: 'src/marlin/order-parts.ts',
    from: "const wait: Step = { text: 'M400', end: plan, look: true, block: false };",
    to: "const wait: Step = { text: 'M105', end: plan, look: true, block: false };",
  },
  {
    does: 'leaves the bed',
    file: 'src/marlin/order-parts.ts',
    from: 'if (end.xMm < xMinMm || end.xMm > xMaxMm || end.yMm < yMinMm || end.yMm > yMaxMm) {',
    to: 'if (end.xMm < xMinMm - 1e6 || end.xMm > xMaxMm + 1e6) {',
  },
];
