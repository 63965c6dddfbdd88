import type { CheckedHost } from '@fanfare/core/egress/checked-addresses';
import { patientCheck } from './patient-check.ts';

test('a check that ends in time is as it was', async () => {
  await expect(patientCheck(async () => ({ kind: 'forbidden' }), 60_000)('a')).resolves.toEqual({ kind: 'forbidden' });
});

test('a name that nobody answers for counts as one that does not resolve', async () => {
  const never = () => new Promise<CheckedHost>(() => undefined);
  await expect(patientCheck(never, 10)('a')).resolves.toMatchObject({ kind: 'unresolved' });
});
