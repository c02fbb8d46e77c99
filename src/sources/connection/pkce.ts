import { createHash, randomBytes } from 'node:crypto';

/** What proves that whoever exchanges a code is who asked for it (RFC 7636), where a client has no secret. */
interface Proof {
  /** Kept until the exchange. */
  readonly verifier: string;
  /** Goes with the question; S256. */
  readonly challenge: string;
}

/** A proof that nobody can guess. */
export function newProof(bytes: (count: number) => Buffer = randomBytes): Proof {
  const verifier = bytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}
