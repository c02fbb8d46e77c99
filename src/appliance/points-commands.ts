import { counted } from '../domain/plain-text.ts';
import { type PointsKind, pointsChangeMax } from '../domain/points.ts';
import { peopleAtOnceMax } from '../ledger/people.ts';
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
      `Give 1 to ${pointsChangeMax}, or less.`,
    );
  if (why.trim() === '') return wrongInput('no-reason', 'The ledger keeps a reason with it.', 'Give a reason.');
  return onDisk(log, (): CommandResult => {
    const added = ledger.amend((amend) => amend.addPoints({ ...order, account }));
    if (!added.ok && account === null)
      return notNow('too-many-people', `${added.has} people have points.`, `At once it goes to ${peopleAtOnceMax}.`);
    if (!added.ok)
      return wrongInput('too-few-points', `There are ${counted(added.has, 'point')} only.`, 'Take no more than that.');
    if (added.accounts === 0) return notNow('nobody-has-points', 'Nobody has any to change.', 'See `livepen points`.');
    const whom = counted(added.accounts, 'person', 'people');
    // A repeat may ask for something else than what was done under its id.
    if (added.isRepeat) return said(`"${ownId}" was done before, for ${whom}. Nothing is done again.`);
    const sentence = `${inWords(order)} for ${whom} by hand: ${why}.`;
    log.info(sentence);
    changed();
    return said(sentence);
  });
}

function inWords({ kind, change }: PointsOrder): string {
  return `${change > 0 ? '+' : ''}${change} ${kind}`;
}
