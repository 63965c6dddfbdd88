import { formatPublicKey } from '@fanfare/core/webhooks/key-pair';
import { formatSecret } from '@fanfare/core/webhooks/secret';

/** Absent: symmetric, which is what an endpoint has that asks for nothing else. */
export type SecretType = 'ed25519' | undefined;

/** The bytes of a symmetric secret, or the 64 of a key pair. */
export type Secret = { readonly type?: 'ed25519'; readonly bytes: Uint8Array };

/** What a caller wants to sign with: a secret brought along, or one of a type that is yet to be made. */
export type WantedSecret = Secret | { readonly type: 'ed25519'; readonly bytes?: undefined };

/** What the receiver needs to know to verify: the secret itself, or of a pair the public key alone. */
export const shownSecret = ({ type, bytes }: Secret): string =>
  type === 'ed25519' ? formatPublicKey(bytes) : formatSecret(bytes);
