import * as v from 'valibot';
import type { SubscribeMessage } from '../domain/live-event.ts';

const kinds = ['notice', 'social', 'super-fan'] as const;
const form = v.object({
  message: v.optional(v.picklist(kinds)),
  notice: v.optional(v.string()),
  social: v.optional(v.string()),
  'super-fan': v.optional(v.string()),
});

interface Known {
  readonly seq: number;
  /** Which of the platform's messages have told of it, each by its id; '' where that is the event's own key. */
  readonly messages: Map<SubscribeMessage, string>;
}

/** So many viewers of a room are remembered; a live has fewer new subscribers. */
const remembered = 10_000;

/**
 * Subscriptions of a room. The platform has several messages for one, and each kind says it once: another one of a
 * kind that has not spoken yet is about the subscription that is known, another one of the same kind is about a new
 * one. The banner for Super Fans is no such witness (it has been shown again whenever a fan came in): it counts once
 * for each viewer.
 */
export class Subscriptions {
  readonly #known = new Map<string, Known[]>();

  /** The event of the subscription that a message is about; null when it is a new one. */
  find(viewer: string, message: SubscribeMessage | undefined, id: string): number | null {
    if (message === undefined) return null;
    const known = this.#known.get(viewer) ?? [];
    const same = known.find(({ messages }) => messages.get(message) === id);
    if (same !== undefined) return same.seq;
    const unheard = known.find(({ messages }) => !messages.has(message));
    if (unheard !== undefined) return unheard.seq;
    return message === 'super-fan' ? (known[0]?.seq ?? null) : null;
  }

  /** A message was recorded with this event; true when it was the first of its kind for it, beside others. */
  take(viewer: string, message: SubscribeMessage | undefined, id: string, seq: number): boolean {
    if (message === undefined) return false;
    const known = this.#known.get(viewer) ?? [];
    const found = known.find((one) => one.seq === seq);
    if (found === undefined) {
      this.#put(viewer, { seq, messages: new Map([[message, id]]) });
      return false;
    }
    if (found.messages.has(message)) return false;
    found.messages.set(message, id);
    return true;
  }

  /** What an earlier run has written down; null: of a program that did not note which message it was. */
  read(viewer: string, payload: string | null, seq: number): void {
    const found = v.safeParse(v.pipe(v.string(), v.parseJson(), form), payload ?? '{}');
    if (!found.success) return;
    const { message, ...others } = found.output;
    const ids = kinds.flatMap((kind): [SubscribeMessage, string][] => {
      const id = others[kind] ?? (kind === message ? '' : undefined);
      return id === undefined ? [] : [[kind, id]];
    });
    this.#put(viewer, { seq, messages: new Map(ids) });
  }

  #put(viewer: string, subscription: Known): void {
    this.#known.set(viewer, [...(this.#known.get(viewer) ?? []), subscription]);
    const [first] = this.#known.keys();
    if (this.#known.size > remembered && first !== undefined) this.#known.delete(first);
  }
}
