import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Trouble } from './population.ts';
import { startTroubledReceiver, type TroubledReceiver } from './troubled-receiver.ts';

let receiver: TroubledReceiver;
let treatment: Trouble;
let taken: number;

beforeEach(async () => {
  taken = 0;
  receiver = await startTroubledReceiver(() => ({
    treatment,
    onTaken: () => {
      taken += 1;
    },
  }));
});

afterEach(() => receiver.stop());

const post = async () => {
  const response = await fetch(receiver.url('/a'), {
    method: 'POST',
    body: '{}',
    redirect: 'manual',
    signal: AbortSignal.timeout(300),
  });
  await response.text();
  return response;
};

describe('an endpoint in trouble', () => {
  test('that is well takes what it gets', async () => {
    treatment = 'none';
    expect((await post()).status).toBe(200);
    expect(taken).toBe(1);
  });

  test.each<[Trouble, number]>([
    ['answers-500', 500],
    ['answers-429', 429],
    ['answers-503', 503],
    ['redirects', 302],
  ])('that %s answers %i and takes nothing', async (kind, status) => {
    treatment = kind;
    expect((await post()).status).toBe(status);
    expect(taken).toBe(0);
  });

  test.each<Trouble>(['hangs', 'resets', 'answers-rubbish', 'drips', 'breaks-off'])(
    'that %s never gives a whole answer and takes nothing',
    async (kind) => {
      treatment = kind;
      await expect(post()).rejects.toThrow();
      expect(taken).toBe(0);
    },
  );

  test('says in seconds or as a date when to come back', async () => {
    treatment = 'answers-429';
    expect((await post()).headers.get('retry-after')).toBe('1');
    treatment = 'answers-503';
    expect(Date.parse((await post()).headers.get('retry-after') ?? '')).not.toBeNaN();
  });
});
