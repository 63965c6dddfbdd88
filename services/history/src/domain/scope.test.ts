import { historyOf } from './history-of.fake.ts';
import { newId } from './history-table.samples.ts';
import { applicationFor, endpointFor, messageFor } from './scope.ts';

const { application, ports } = historyOf(() => []);
const { orgId, appId } = application;
const notFound = (what: string) => ({ ok: false, error: { kind: 'not-found', detail: `There is no such ${what}.` } });

describe('an application', () => {
  test.each(['its id', 'its uid'])('is found by its organisation by %s', async (by) => {
    const name = by === 'its id' ? appId : 'customer-7';
    await expect(applicationFor({ kind: 'organisation', orgId }, name, ports)).resolves.toEqual({
      ok: true,
      value: application,
    });
  });

  test('is found by its own token', async () => {
    const principal = { kind: 'application', orgId, appId } as const;
    await expect(applicationFor(principal, 'customer-7', ports)).resolves.toEqual({ ok: true, value: application });
  });

  test("does not exist for another application's token", async () => {
    const principal = { kind: 'application', orgId, appId: newId('app') } as const;
    for (const name of [appId, 'customer-7']) {
      await expect(applicationFor(principal, name, ports)).resolves.toEqual(notFound('application'));
    }
  });

  test('does not exist for another organisation', async () => {
    const other = newId('org');
    for (const principal of [
      { kind: 'organisation', orgId: other },
      { kind: 'application', orgId: other, appId },
    ] as const) {
      await expect(applicationFor(principal, appId, ports)).resolves.toEqual(notFound('application'));
    }
  });
});

test('an endpoint that was deleted is there no more', async () => {
  const id = newId('ep');
  const world = historyOf((make) => make.endpoint(id, { deletedAt: '2026-11-23T00:00:00.000Z' }));
  await expect(endpointFor(world.application, id, world.ports)).resolves.toEqual(notFound('endpoint'));
});

test('a message whose time is over is there no more, deleted by the table or not', async () => {
  const id = newId('msg');
  const world = historyOf((make) => make.message(id, { expiresAt: 1 }));
  await expect(messageFor(world.application, id, world.ports)).resolves.toEqual(notFound('message'));
});
