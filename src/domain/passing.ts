import * as v from 'valibot';
import type { Fault } from './fault.ts';
import type { LiveEvent, Origin } from './live-event.ts';

/** What goes by: the ledger keeps it only where a setting or a rule asks for it. */
export const passingKinds = ['chat', 'like', 'join'] as const;
export type PassingKind = (typeof passingKinds)[number];
export type PassingEvent = Extract<LiveEvent, { kind: PassingKind }>;

/** Whether something goes by. */
export function isPassing(event: LiveEvent): event is PassingEvent {
  return passingKinds.some((kind) => kind === event.kind);
}

/** What went by, as others get it: what was said, or how many likes. */
export interface PassedEvent {
  readonly kind: PassingKind;
  readonly viewer: string;
  readonly text?: string;
  readonly count?: number;
  readonly total?: number | null;
  readonly origin: Origin;
  readonly platform: string;
  readonly atMs: number;
}

/** The same for others; of what was said so many letters at most. */
export function passedOf(
  { kind, user, origin, platform, payload, ...at }: PassingEvent,
  lettersMax: number,
): PassedEvent {
  const said =
    'text' in payload ? { text: [...payload.text.slice(0, 2 * lettersMax)].slice(0, lettersMax).join('') } : {};
  const atMs = Math.trunc(at.atMs ?? at.arrivedAtMs);
  return { kind, viewer: user?.name ?? '', ...payload, ...said, origin, platform, atMs };
}

/** What the worker asks the appliance for. */
export interface PassingQuestion {
  /** What is to be kept from now on; none: nothing any more. */
  readonly kinds: readonly PassingKind[];
  /** Up to where it has all on its own disk; null: it has nothing yet. */
  readonly after: string | null;
}

/** What the appliance kept after a place: as its API answers, and as the worker reads it. */
export const passedPageForm = v.object({
  entries: v.array(
    v.object({
      seq: v.number(),
      kind: v.picklist(passingKinds),
      viewer: v.string(),
      text: v.optional(v.string()),
      count: v.optional(v.number()),
      total: v.optional(v.nullable(v.number())),
      origin: v.string(),
      platform: v.string(),
      atMs: v.number(),
    }),
  ),
  /** Where to go on; null where nothing is kept. */
  cursor: v.nullable(v.string()),
  lost: v.pipe(v.nullable(v.number()), v.description('So many are missing before these; null: nobody knows how many.')),
  more: v.boolean(),
});

export type PassedPage = v.InferOutput<typeof passedPageForm>;

/** What came of asking. */
export type PassingAnswer =
  | { readonly ok: true; readonly page: PassedPage }
  | { readonly ok: false; readonly fault: Fault };
