import fc from 'fast-check';
import * as z from 'zod/mini';
import { applicationRecord, versionRecord } from './application-record.ts';
import { attemptRecord } from './attempt-record.ts';
import { endpointRecord, secretPlace } from './endpoint-record.ts';
import { messageRecord } from './message-record.ts';

const bytes = new Uint8Array([1, 2, 3]);
const times = { createdAt: '2026-11-23T12:00:00.000Z', updatedAt: '2026-11-23T12:00:00.000Z' };

/** The least that each record has: what every version before wrote. */
const least = {
  application: {
    schema: applicationRecord,
    item: { kind: 'application', id: 'app_1', name: 'Acme', metadata: {}, ...times },
  },
  version: { schema: versionRecord, item: { kind: 'application-version', version: 1 } },
  endpoint: {
    schema: endpointRecord,
    item: {
      ...{ kind: 'endpoint', id: 'ep_1', url: 'https://example.com', description: '', version: 1, disabled: false },
      ...{ metadata: {}, secrets: [{ sealed: bytes }], sinceVersion: 1, ...times },
    },
  },
  message: {
    schema: messageRecord,
    item: {
      ...{ kind: 'message', eventType: 'user.created', payload: bytes, encoding: 'identity', acceptedAt: 1 },
      ...{ appVersion: 1, correlationId: 'request-1', payloadExpiresAt: 2, expiresAt: 3 },
    },
  },
  attempt: {
    schema: attemptRecord,
    item: {
      ...{ kind: 'attempt', id: 'atmpt_1', attempt: 1, trigger: 'scheduled', succeeded: true, outcome: 'answered' },
      ...{ responseStatusCode: 200, response: '', responseDurationMs: 1, url: 'https://example.com' },
      ...{ eventType: 'user.created', attemptedAt: 1, expiresAt: 2 },
    },
  },
} as const;
const all = Object.entries(least);
const accepts = (schema: z.ZodMiniType, value: unknown): boolean => z.safeParse(schema, value).success;

test.each(all)('the least that a record of an %s can be is read as it is', (_name, { schema, item }) => {
  expect(z.parse(schema as z.ZodMiniType, item)).toEqual(item);
});

test.each(all)('what a later version adds to a record of an %s does not stop this one', (_name, { schema, item }) => {
  expect(accepts(schema, { ...item, addedLater: { much: 1 } })).toBe(true);
});

test.each(all)('an item of another kind is not taken for a record of an %s', (_name, { schema, item }) => {
  expect(accepts(schema, { ...item, kind: 'other' })).toBe(false);
});

test.each(all)('a record of an %s lacks nothing', (_name, { schema, item }) => {
  for (const field of Object.keys(item)) expect(accepts(schema, { ...item, [field]: undefined })).toBe(false);
});

test('a secret that is text instead of sealed bytes is refused', () => {
  const { schema, item } = least.endpoint;
  expect(accepts(schema, { ...item, secrets: [{ sealed: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }] })).toBe(false);
});

test('no two endpoints are one place for a secret', () => {
  const id = fc.string({ unit: fc.constantFrom('a', 'b', '_', '-', '.'), minLength: 1, maxLength: 4 });
  const ref = fc.record({ orgId: id, appId: id, endpointId: id });
  fc.assert(
    fc.property(ref, ref, (one, other) => {
      const same = one.orgId === other.orgId && one.appId === other.appId && one.endpointId === other.endpointId;
      expect(secretPlace(one) === secretPlace(other)).toBe(same);
    }),
  );
});
