import fc from 'fast-check';
import { externalIdOf } from './external-id.ts';

const id = fc.string({ unit: fc.constantFrom('a', 'b', '_', '-', '.'), minLength: 1, maxLength: 4 });

test('no two applications have the same external id', () => {
  const application = fc.record({ orgId: id, appId: id });
  fc.assert(
    fc.property(application, application, (one, other) => {
      const same = one.orgId === other.orgId && one.appId === other.appId;
      expect(externalIdOf(one) === externalIdOf(other)).toBe(same);
    }),
  );
});

test('an external id is one that IAM takes', () => {
  const ref = { orgId: 'org_2mVZK7hQe1cYxTn4uRbWdGsLp9A', appId: 'app_2mVZKAbC3dEfGhIjKlMnOpQrStU' };
  expect(externalIdOf(ref)).toMatch(/^[\w+=,.@:/-]{2,1224}$/);
});
