import type { DataKeys } from '@fanfare/core/aws/data-keys';
import { type DataKey, dataKeyNumber, unseal } from '@fanfare/core/crypto/sealed';
import { privateKeyOf } from '@fanfare/core/webhooks/key-pair';
import { secretPlace } from '@fanfare/events/endpoint-record';
import type { DeliverPorts } from '../domain/deliver.ts';

/** Opens the secrets of endpoints. Tasks that need the same data key at the same time ask for it once. */
export const endpointSecrets = (dataKeys: Pick<DataKeys, 'numbered'>): DeliverPorts['openSecrets'] => {
  const asked = new Map<string, Promise<DataKey>>();

  const dataKey = (orgId: string, number: number): Promise<DataKey> => {
    const name = `${orgId} ${number}`;
    const underWay = asked.get(name);
    if (underWay !== undefined) return underWay;
    const asking = dataKeys.numbered(orgId, number).finally(() => asked.delete(name));
    asked.set(name, asking);
    return asking;
  };

  return (ref, secrets) =>
    Promise.all(
      secrets.map(async ({ sealed, type }) => {
        const key = unseal(sealed, secretPlace(ref, type), await dataKey(ref.orgId, dataKeyNumber(sealed)));
        return type === 'ed25519' ? privateKeyOf(key) : key;
      }),
    );
};
