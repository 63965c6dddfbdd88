import { randomBytes } from 'node:crypto';
import type { DataKeys } from '@fanfare/core/aws/data-keys';
import { dataKeyNumber, NONCE_BYTES, seal, unseal } from '@fanfare/core/crypto/sealed';
import { packHeaders, unpackHeaders } from '@fanfare/events/custom-headers';
import { secretPlace } from '@fanfare/events/endpoint-record';
import type { EndpointPorts } from '../domain/change-endpoint.ts';

/** Seals secrets and headers under their organisation's data key, bound to their endpoint, and opens them. */
export const secretBox = (keys: DataKeys): Pick<EndpointPorts, 'seal' | 'open' | 'sealHeaders' | 'openHeaders'> => ({
  seal: async (ref, { type, bytes }) => {
    const nonce = new Uint8Array(randomBytes(NONCE_BYTES));
    const sealed = seal(bytes, secretPlace(ref, type), await keys.current(ref.orgId), nonce);
    return { ...(type && { type }), sealed };
  },

  open: async (ref, { type, sealed }) => ({
    ...(type && { type }),
    bytes: unseal(sealed, secretPlace(ref, type), await keys.numbered(ref.orgId, dataKeyNumber(sealed))),
  }),

  sealHeaders: async (ref, headers) => {
    const nonce = new Uint8Array(randomBytes(NONCE_BYTES));
    return seal(packHeaders(headers), secretPlace(ref, 'headers'), await keys.current(ref.orgId), nonce);
  },

  openHeaders: async (ref, sealed) =>
    unpackHeaders(unseal(sealed, secretPlace(ref, 'headers'), await keys.numbered(ref.orgId, dataKeyNumber(sealed)))),
});
