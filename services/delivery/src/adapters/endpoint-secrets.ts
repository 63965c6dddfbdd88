import type { DataKeys } from '@fanfare/core/aws/data-keys';
import { type DataKey, dataKeyNumber, unseal } from '@fanfare/core/crypto/sealed';
import type { EndpointRef } from '@fanfare/core/keys';
import { privateKeyOf } from '@fanfare/core/webhooks/key-pair';
import { unpackHeaders } from '@fanfare/events/custom-headers';
import { secretPlace } from '@fanfare/events/endpoint-record';
import type { DeliverPorts } from '../domain/deliver.ts';

/** Opens the secrets and the headers of endpoints. Tasks that need the same data key at the same time ask for it once. */
export const endpointSecrets = (
  dataKeys: Pick<DataKeys, 'numbered'>,
): Pick<DeliverPorts, 'openSecrets' | 'openHeaders'> => {
  const asked = new Map<string, Promise<DataKey>>();

  const dataKey = (orgId: string, number: number): Promise<DataKey> => {
    const name = `${orgId} ${number}`;
    const underWay = asked.get(name);
    if (underWay !== undefined) return underWay;
    const asking = dataKeys.numbered(orgId, number).finally(() => asked.delete(name));
    asked.set(name, asking);
    return asking;
  };

  const open = async (ref: EndpointRef, sealed: Uint8Array, type: Parameters<typeof secretPlace>[1]) =>
    unseal(sealed, secretPlace(ref, type), await dataKey(ref.orgId, dataKeyNumber(sealed)));

  return {
    openSecrets: (ref, secrets) =>
      Promise.all(
        secrets.map(async ({ sealed, type }) => {
          const key = await open(ref, sealed, type);
          return type === 'ed25519' ? privateKeyOf(key) : key;
        }),
      ),

    openHeaders: async (ref, sealed) => unpackHeaders(await open(ref, sealed, 'headers')),
  };
};
