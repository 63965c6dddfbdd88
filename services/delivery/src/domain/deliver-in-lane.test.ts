import type { DeliveryTask } from '@fanfare/events/delivery-task';
import type { DeliverPorts } from './deliver.ts';
import { deliverInLane } from './deliver-in-lane.ts';
import { POLICY } from './delivery-world.fake.ts';
import { ACCEPTED_AT, attempt, endpoint, state, task } from './task.fake.ts';

const ARN = 'arn:aws:sqs:eu-west-1:123456789012:orders';
const toArn = state({ endpoint: endpoint({ url: ARN }) });

const lanes = () => {
  const scheduled: { readonly task: DeliveryTask; readonly delaySeconds: number }[] = [];
  const sent: string[] = [];
  let minted = 0;
  const ports = {
    openSecrets: async () => [new Uint8Array(32)],
    send: async ({ url }) => {
      sent.push(url);
      return { kind: 'answered', status: 500, body: new Uint8Array() };
    },
    record: async (_task, record) => record,
    scheduleRetry: async (retry, delaySeconds) => void scheduled.push({ task: retry, delaySeconds }),
    openHeaders: async () => ({}),
    keepUntilDue: async () => undefined,
    changeHealth: async () => 'changed',
    failingLimitMs: 1_000,
    now: () => ACCEPTED_AT,
    random: () => 0.5,
    mintAttemptId: () => 'atmpt_1',
    mintCopyId: () => `minted-${minted++}`,
  } satisfies DeliverPorts;
  return { ports, scheduled, sent };
};

describe('a task', () => {
  test('in the lane of its endpoint is delivered there, and its retry stays in it', async () => {
    const { ports, scheduled, sent } = lanes();
    const handled = await deliverInLane('aws', task({ lane: 'aws' }), toArn, POLICY, ports);
    expect(handled.kind).toBe('attempted');
    expect(sent).toEqual([ARN]);
    expect(scheduled).toMatchObject([{ task: { lane: 'aws', attempt: 2 }, delaySeconds: 5 }]);
  });

  test.each([
    ['webhook', 'aws', toArn],
    ['aws', 'webhook', state()],
  ] as const)(
    'in the lane %s whose endpoint is of the lane %s by now moves, and is no attempt',
    async (from, to, now) => {
      const { ports, scheduled, sent } = lanes();
      const given = task({ lane: from, attempt: 3, copyId: 'mine' });
      await expect(deliverInLane(from, given, now, POLICY, ports)).resolves.toEqual({ kind: 'moved', lane: to });
      expect(sent).toEqual([]);
      expect(scheduled).toEqual([{ task: { ...given, lane: to, hops: 1 }, delaySeconds: 0 }]);
    },
  );

  test('that was asked for by hand keeps its name when it moves, so that it is attempted once', async () => {
    const { ports, scheduled } = lanes();
    const given = task({ trigger: 'manual', copyId: 'mine' });
    await deliverInLane('webhook', given, toArn, POLICY, ports);
    expect(scheduled).toMatchObject([{ task: { trigger: 'manual', copyId: 'mine', lane: 'aws' } }]);
  });

  test('that moved is delivered where it came to', async () => {
    const { ports, scheduled, sent } = lanes();
    await deliverInLane('webhook', task(), toArn, POLICY, ports);
    const [moved] = scheduled;
    await deliverInLane('aws', moved?.task ?? task(), toArn, POLICY, ports);
    expect(sent).toEqual([ARN]);
  });

  test('whose attempt stands recorded is dropped where it is', async () => {
    const { ports, scheduled } = lanes();
    const standing = attempt();
    const handled = await deliverInLane('webhook', task(), { ...toArn, standing }, POLICY, ports);
    expect(handled).toEqual({ kind: 'dropped', scheduled: false, record: standing });
    expect(scheduled).toEqual([]);
  });

  test('whose endpoint is gone is refused where it is', async () => {
    const { ports } = lanes();
    const { endpoint: _, ...gone } = state();
    await expect(deliverInLane('aws', task(), gone, POLICY, ports)).resolves.toMatchObject({ kind: 'attempted' });
  });
});
