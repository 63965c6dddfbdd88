import { waitingPlace } from './waiting-place.ts';

const NOW = 1_800_000_000_000;

describe('a task that has to wait', () => {
  test.each([
    ['waits in its lane, in whole seconds and never too short', 10_001, { kind: 'lane', delaySeconds: 11 }],
    ['waits in its lane for as long as a queue can hold it', 900_000, { kind: 'lane', delaySeconds: 900 }],
    ['waits among what is due later when a queue cannot hold it', 900_001, { kind: 'due-store' }],
    ['does not wait when it is late', -600_000, { kind: 'lane', delaySeconds: 0 }],
  ] as const)('%s', (_title, inMs, expected) => {
    expect(waitingPlace(NOW + inMs, NOW)).toEqual(expected);
  });
});
