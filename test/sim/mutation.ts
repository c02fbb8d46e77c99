/** A way to break the product: one text of one file in place of another. */
export interface Mutation {
  /** What the broken product does. */
  readonly does: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Where it is looked for: on an evening on several platforms, where not in the whole appliance. */
  readonly on?: 'evening';
  /** What the simulator must say of it, where another thing that goes wrong with it would be no proof. */
  readonly says?: RegExp;
}

/** The text with the mutation in it; throws where what it replaces does not stand exactly once. */
export function mutated(text: string, { does, file, from, to }: Mutation): string {
  if (text.split(from).length !== 2) {
    throw new Error(`"${does}" cannot be tried any more: ${file} does not contain exactly once\n${from}`);
  }
  return text.replace(from, () => to);
}
