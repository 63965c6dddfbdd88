import { createHash } from 'node:crypto';
import { idTimeMs, mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import type { EndpointRef } from '@fanfare/core/keys';

/**
 * The message id of an example whose call has an idempotency key: the same each time, so that a receiver that knows ids counts one
 * example. Nothing is kept that could say when the first call came, so its time is that of the endpoint.
 */
export const idOfExample = ({ orgId, appId, endpointId }: EndpointRef, eventType: string, key: string): string => {
  const digest = createHash('sha256').update([orgId, appId, endpointId, eventType, key].join('\n')).digest();
  return mintId('msg', idTimeMs(endpointId), digest.subarray(0, RANDOM_BYTES));
};
