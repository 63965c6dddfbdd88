import fc from 'fast-check';
import { behind, reachOf } from './counted-once.ts';
import { sortable } from './sequence.ts';

describe('what is left of a row', () => {
  test('after it was counted up to anywhere is the rest', () => {
    const numbers = fc.array(fc.integer({ min: 1, max: 10 ** 9 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(numbers, fc.nat(10 ** 9), (sequences, upTo) => {
        const contributions = sequences.map((number) => ({ sequence: sortable(String(number)), delivered: 1 }));
        const left = behind(contributions, sortable(String(upTo)));
        expect(left).toHaveLength(sequences.filter((number) => number > upTo).length);
      }),
    );
  });

  test('reaches to its last record, as a number and not as text', () => {
    const contributions = ['9', '10', '100000000000000000000000000001'].map((number) => ({
      sequence: sortable(number),
    }));
    expect(reachOf(contributions.toReversed())).toMatchObject({
      first: sortable('9'),
      last: sortable('100000000000000000000000000001'),
    });
  });
});
