/**
 * Something that went wrong in the world, as a value: bugs throw, faults are returned.
 * `code` is stable and for machines, `what` is one sentence for a person, `remedy` is what that person can do.
 */
export interface Fault {
  readonly code: string;
  readonly what: string;
  readonly remedy: string;
}
