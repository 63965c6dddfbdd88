import { type DataKey, NONCE_BYTES, seal } from '@fanfare/core/crypto/sealed';
import { secretPlace } from '@fanfare/events/endpoint-record';
import { REF } from '../domain/task.fake.ts';
import { endpointSecrets } from './endpoint-secrets.ts';

const KEY: DataKey = { number: 1, bytes: new Uint8Array(32).fill(7) };
const sealed = (fill: number, ref = REF) => ({
  sealed: seal(new Uint8Array(24).fill(fill), secretPlace(ref), KEY, new Uint8Array(NONCE_BYTES).fill(fill)),
});

const counted = () => {
  const asked: string[] = [];
  const open = endpointSecrets({
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
    expect(keys.map(([first]) => first)).toEqual([1, 2]);
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
