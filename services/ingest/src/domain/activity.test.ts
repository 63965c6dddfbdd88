import type { ActivityRef } from '@fanfare/core/keys';
import type { ActivityRecord } from '@fanfare/events/activity-record';
import { activityMarker, LATE_MS } from './activity.ts';

const HOUR_MS = 3_600_000;
const TEN_O_CLOCK = 500_000 * HOUR_MS;
const ref = { orgId: 'org_1', appId: 'app_1' };

const world = () => {
  const clock = { ms: TEN_O_CLOCK + 1000, fails: false };
  const written: (ActivityRef & ActivityRecord)[] = [];
  const mark = activityMarker(
    async (activity, record) => {
      if (clock.fails) throw new Error('throttled');
      written.push({ ...activity, ...record });
    },
    () => clock.ms,
  );
  return { clock, written, mark };
};

describe('a mark of activity', () => {
  test('is written once an hour for an application, however many messages it has', async () => {
    const { clock, written, mark } = world();
    for (let count = 0; count < 5; count += 1) await mark(ref, clock.ms);
    clock.ms += HOUR_MS;
    for (let count = 0; count < 5; count += 1) await mark(ref, clock.ms);
    expect(written.map(({ hour, messageHour }) => [hour, messageHour])).toEqual([
      [500_000, 500_000],
      [500_001, 500_001],
    ]);
  });

  test('is of the hour in the id of the message, also when the clock has moved on into the next', async () => {
    const { clock, written, mark } = world();
    clock.ms = TEN_O_CLOCK + HOUR_MS + 5;
    await mark(ref, TEN_O_CLOCK + HOUR_MS - 5);
    expect(written).toMatchObject([{ hour: 500_000, messageHour: 500_000 }]);
  });

  test('of each application is its own', async () => {
    const { clock, written, mark } = world();
    await mark(ref, clock.ms);
    await mark({ ...ref, appId: 'app_2' }, clock.ms);
    await mark({ ...ref, orgId: 'org_2' }, clock.ms);
    expect(written).toHaveLength(3);
  });

  test('that was not written is written the next time', async () => {
    const { clock, written, mark } = world();
    clock.fails = true;
    await expect(mark(ref, clock.ms)).rejects.toThrow('throttled');
    clock.fails = false;
    await mark(ref, clock.ms);
    expect(written).toHaveLength(1);
  });

  test('of a late message stands in the hour it is saved in, names its own, and is written each time', async () => {
    const { clock, written, mark } = world();
    const acceptedAt = clock.ms;
    await mark(ref, acceptedAt);
    clock.ms += 2 * HOUR_MS;
    await mark(ref, acceptedAt);
    await mark(ref, acceptedAt);
    expect(written.slice(1)).toEqual([
      expect.objectContaining({ hour: 500_002, messageHour: 500_000, lateAt: clock.ms }),
      expect.objectContaining({ hour: 500_002, messageHour: 500_000, lateAt: clock.ms }),
    ]);
  });

  test('of a message in the same hour is late too, once the reconciler may have passed it', async () => {
    const { clock, written, mark } = world();
    await mark(ref, clock.ms - LATE_MS);
    await mark(ref, clock.ms - LATE_MS - 1);
    expect(written.map(({ lateAt }) => lateAt)).toEqual([undefined, clock.ms]);
  });

  test('forgets what it has written rather than grow without end', async () => {
    const { clock, written, mark } = world();
    for (let count = 0; count <= 10_000; count += 1) await mark({ ...ref, appId: `app_${count}` }, clock.ms);
    await mark({ ...ref, appId: 'app_0' }, clock.ms);
    expect(written).toHaveLength(10_002);
  });
});
