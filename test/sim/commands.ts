import type { CommandResult } from '../../src/appliance/operator.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { Life } from './life.ts';
import type { PersonCommand } from './plan.ts';
import type { Witness } from './witness.ts';

/** A guided move is over after this time, the wait for the hands included. */
const guidedMs = 30_000;

/** The row to which most strokes are owed. */
function owedMax({ questions }: Ledger): string {
  return questions.accounts().toSorted((a, b) => b.pending - a.pending)[0]?.row ?? '1';
}

/** Strokes of a row, or a gift with all that rules made due for it. */
function takeBack(operator: Life['appliance']['operator'], ledger: Ledger): CommandResult {
  const newest = ledger.questions.lastGifts(1)[0]?.seq ?? 0;
  if (newest % 2 === 1) return operator.voidGift(newest, 'a gift too many');
  return operator.voidDebt(owedMax(ledger), 1, 'a gift too many');
}

/** A person asks for something by page or command line; gives what was answered. */
export function carryOut(what: PersonCommand, { appliance, ledger, plotter, process }: Life, witness: Witness): string {
  const { operator } = appliance;
  const guided = (result: CommandResult): CommandResult => {
    if (result.ok) witness.guided(guidedMs);
    return result;
  };
  const commands: Readonly<Record<Exclude<PersonCommand, 'stop' | 'reload-gifts' | 'backup'>, () => CommandResult>> = {
    pause: () => operator.pause(),
    resume: () => operator.resume(),
    'paper-changed': () => operator.paperChanged(),
    // Without an origin a careful person only raises the pen.
    jog: () => guided(plotter.facts().origin === 'known' ? operator.jog(3, 2, 0) : operator.jog(0, 0, 2)),
    // From anywhere on the sheet that leads off the bed: it has to be refused, or not be carried out.
    'jog-out': () => guided(operator.jog(-50, -50, 0)),
    lift: () => guided(operator.lift()),
    park: () => operator.park(),
    'pen-was-dry': () => operator.penWasDry(2),
    redraw: () => operator.redraw('1', 1, 2, 'it is smeared'),
    void: () => takeBack(operator, ledger),
    credit: () => operator.credit('1', 2, '', 'a present'),
    'test-gift': () => operator.simulateGift({ row: '2', count: 2 }),
  };
  switch (what) {
    case 'stop':
      void operator.stopNow();
      return 'asked';
    case 'reload-gifts':
      return operator.reloadGifts().ok ? 'done' : 'refused';
    case 'backup':
      void ledger.backup(process.nowMs);
      return 'asked';
    default: {
      const result = commands[what]();
      return result.ok ? 'done' : result.fault.code;
    }
  }
}
