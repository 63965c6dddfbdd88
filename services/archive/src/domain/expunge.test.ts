import { type Expungeable, type ExpungePorts, expungeAttempt, expungeMessage } from './expunge.ts';

const NOW = 1_800_000_000_000;
const living: Expungeable = { expiresAt: NOW / 1000 + 1_000 };
const message = { orgId: 'org_1', appId: 'app_1', messageId: 'msg_1' };
const attempt = { ...message, endpointId: 'ep_1', attempt: 1 };
const call = { orgId: 'org_1', application: 'shop', message: 'order-7' };

/** One message with one attempt, and what was taken away. */
const portsFor = (found: { readonly message?: Expungeable; readonly attempt?: Expungeable } = {}) => {
  const expunged: unknown[] = [];
  const objects: unknown[] = [];
  const take = async (...taken: unknown[]) => {
    expunged.push(taken);
    return 'expunged' as const;
  };
  const ports: ExpungePorts = {
    findApplication: async (orgId, application) =>
      orgId === 'org_1' && application === 'shop' ? { orgId, appId: 'app_1', version: 1 } : undefined,
    findMessage: async ({ appId }, id) =>
      appId === 'app_1' && id === 'order-7' ? { ref: message, ...living, ...found.message } : undefined,
    findAttempt: async ({ messageId }, id) =>
      messageId === 'msg_1' && id === 'atmpt_1' ? { ref: attempt, ...living, ...found.attempt } : undefined,
    expungeMessage: take,
    expungeAttempt: take,
    expungePayload: async (ref) => void objects.push(ref),
    now: () => NOW,
  };
  return { ports, expunged, objects };
};

test('the content of a message is taken away once, and a repeat of the call changes nothing', async () => {
  const { ports, expunged } = portsFor();
  await expect(expungeMessage(call, ports)).resolves.toEqual({ ok: true, value: { ...message, outcome: 'expunged' } });
  expect(expunged).toEqual([[message, NOW]]);

  const again = portsFor({ message: { ...living, expungedAt: NOW - 1 } });
  await expect(expungeMessage(call, again.ports)).resolves.toMatchObject({ value: { outcome: 'expunged-before' } });
  expect(again.expunged).toEqual([]);
});

test('the object of a message goes after its mark, and again with a repeat, which completes what died in between', async () => {
  const { ports, expunged, objects } = portsFor();
  const broken: ExpungePorts = {
    ...ports,
    expungePayload: async () => {
      expect(expunged).toHaveLength(1);
      throw new Error('unreachable');
    },
  };
  await expect(expungeMessage(call, broken)).rejects.toThrow('unreachable');
  const again = portsFor({ message: { ...living, expungedAt: NOW - 1 } });
  await expect(expungeMessage(call, again.ports)).resolves.toMatchObject({ value: { outcome: 'expunged-before' } });
  expect([objects, again.objects]).toEqual([[], [message]]);
});

test('the content of an attempt is taken away once, and its message keeps its own', async () => {
  const { ports, expunged } = portsFor();
  const wanted = { ...call, attempt: 'atmpt_1' };
  await expect(expungeAttempt(wanted, ports)).resolves.toMatchObject({ value: { outcome: 'expunged' } });
  expect(expunged).toEqual([[attempt, NOW]]);

  const again = portsFor({ attempt: { ...living, expungedAt: NOW - 1 } });
  await expect(expungeAttempt(wanted, again.ports)).resolves.toMatchObject({ value: { outcome: 'expunged-before' } });
  expect(again.expunged).toEqual([]);
});

test.each([
  ["another tenant's application", { orgId: 'org_2' }, {}],
  ['an application that is not there', { application: 'nowhere' }, {}],
  ['a message that is not there', { message: 'nothing' }, {}],
  ['a message that has expired, whether the table has deleted it or not', {}, { message: { expiresAt: NOW / 1000 } }],
  ['an attempt that is not there', { attempt: 'atmpt_2' }, {}],
  ['an attempt that has expired', {}, { attempt: { expiresAt: NOW / 1000 } }],
])('of %s nothing is taken away', async (_title, named, found) => {
  const { ports, expunged } = portsFor(found);
  const ended = await expungeAttempt({ ...call, attempt: 'atmpt_1', ...named }, ports);
  expect(ended).toMatchObject({ ok: false, error: { kind: 'not-found' } });
  expect(expunged).toEqual([]);
});
