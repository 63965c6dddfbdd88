import { describe, expect, test } from '@jest/globals';
import { FAULT_ODDS, faultPlan } from './fault-plan.ts';

const call = (operation: string, invocationId?: string) => ({ service: 'dynamodb', operation, invocationId });
const drawn = (seed: number, operation: string, count: number) => {
  const plan = faultPlan(seed);
  return Array.from({ length: count }, () => plan(call(operation)));
};

describe('the faults of a run', () => {
  test('are the same for the n-th call of an operation in each run with the same seed', () => {
    expect(drawn(7, 'PutItem', 500)).toEqual(drawn(7, 'PutItem', 500));
    expect(drawn(7, 'PutItem', 500)).not.toEqual(drawn(8, 'PutItem', 500));
  });

  test('do not depend on how often other operations are called', () => {
    const plan = faultPlan(7);
    const puts = Array.from({ length: 200 }, (_, n) => {
      if (n % 3 === 0) plan(call('GetItem'));
      return plan(call('PutItem'));
    });
    expect(puts).toEqual(drawn(7, 'PutItem', 200));
  });

  test('meet about one call in ten', () => {
    const met = drawn(1, 'PutItem', 5_000).filter((fault) => fault !== undefined).length / 5_000;
    expect(Math.abs(met - FAULT_ODDS.faults)).toBeLessThan(0.02);
  });

  test('are partial failures only where the API has them', () => {
    const kinds = (operation: string) => new Set(drawn(1, operation, 2_000).map((fault) => fault?.kind));
    expect(kinds('PutItem')).not.toContain('partial');
    expect(kinds('PublishBatch')).toContain('partial');
  });

  test('may last for every try that the SDK makes of a call', () => {
    const plan = faultPlan(1);
    const lasting = Array.from({ length: 2_000 }, (_, n) =>
      [1, 2, 3].map(() => plan(call('PutItem', `call-${n}`))?.kind),
    ).filter(([first, ...others]) => first !== undefined && others.every((kind) => kind === first));
    expect(lasting.length).toBeGreaterThan(10);
  });
});
