import { acceptedMessage, HOUR_MS, messageId, NOW_MS, recorded } from './changes.fake.ts';
import { sumOf } from './counted-once.ts';
import { usageTallies } from './usage-tally.ts';

const counted = (...changes: Parameters<typeof usageTallies>[0]) =>
  usageTallies(changes).map(({ application, hour, contributions }) => ({
    ...{ appId: application.appId, hour },
    ...sumOf(['messages', 'bytes', 'attempts'], contributions),
  }));

describe('the usage of an application', () => {
  const { appId } = acceptedMessage().ref;

  test('is one row for whatever one hour holds: messages, their bytes, and attempts at any endpoint', () => {
    const messages = [3, 40, 500].map((bytes, n) => acceptedMessage({ bytes, number: n }));
    const attempts = [recorded(), recorded({ endpoint: 2 }), recorded({ attempt: 2, trigger: 'manual' })];
    expect(counted(...messages, ...attempts)).toEqual([
      { appId, hour: '2026-11-25T03', messages: 3, bytes: 543, attempts: 3 },
    ]);
  });

  test('has a message in the hour of its acceptance, and an attempt in its own, whenever its message was accepted', () => {
    const message = acceptedMessage({ acceptedAt: NOW_MS - 2 * HOUR_MS });
    const attempt = recorded({ messageId: messageId(NOW_MS - 2 * HOUR_MS), attemptedAt: NOW_MS });
    expect(counted(message, attempt)).toEqual([
      { appId, hour: '2026-11-25T01', messages: 1, bytes: 100, attempts: 0 },
      { appId, hour: '2026-11-25T03', messages: 0, bytes: 0, attempts: 1 },
    ]);
  });

  test('is a row of its own for each application', () => {
    const other = acceptedMessage({ appId: 'app_2' });
    expect(counted(acceptedMessage(), other)).toHaveLength(2);
  });
});
