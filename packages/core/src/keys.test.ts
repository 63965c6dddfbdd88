import fc from 'fast-check';
import {
  applicationKey,
  applicationsPartition,
  applicationUidKey,
  attemptIndexKey,
  attemptKey,
  attemptsOfEndpointPrefix,
  backgroundTaskKey,
  dataKeyKey,
  dueCursorKey,
  dueKey,
  dueSortKeyPrefix,
  endpointKey,
  endpointUidKey,
  eventIdKey,
  idempotencyKey,
  importKey,
  type Key,
  messageKey,
  parkedTaskKey,
  parseAttemptKey,
  parseBackgroundTaskKey,
  parseMessageKey,
  parseUsageSortKey,
  replayKey,
  slotsKey,
  usageKey,
  usagePrefix,
  versionKey,
} from './keys.ts';

const alphabet = [...'abcXYZ019-_.'];
const part = fc.string({ unit: fc.constantFrom(...alphabet), minLength: 1, maxLength: 12 });
const ref = fc.record({ orgId: part, appId: part, messageId: part, endpointId: part });
const attempt = fc.integer({ min: 1, max: 999 });

/** Every builder, as a function of the parts it takes. */
const builders = {
  application: ([orgId, appId]) => applicationKey({ orgId, appId }),
  applicationUid: ([orgId, uid]) => applicationUidKey(orgId, uid),
  dataKey: ([orgId]) => dataKeyKey(orgId, 1),
  idempotency: ([orgId, hash]) => idempotencyKey(orgId, hash),
  backgroundTask: ([orgId, taskId]) => backgroundTaskKey({ orgId, taskId }),
  replay: ([orgId, appId, endpointId, request]) => replayKey({ orgId, appId, endpointId }, request),
  imported: ([orgId, appId, file]) => importKey({ orgId, appId }, file),
  version: ([orgId, appId]) => versionKey({ orgId, appId }),
  endpoint: ([orgId, appId, endpointId]) => endpointKey({ orgId, appId, endpointId }),
  endpointUid: ([orgId, appId, uid]) => endpointUidKey({ orgId, appId }, uid),
  message: ([orgId, appId, messageId]) => messageKey({ orgId, appId, messageId }),
  eventId: ([orgId, appId, eventId]) => eventIdKey({ orgId, appId }, eventId),
  attempt: ([orgId, appId, messageId, endpointId]) => attemptKey({ orgId, appId, messageId, endpointId, attempt: 1 }),
  slots: ([orgId, appId, ownerId]) => slotsKey({ orgId, appId }, ownerId),
  parked: ([orgId, appId, messageId, endpointId]) =>
    parkedTaskKey({ orgId, appId, messageId, endpointId, attempt: 1, acceptedAt: 1_800_000_000_000 }),
  due: ([what, one, two, three]) => dueKey({ dueAt: 1_800_000_000_000, what, id: [one, two, three] }),
  dueCursor: () => dueCursorKey('0'),
} as const satisfies Record<string, (parts: [string, string, string, string]) => Key>;

const named = Object.entries(builders);
const takes: Record<keyof typeof builders, number> = {
  ...{ application: 2, applicationUid: 2, dataKey: 1, idempotency: 2, version: 2 },
  ...{ endpoint: 3, endpointUid: 3, message: 3, eventId: 3, attempt: 4, due: 4, dueCursor: 0 },
  ...{ slots: 3, parked: 4, backgroundTask: 2, replay: 4, imported: 3 },
};

test.each(named)('no part with a separator gets into the key of kind %s', (name, build) => {
  const count = takes[name as keyof typeof builders];
  for (let at = 0; at < count; at += 1) {
    for (const bad of ['a#b', '#', '', 'a b', 'é', 'a\n']) {
      const parts: [string, string, string, string] = ['org', 'app', 'one', 'two'];
      parts[at] = bad;
      expect(() => build(parts)).toThrow('not a key part');
    }
  }
});

test('two different things never share a key', () => {
  // Ids as they are: each kind has a prefix of its own, and no uid begins like an id of its kind.
  const id = (prefix: string) => part.map((text) => `${prefix}_${text}`);
  const [org, app, msg, ep, qtask] = [id('org'), id('app'), id('msg'), id('ep'), id('qtask')];
  const uid = part.map((text) => `.${text}`);
  const kinds: [keyof typeof builders, fc.Arbitrary<string>[]][] = [
    ['application', [org, app]],
    ['applicationUid', [org, uid]],
    ['dataKey', [org]],
    ['idempotency', [org, uid]],
    ['backgroundTask', [org, qtask]],
    ['replay', [org, app, ep, uid]],
    ['imported', [org, app, uid]],
    ['version', [org, app]],
    ['endpoint', [org, app, ep]],
    ['endpointUid', [org, app, uid]],
    ['message', [org, app, msg]],
    ['eventId', [org, app, uid]],
    ['attempt', [org, app, msg, ep]],
    ['slots', [org, app, ep]],
    ['parked', [org, app, msg, ep]],
    ['due', [uid, msg, ep, uid]],
    ['dueCursor', []],
  ];
  const thing = fc.oneof(
    ...kinds.map(([kind, parts]) =>
      fc.tuple(...parts).map((values) => {
        const { PK, SK } = builders[kind](values as [string, string, string, string]);
        return { name: [kind, ...values].join(' '), key: `${PK}\n${SK}` };
      }),
    ),
  );
  fc.assert(
    fc.property(fc.array(thing, { minLength: 2, maxLength: 40 }), (things) => {
      const names = new Set(things.map(({ name }) => name));
      expect(new Set(things.map(({ key }) => key)).size).toBe(names.size);
    }),
  );
});

