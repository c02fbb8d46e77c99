import type { LiveEvent, Viewer } from './live-event.ts';

/** What happens to a live as a whole, to the appliance or to a person; no source sends it. */
interface MomentPayloads {
  /** A live is heard for the first time. */
  readonly 'live-started': Readonly<Record<string, never>>;
  /** The platform says that a live is over for good. */
  readonly 'live-ended': Readonly<Record<string, never>>;
  readonly 'sheet-opened': { readonly sheet: number };
  /** The last path of a drawing is certain. */
  readonly 'drawing-done': { readonly drawing: number };
  /** The state of the appliance is another one, both by their names. */
  readonly state: { readonly from: string; readonly to: string };
  /** A live goes on for `nth` times `everyMinutes`. */
  readonly timer: { readonly everyMinutes: number; readonly nth: number };
  /** The likes of a live came to `nth` times `every`, while it was heard. */
  readonly likes: { readonly every: number; readonly nth: number };
  /** Viewers reached a goal together; of money the target is in its large unit. */
  readonly 'goal-reached': { readonly goal: string; readonly target: number };
  /** A person came to a level, by experience. */
  readonly 'level-up': { readonly level: number };
  /** The worker gave up what a rule asked for: for which outlet, and why. */
  readonly 'dead-letter': Pick<DeadLetterSeen, 'outlet' | 'rule' | 'why'>;
}

/** A dead letter, as the worker reports it. */
export interface DeadLetterSeen {
  /** Its number in the worker's file: it counts up, and is never used again there. */
  readonly seq: number;
  readonly outlet: string;
  /** The rule that asked for it, and the kind of event for which. */
  readonly rule: string;
  readonly eventKind: string;
  readonly why: string;
}

/** The file of a worker, which names its dead letters by numbers of its own. */
export interface WorkerFile {
  readonly id: string;
  /** It was made since the worker started: all that is in it is news. */
  readonly isNew: boolean;
}

type MomentKind = keyof MomentPayloads;

/** Moments that happen to a person; what else happens is nobody's. */
const momentsOfPeople = ['level-up'] as const satisfies readonly MomentKind[];
type MomentOfPerson = (typeof momentsOfPeople)[number];

export const momentKinds = [
  'live-started',
  'live-ended',
  'sheet-opened',
  'drawing-done',
  'state',
  'timer',
  'likes',
  'goal-reached',
  'dead-letter',
  ...momentsOfPeople,
] as const satisfies readonly MomentKind[];

/** Kinds of what nobody in particular does. */
export const momentsOfNobody: readonly string[] = momentKinds.filter((kind) => !isOfPerson(kind));

/** Kinds to which ink leads: what a rule draws for one of them could lead to the next. */
export const momentsOfInk: readonly string[] = ['sheet-opened', 'drawing-done', 'state'];

type MomentOf<K extends MomentKind> = Pick<
  LiveEvent,
  'platform' | 'channel' | 'room' | 'session' | 'atMs' | 'arrivedAtMs'
> & {
  readonly kind: K;
  readonly origin: 'live';
  readonly user: K extends MomentOfPerson ? Viewer : null;
  readonly payload: MomentPayloads[K];
};

/** One moment; of which live, where there is one, say the fields that all events have. */
export type Moment = { [K in MomentKind]: MomentOf<K> }[MomentKind];

/** Something for which a rule can wait. */
export type RuleEvent = LiveEvent | Moment;

/** Whether it is a streak of gifts, whose messages each bring a higher count. */
export function isOfStreak(event: RuleEvent): boolean {
  return event.kind === 'gift' && event.payload.streak !== null;
}

function isOfPerson(kind: MomentKind): boolean {
  return momentsOfPeople.some((each) => each === kind);
}

/** A moment of the appliance, of no live and nobody. */
export function momentOfBox<K extends Exclude<MomentKind, MomentOfPerson>>(
  kind: K,
  payload: MomentPayloads[K],
  atMs: number,
) {
  return { ...ofNoLive(atMs), kind, payload, user: null };
}

/** A person came to a level. It is of no live: a level is reached once, for good. */
export function levelReached(user: Viewer, level: number, atMs: number): MomentOf<'level-up'> {
  return { ...ofNoLive(atMs), kind: 'level-up', payload: { level }, user };
}

function ofNoLive(atMs: number) {
  const place = { platform: '', channel: '', room: '', session: '' };
  return { ...place, origin: 'live' as const, atMs: null, arrivedAtMs: Math.trunc(atMs) };
}
