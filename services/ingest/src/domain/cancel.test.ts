import { type CancelPorts, cancelMessage, type Scheduled } from './cancel.ts';

const NOW = 1_800_000_000_000;
const waiting: Scheduled = { messageId: 'msg_1', dueAt: NOW + 60_000, expiresAt: NOW / 1000 + 1_000 };

/** One message, and what a cancellation of it comes to. */
const portsFor = (scheduled: Scheduled | undefined, outcome: 'cancelled' | 'started' = 'cancelled') => {
  const cancelled: unknown[] = [];
  const ports: CancelPorts = {
    findApplication: async (orgId, application) =>
      orgId === 'org_1' && application === 'shop' ? { orgId, appId: 'app_1', version: 1 } : undefined,
    findScheduled: async ({ appId }, message) =>
      appId === 'app_1' && message === 'reminder-7' ? scheduled : undefined,
    cancel: async (...call) => {
      cancelled.push(call);
      return outcome;
    },
    now: () => NOW,
  };
  return { ports, cancelled };
};
const cancel = (ports: CancelPorts, orgId = 'org_1', app = 'shop', message = 'reminder-7') =>
  cancelMessage(orgId, app, message, ports);

test('a message that waits is called off', async () => {
  const { ports, cancelled } = portsFor(waiting);
  await expect(cancel(ports)).resolves.toEqual({ ok: true, value: undefined });
  expect(cancelled).toEqual([[{ orgId: 'org_1', appId: 'app_1', messageId: 'msg_1' }, NOW + 60_000, NOW]]);
});

test('a message that was called off stays so, without another write', async () => {
  const { ports, cancelled } = portsFor({ ...waiting, cancelledAt: NOW - 5 });
  await expect(cancel(ports)).resolves.toEqual({ ok: true, value: undefined });
  expect(cancelled).toEqual([]);
});

test.each<[string, Scheduled, 'cancelled' | 'started']>([
  ['whose time came just before', waiting, 'started'],
  ['that was never to wait', { messageId: 'msg_1', expiresAt: waiting.expiresAt }, 'cancelled'],
])('a message %s cannot be called off', async (_title, scheduled, outcome) => {
  const { ports } = portsFor(scheduled, outcome);
  await expect(cancel(ports)).resolves.toMatchObject({
    ok: false,
    error: { kind: 'conflict', code: 'delivery_started' },
  });
});

test.each([
  ["another tenant's application", 'org_2', 'shop', 'reminder-7'],
  ['an application that is not there', 'org_1', 'nowhere', 'reminder-7'],
  ['a message that is not there', 'org_1', 'shop', 'nothing'],
])('%s is not found', async (_title, orgId, app, message) => {
  const { ports, cancelled } = portsFor(waiting);
  await expect(cancel(ports, orgId, app, message)).resolves.toMatchObject({ ok: false, error: { kind: 'not-found' } });
  expect(cancelled).toEqual([]);
});

test('a message that has expired is not found, whether the table has deleted it or not', async () => {
  const { ports } = portsFor({ ...waiting, expiresAt: NOW / 1000 });
  await expect(cancel(ports)).resolves.toMatchObject({ ok: false, error: { kind: 'not-found' } });
});
