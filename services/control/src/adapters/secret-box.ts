import { randomBytes } from 'node:crypto';
import type { DataKeys } from '@fanfare/core/aws/data-keys';
import { dataKeyNumber, NONCE_BYTES, seal, unseal } from '@fanfare/core/crypto/sealed';
import { secretPlace } from '@fanfare/events/endpoint-record';
import type { EndpointPorts } from '../domain/change-endpoint.ts';

/** Seals secrets under their organisation's data key, bound to their endpoint, and opens them. */
export const secretBox = (keys: DataKeys): Pick<EndpointPorts, 'seal' | 'open'> => ({
  seal: async (ref, secret) =>
    seal(secret, secretPlace(ref), await keys.current(ref.orgId), new Uint8Array(randomBytes(NONCE_BYTES))),

  open: async (ref, sealed) => unseal(sealed, secretPlace(ref), await keys.numbered(ref.orgId, dataKeyNumber(sealed))),
});