test('every key begins with its organisation, but those of what is due, which no call builds', () => {
  for (const [, build] of named.filter(([name]) => !name.startsWith('due')))
    expect(build(['org_1', 'app', 'one', 'two']).PK).toMatch(/^org_1#/);
  expect(applicationsPartition('org_1')).toBe('org_1#APPS');
});

test('the key of a message tells whose message it is', () => {
  fc.assert(
    fc.property(ref, ({ orgId, appId, messageId }) => {
      expect(parseMessageKey(messageKey({ orgId, appId, messageId }))).toEqual({ orgId, appId, messageId });
    }),
  );
});

test('the key of an attempt tells what it is an attempt of', () => {
  fc.assert(
    fc.property(ref, attempt, (ids, number) => {
      expect(parseAttemptKey(attemptKey({ ...ids, attempt: number }))).toEqual({ ...ids, attempt: number });
    }),
  );
});

test('an attempt by hand takes the number of no automatic one, and its key tells which it is', () => {
  fc.assert(
    fc.property(ref, part, attempt, (ids, copyId, number) => {
      const manual = { ...ids, attempt: 1, trigger: 'manual', copyId } as const;
      expect(attemptKey(manual)).not.toEqual(attemptKey({ ...ids, attempt: number }));
      expect(parseAttemptKey(attemptKey(manual))).toEqual(manual);
      expect(attemptKey({ ...ids, attempt: number, trigger: 'scheduled', copyId })).toEqual(
        attemptKey({ ...ids, attempt: number }),
      );
    }),
  );
});

test.each(named.filter(([name]) => name !== 'message'))(
  'the key of kind %s is not taken for that of a message',
  (_name, build) => {
    expect(parseMessageKey(build(['org', 'app', 'one', 'two']))).toBeUndefined();
  },
);

test.each(named.filter(([name]) => name !== 'attempt'))(
  'the key of kind %s is not taken for that of an attempt',
  (_name, build) => {
    expect(parseAttemptKey(build(['org', 'app', 'one', 'two']))).toBeUndefined();
  },
);

test('the key of a background task tells which it is, and no other key is taken for one', () => {
  const taskRef = { orgId: 'org', taskId: 'qtask_1' };
  expect(parseBackgroundTaskKey(backgroundTaskKey(taskRef))).toEqual(taskRef);
  for (const [, build] of named.filter(([name]) => name !== 'backgroundTask')) {
    expect(parseBackgroundTaskKey(build(['org', 'app', 'one', 'two']))).toBeUndefined();
  }
});

test("a message's attempts to one endpoint lie together, in the order they were made", () => {
  const ids = { orgId: 'org', appId: 'app', messageId: 'msg', endpointId: 'ep' };
  const keys = [1, 2, 9, 10, 99, 100].map((number) => attemptKey({ ...ids, attempt: number }).SK);
  expect(keys.toSorted()).toEqual(keys);
  for (const key of keys) expect(key.startsWith(attemptsOfEndpointPrefix('ep'))).toBe(true);
});

test('what is due lies in the order of its time', () => {
  const times = [0, 9, 10, 299_999, 1_800_000_000_000, 1_800_000_000_001, 9_999_999_999_999];
  const keys = times.map((dueAt) => dueKey({ dueAt, what: 'task', id: ['msg', 'ep', '2'] }).SK);
  expect(keys.toSorted()).toEqual(keys);
  for (const [index, dueAt] of times.entries()) expect(keys[index]?.startsWith(dueSortKeyPrefix(dueAt))).toBe(true);
});

test('one endpoint is not taken for another whose id begins with its own', () => {
  const key = attemptKey({ orgId: 'org', appId: 'app', messageId: 'msg', endpointId: 'ep_11', attempt: 1 });
  expect(key.SK.startsWith(attemptsOfEndpointPrefix('ep_1'))).toBe(false);
});

test('the index lists an endpoint by the ids of its attempts', () => {
  expect(attemptIndexKey({ orgId: 'org', appId: 'app', endpointId: 'ep' }, 'atmpt_1')).toEqual({
    GSI1PK: 'org#app#ep',
    GSI1SK: 'atmpt_1',
  });
});

describe('usage', () => {
  const ref = { orgId: 'org_1', appId: 'app_1', hour: '2026-11-25T03' };

  test('lies in its day, behind its organisation and application, and is read back from there', () => {
    const { PK, SK } = usageKey({ ...ref, shard: 'shardId-1' });
    expect(PK).toMatch(/^USAGE#2026-11-25#[0-7]$/);
    expect(SK.startsWith(usagePrefix('org_1', 'app_1'))).toBe(true);
    expect(parseUsageSortKey(SK)).toEqual(ref);
  });

  test('of one organisation has no prefix that another one has', () => {
    const { SK } = usageKey({ ...ref, orgId: 'org_10', shard: 'shardId-1' });
    expect(SK.startsWith(usagePrefix('org_1'))).toBe(false);
    expect(() => usagePrefix('org_1#app_1')).toThrow('not a key part');
  });

  test.each(['VERSION', 'org_1#app_1#2026-11-25T03', 'org_1#app_1#2026-11-25T03#a#b'])(
    'is not what stands under the sort key %p',
    (sortKey) => {
      expect(parseUsageSortKey(sortKey)).toBeUndefined();
    },
  );
});
