import { coalesced, type WakeUp, wakeUpsOf } from './wake-up.ts';

const REF = { orgId: 'org_1', appId: 'app_1', messageId: 'msg_1' };
const placed = (key: string, number: number) => ({ correlationId: `c-${number}`, order: { key, number } });
const toldOf = (wakeUps: readonly WakeUp[]) =>
  wakeUps.map(({ wake, correlationId }) => `${wake.endpointId} ${wake.orderingKey} ${wake.number} ${correlationId}`);

test('a wake-up names the endpoint, the log and the place, and carries nothing of the message', () => {
  expect(wakeUpsOf(REF, placed('order-7', 3), ['ep_1'])).toEqual([
    {
      wake: { v: 2, orgId: 'org_1', appId: 'app_1', endpointId: 'ep_1', orderingKey: 'order-7', number: 3 },
      correlationId: 'c-3',
    },
  ]);
});

test('a message without a place wakes nobody', () => {
  expect(wakeUpsOf(REF, { correlationId: 'c-1' }, ['ep_1'])).toEqual([]);
});

describe('wake-ups of a batch', () => {
  test('become one for each endpoint in each log, of the highest number, in whatever order they come', () => {
    const wakeUps = [
      ...wakeUpsOf(REF, placed('a', 2), ['ep_1', 'ep_2']),
      ...wakeUpsOf(REF, placed('a', 9), ['ep_1']),
      ...wakeUpsOf(REF, placed('a', 3), ['ep_1']),
      ...wakeUpsOf(REF, placed('b', 1), ['ep_1']),
    ];
    expect(toldOf(coalesced(wakeUps))).toEqual(['ep_1 a 9 c-9', 'ep_2 a 2 c-2', 'ep_1 b 1 c-1']);
    expect(toldOf(coalesced(wakeUps.toReversed())).toSorted()).toEqual(toldOf(coalesced(wakeUps)).toSorted());
  });

  test('say where those of a log begin, and nothing of that where there is one', () => {
    const wakeUps = [9, 3, 3].flatMap((number) => wakeUpsOf(REF, placed('a', number), ['ep_1']));
    expect(coalesced(wakeUps)).toMatchObject([{ wake: { number: 9, from: 3 } }]);
    expect(coalesced(wakeUps.slice(1))[0]?.wake).not.toHaveProperty('from');
  });

  test('stay apart where another application, or organisation, has an endpoint of the same name', () => {
    const wakeUps = [
      ...wakeUpsOf(REF, placed('a', 1), ['ep_1']),
      ...wakeUpsOf({ ...REF, appId: 'app_2' }, placed('a', 2), ['ep_1']),
      ...wakeUpsOf({ ...REF, orgId: 'org_2' }, placed('a', 3), ['ep_1']),
    ];
    expect(coalesced(wakeUps)).toHaveLength(3);
  });
});
