import fc from 'fast-check';
import { type ApplicationSettings, applicationView, newApplication, withPatch, withSettings } from './application.ts';

const settings: fc.Arbitrary<ApplicationSettings> = fc.record(
  {
    name: fc.string({ minLength: 1 }),
    uid: fc.stringMatching(/^[\w.-]{1,20}$/),
    throttleRate: fc.integer({ min: 1, max: 65_535 }),
    payloadRetentionDays: fc.integer({ min: 5, max: 90 }),
    metadata: fc.dictionary(fc.string(), fc.string()),
  },
  { requiredKeys: ['name', 'metadata'] },
);
const made = (given: ApplicationSettings) => newApplication('app_1', given, 1_000);

test('an application with other settings is the one made with them, but for its id and times', () => {
  fc.assert(
    fc.property(settings, settings, (before, after) => {
      const changed = withSettings(made(before), after, 2_000);
      expect({ ...changed, updatedAt: '' }).toEqual({ ...made(after), updatedAt: '' });
    }),
  );
});

test('settings that say nothing new leave the very same application, so that nothing is written', () => {
  fc.assert(
    fc.property(settings, (given) => {
      const application = made(given);
      expect(withSettings(application, { ...given }, 2_000)).toBe(application);
      expect(withPatch(application, {}, 2_000)).toBe(application);
    }),
  );
});

test('a change is always later than the one before, whatever the clock says', () => {
  const first = withPatch(made({ name: 'a', metadata: {} }), { name: 'b' }, 500);
  const second = withPatch(first, { name: 'c' }, 500);
  expect([first.updatedAt, second.updatedAt]).toEqual(['1970-01-01T00:00:01.001Z', '1970-01-01T00:00:01.002Z']);
});

test('an application without uid, rate and retention is shown without them, or with null for newer clients', () => {
  expect(applicationView(made({ name: 'Shop', metadata: {} }))).toEqual({
    id: 'app_1',
    name: 'Shop',
    throttleRate: null,
    payloadRetentionPeriod: null,
    metadata: {},
    createdAt: '1970-01-01T00:00:01.000Z',
    updatedAt: '1970-01-01T00:00:01.000Z',
  });
});

test('a rate is shown under both of its names', () => {
  const view = applicationView(made({ name: 'Shop', uid: 'shop-1', throttleRate: 5, metadata: {} }));
  expect(view).toMatchObject({ uid: 'shop-1', rateLimit: 5, throttleRate: 5 });
});

test('how long payloads are kept is shown as a field, and in the metadata for clients that know no such field', () => {
  const view = applicationView(made({ name: 'Shop', payloadRetentionDays: 30, metadata: { plan: 'pro' } }));
  expect(view).toMatchObject({
    payloadRetentionPeriod: 30,
    metadata: { plan: 'pro', 'fanfare.payloadRetentionPeriod': '30' },
  });
});
