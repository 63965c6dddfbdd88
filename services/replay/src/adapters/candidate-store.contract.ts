import type { CandidateStore } from '../domain/candidate-store.fake.ts';
import { attempt, endpoint, HOUR_MS, idAt, message, NOW } from '../domain/replay.samples.ts';

const oldest = { newestFirst: false, limit: 10 };

/** The promises of whatever a replay reads from. Each test has an application of its own. */
export const candidateStoreContract = (makeStore: () => Promise<CandidateStore>): void => {
  const setUp = async () => {
    const application = { orgId: idAt('org', NOW), appId: idAt('app', NOW) };
    return { store: await makeStore(), application, endpointId: idAt('ep', NOW) };
  };

  test('application and endpoint are found as they stand, or not at all', async () => {
    const { store, application, endpointId } = await setUp();
    const ref = { ...application, endpointId };
    await expect(store.findApplicationVersion(application)).resolves.toBeUndefined();
    await expect(store.findEndpointById(ref)).resolves.toBeUndefined();
    await store.putApplication(application, { kind: 'application-version', version: 2, throttleRate: 5 });
    await store.putEndpoint(ref, endpoint({ id: endpointId, throttleRate: 3 }));
    await expect(store.findApplicationVersion(application)).resolves.toMatchObject({ throttleRate: 5 });
    await expect(store.findEndpointById(ref)).resolves.toMatchObject({ id: endpointId, throttleRate: 3 });
  });

  test('messages come oldest first, and one that cannot be understood as its id', async () => {
    const { store, application } = await setUp();
    const [first, second, third] = [3, 2, 1].map((ago) => idAt('msg', NOW - ago * HOUR_MS)) as [string, string, string];
    await store.putMessage({ ...application, messageId: second }, { kind: 'message', eventType: 'a' });
    await store.putMessage({ ...application, messageId: first }, message(NOW - 3 * HOUR_MS));
    await store.putMessage({ ...application, messageId: third }, message(NOW - HOUR_MS));
    const { items, more } = await store.readMessages(application, oldest);
    expect(items.map(({ id, message: read }) => [id, read?.id])).toEqual([
      [first, first],
      [second, undefined],
      [third, third],
    ]);
    expect(more).toBe(false);
    await expect(store.readMessages(application, { ...oldest, limit: 1 })).resolves.toMatchObject({ more: true });
    await expect(store.readMessages(application, { ...oldest, newerThan: second })).resolves.toMatchObject({
      items: [{ id: third }],
    });
    const found = await store.messagesByIds(application, [first, second, idAt('msg', NOW)]);
    expect(found.map(({ id }) => id)).toEqual([first]);
  });

  test('attempts come with what a replay asks of them, by endpoint and by message', async () => {
    const { store, application, endpointId } = await setUp();
    const messageId = idAt('msg', NOW - HOUR_MS);
    const ref = { ...application, messageId, endpointId };
    const automatic = attempt(NOW - 1_000, { attempt: 2, nextAttemptAt: NOW + 1_000 });
    const byHand = attempt(NOW - 500, { trigger: 'manual', succeeded: true, responseStatusCode: 204 });
    await store.putAttempt({ ...ref, attempt: 2 }, automatic);
    await store.putAttempt({ ...ref, attempt: 1, trigger: 'manual', copyId: 'qtask_1' }, byHand);
    await store.putAttempt({ ...ref, endpointId: idAt('ep', NOW), attempt: 1 }, attempt(NOW));
    const told = [
      { id: automatic.id, attempt: 2, succeeded: false, nextAttemptAt: NOW + 1_000, messageId },
      { id: byHand.id, copyId: 'qtask_1', succeeded: true, responseStatusCode: 204, messageId },
    ];
    const { items } = await store.readAttemptsOfEndpoint({ ...application, endpointId }, oldest);
    expect(items).toMatchObject(told);
    expect(items[0]).not.toHaveProperty('copyId');
    const atEndpoint = await store.attemptsAt({ ...application, messageId }, endpointId);
    expect(atEndpoint.toSorted((a, b) => a.attemptedAt - b.attemptedAt)).toEqual(items);
    await expect(store.attemptsAt({ ...application, messageId: idAt('msg', NOW) }, endpointId)).resolves.toEqual([]);
  });
};
