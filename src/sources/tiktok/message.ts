/** One message of a live as a provider told it, decoded where somebody wants it. */
export interface Message {
  /** The platform's type name, such as `WebcastGiftMessage`. */
  readonly method: string;
  /** The id in the envelope, '' when there is none. */
  readonly msgId: string;
  readonly bytes: number;
  readonly content:
    | { readonly kind: 'decoded'; readonly data: unknown }
    /** Nobody wants this kind, so it was not decoded. */
    | { readonly kind: 'skipped' }
    /** `what` is in words of ours, `cause` what the decoder threw, if it did. */
    | {
        readonly kind: 'undecodable';
        readonly what: string;
        readonly payload: Uint8Array;
        readonly cause?: unknown;
      };
}
