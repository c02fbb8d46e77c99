import { counted } from '../domain/plain-text.ts';
import { type PointsKind, pointsChangeMax } from '../domain/points.ts';
import { type PointsAdded, peopleAtOnceMax } from '../ledger/people.ts';
import type { BookDeps } from './book-commands.ts';
import { type CommandResult, notNow, onDisk, said, wrongInput } from './command-result.ts';

/** An order to change somebody's points. */
interface PointsOrder {
  /** Whom it is for, as `people` names them; null: all who have points. */
  readonly person: string | null;
  readonly kind: PointsKind;
  /** How many are added; below 0 they are taken. */
  readonly change: number;
  readonly why: string;
  /** The caller's own id, by which a repeat is recognised; null: each order is a new one. */
  readonly ownId: string | null;
}

/** Commands by which a person corrects points. */
export interface PointsCommands {
  /** Adds points or experience, with the reason. */
  addPoints(order: PointsOrder): CommandResult;
}

type Done = Extract<PointsAdded, { readonly ok: true }>;

/** The points commands of one appliance. */
export function pointsCommands(deps: Pick<BookDeps, 'log' | 'ledger' | 'changed'>): PointsCommands {
  return { addPoints: (order) => addPoints(deps, order) };
}

function addPoints({ log, ledger, changed }: Pick<BookDeps, 'log' | 'ledger' | 'changed'>, order: PointsOrder) {
  const { person, change, why, ownId } = order;
  const account = person === null ? null : ledger.questions.accountOf(person);
  if (person !== null && account === null)
    return wrongInput('unknown-person', 'There is nobody of this id.', 'See `livepen points`.');
  if (!Number.isSafeInteger(change) || change === 0 || Math.abs(change) > pointsChangeMax)
    return wrongInput(
      'points-out-of-range',
      `${change} is no number of points.`,
      `Give a whole number from 1 to ${pointsChangeMax}, or with a minus before it to take them.`,
    );
  if (why.trim() === '') return wrongInput('no-reason', 'The ledger keeps a reason with it.', 'Give a reason.');
  return onDisk(log, (): CommandResult => {
    const added = ledger.amend((amend) => amend.addPoints({ ...order, account }));
    if (!added.ok && account === null)
      return notNow('too-many-people', `${added.has} people have points.`, `At once it goes to ${peopleAtOnceMax}.`);
    if (!added.ok)
      return wrongInput('too-few-points', `There are ${counted(added.has, 'point')} only.`, 'Take no more than that.');
    if (added.accounts === 0) return notNow('nobody-has-points', 'Nobody has any to change.', 'See `livepen points`.');
    // A repeat may ask for something else than what was done under its id.
    if (added.isRepeat) return said(`"${ownId}" was done before: ${doneInWords(added)}. Nothing is done again.`);
    const sentence = `${doneInWords(added)} by hand${lessInWords(order, added)}: ${why}.`;
    log.info(sentence);
    changed();
    return said(sentence);
  });
}

/** What was done, and for how many: of several people all together. */
function doneInWords({ kind, accounts, sum }: Pick<Done, 'kind' | 'accounts' | 'sum'>): string {
  const size = Math.abs(sum);
  const amount = `${sum < 0 ? '-' : '+'}${kind === 'xp' ? `${size} XP` : counted(size, 'point')}`;
  return `${amount}${accounts === 1 ? '' : ' in all'} for ${counted(accounts, 'person', 'people')}`;
}

/** Nobody falls below nothing: how many had less than was to be taken. */
function lessInWords({ change }: PointsOrder, { accounts, hadLess, hadNone }: Done): string {
  const each = accounts + hadNone === 1 ? '' : `, ${Math.abs(change)} each`;
  if (hadLess + hadNone === 0) return each;
  const had = [...(hadLess === 0 ? [] : [`${hadLess} had less`]), ...(hadNone === 0 ? [] : [`${hadNone} had none`])];
  return `${each} where there were so many (${had.join(', ')})`;
}
