import { AnyExternalIdAccepted, assumedRoles, type RoleUse } from './assumed-roles.ts';

const ROLE = 'arn:aws:iam::210987654321:role/FanfareDestination';
const MINUTE = 60_000;
const denied = Object.assign(new Error('no'), { name: 'AccessDenied' });

/** STS, and roles that trust some external ids. */
const setUp = (trusts: (externalId: string) => boolean = (id) => id.startsWith('org_'), maxEntries = 500) => {
  let now = 1_000_000;
  let fault: Error | undefined;
  const asked: string[] = [];
  const roles = assumedRoles({
    assume: async ({ externalId }) => {
      asked.push(externalId);
      if (fault !== undefined) throw fault;
      if (!trusts(externalId)) throw denied;
      const accessKeyId = `${externalId} ${asked.length}`;
      return { accessKeyId, secretAccessKey: 's', sessionToken: 't', expiration: new Date(now + 60 * MINUTE) };
    },
    now: () => now,
    maxEntries,
  });
  return {
    ...roles,
    asked,
    pass: (ms: number) => {
      now += ms;
    },
    fail: (error?: Error) => {
      fault = error;
    },
  };
};
const use = (externalId = 'org_1/app_1'): RoleUse => ({ role: ROLE, externalId });

describe('the credentials of a role', () => {
  test('are taken once for all who need them at the same time, and kept', async () => {
    const { credentialsOf, asked } = setUp();
    const taken = await Promise.all([credentialsOf(use()), credentialsOf(use()), credentialsOf(use())]);
    await credentialsOf(use());
    expect(new Set(taken).size).toBe(1);
    expect(asked).toEqual(['org_1/app_1', 'nobody/nobody']);
  });

  test('are never those of another application, though the role is the same', async () => {
    const { credentialsOf } = setUp();
    const [mine, theirs] = [await credentialsOf(use()), await credentialsOf(use('org_1/app_2'))];
    expect(mine.accessKeyId).toContain('app_1');
    expect(theirs.accessKeyId).toContain('app_2');
  });

  test('are taken anew five minutes before they end', async () => {
    const { credentialsOf, asked, pass } = setUp();
    await credentialsOf(use());
    pass(54 * MINUTE);
    await credentialsOf(use());
    expect(asked).toHaveLength(2);
    pass(MINUTE);
    await credentialsOf(use());
    expect(asked).toHaveLength(4);
  });

  test('are asked for again after a refusal, as soon as they are needed', async () => {
    let isRepaired = false;
    const { credentialsOf } = setUp((id) => isRepaired && id === 'org_1/app_1');
    await expect(credentialsOf(use())).rejects.toBe(denied);
    isRepaired = true;
    await expect(credentialsOf(use())).resolves.toMatchObject({ sessionToken: 't' });
  });

  test('that AWS does not take any more are forgotten', async () => {
    const { credentialsOf, forget, asked } = setUp();
    await credentialsOf(use());
    forget(use());
    await credentialsOf(use());
    expect(asked).toHaveLength(4);
  });

  test('of roles that were used longest ago go first when there are too many', async () => {
    const { credentialsOf, asked } = setUp(undefined, 2);
    for (const id of ['org_1/a', 'org_1/b', 'org_1/a', 'org_1/c', 'org_1/a', 'org_1/b']) await credentialsOf(use(id));
    expect(asked.filter((id) => id !== 'nobody/nobody')).toEqual(['org_1/a', 'org_1/b', 'org_1/c', 'org_1/b']);
  });
});

describe('a role that takes any external id', () => {
  test('is not used', async () => {
    const { credentialsOf } = setUp(() => true);
    await expect(credentialsOf(use())).rejects.toThrow(AnyExternalIdAccepted);
    await expect(credentialsOf(use())).rejects.toThrow(AnyExternalIdAccepted);
  });

  test('is not taken for one that asks for the right one, because STS failed when it was tried', async () => {
    const { credentialsOf, fail, asked } = setUp(() => true);
    const pending = credentialsOf(use());
    fail(Object.assign(new Error('slow down'), { name: 'Throttling' }));
    await expect(pending).rejects.toThrow('slow down');
    expect(asked).toEqual(['org_1/app_1', 'nobody/nobody']);
  });
});
