import { type DataKey, NONCE_BYTES, seal } from '@fanfare/core/crypto/sealed';
import { keyPairOf, SEED_BYTES } from '@fanfare/core/webhooks/key-pair';
import { secretPlace } from '@fanfare/events/endpoint-record';
import { REF } from '../domain/task.fake.ts';
import { endpointSecrets } from './endpoint-secrets.ts';

const KEY: DataKey = { number: 1, bytes: new Uint8Array(32).fill(7) };
const sealed = (fill: number, ref = REF) => ({
  sealed: seal(new Uint8Array(24).fill(fill), secretPlace(ref), KEY, new Uint8Array(NONCE_BYTES).fill(fill)),
});

const counted = () => {
  const asked: string[] = [];
  const { openSecrets: open } = endpointSecrets({
    numbered: async (orgId, number) => {
      asked.push(`${orgId} ${number}`);
      await new Promise(setImmediate);
      if (asked.length === 1 && orgId === 'org_broken') throw new Error('throttled');
      return KEY;
    },
  });
  return { open, asked };
};

describe('the secrets of an endpoint', () => {
  test('open in their order', async () => {
    const keys = await counted().open(REF, [sealed(1), sealed(2)]);
    expect(keys.map((key) => (key instanceof Uint8Array ? key[0] : key))).toEqual([1, 2]);
  });

  test('open as the keys that they are', async () => {
    const pair = keyPairOf(new Uint8Array(SEED_BYTES).fill(5));
    const nonce = new Uint8Array(NONCE_BYTES).fill(5);
    const stored = { type: 'ed25519', sealed: seal(pair, secretPlace(REF, 'ed25519'), KEY, nonce) } as const;
    const [key] = await counted().open(REF, [stored, sealed(1)]);
    expect(key).toMatchObject({ type: 'private', asymmetricKeyType: 'ed25519' });
    await expect(counted().open(REF, [{ sealed: stored.sealed }])).rejects.toThrow();
    await expect(counted().open(REF, [{ ...sealed(1), type: 'ed25519' }])).rejects.toThrow();
  });

  test('ask for a data key once when many tasks need it at the same time', async () => {
    const { open, asked } = counted();
    await Promise.all(Array.from({ length: 10 }, () => open(REF, [sealed(1), sealed(2)])));
    expect(asked).toHaveLength(1);
  });

  test('ask again after a failure', async () => {
    const { open } = counted();
    const ref = { ...REF, orgId: 'org_broken' };
    const broken = [sealed(1, ref as unknown as typeof REF)];
    await expect(open(ref, broken)).rejects.toThrow('throttled');
    await expect(open(ref, broken)).resolves.toHaveLength(1);
  });

  test('do not open at another endpoint', async () => {
    await expect(counted().open({ ...REF, endpointId: 'ep_other' }, [sealed(1)])).rejects.toThrow();
  });
});
