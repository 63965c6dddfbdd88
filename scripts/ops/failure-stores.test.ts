import { calledBy, failureStores } from './failure-stores.ts';

const urlOf = async (name: string): Promise<string> => `http://sqs/${name}`;
const deadLetterArnOf = async (url: string): Promise<string | undefined> =>
  /-(quarantine|rejects|failures)$/.test(url)
    ? undefined
    : `arn:aws:sqs:us-east-1:1:${url.split('/').at(-1)}-dead-letters`;
const storesOf = (values: Record<string, string>) =>
  failureStores(new Map(Object.entries(values)), urlOf, deadLetterArnOf);

describe('the stores of failed work', () => {
  test('are found in the contract, a new lane without being told of', async () => {
    const stores = await storesOf({
      'queue/webhook/url': 'http://sqs/fanfare-dev-webhook',
      'queue/webhook/arn': 'arn:aws:sqs:us-east-1:1:fanfare-dev-webhook',
      'queue/brand-new/url': 'http://sqs/fanfare-dev-brand-new',
      'table/name': 'fanfare-dev',
    });
    expect(stores).toEqual([
      {
        kind: 'dead-letters',
        name: 'brand-new',
        queue: { name: 'fanfare-dev-brand-new-dead-letters', url: 'http://sqs/fanfare-dev-brand-new-dead-letters' },
        source: { name: 'fanfare-dev-brand-new', url: 'http://sqs/fanfare-dev-brand-new' },
      },
      expect.objectContaining({ kind: 'dead-letters', name: 'webhook' }),
    ]);
  });

  test('include queues that hand over to none, and destinations that are a queue or a bucket', async () => {
    const stores = await storesOf({
      'queue/fanout-quarantine/url': 'http://sqs/fanfare-dev-fanout-quarantine',
      'destination/a/arn': 'arn:aws:s3:::fanfare-dev-records-1-us-east-1',
      'destination/b/arn': 'arn:aws:sqs:us-east-1:1:fanfare-dev-b',
    });
    expect(stores).toEqual([
      { kind: 'failure-bucket', name: 'a', bucket: 'fanfare-dev-records-1-us-east-1' },
      { kind: 'failure-queue', name: 'b', queue: { name: 'fanfare-dev-b', url: 'http://sqs/fanfare-dev-b' } },
      expect.objectContaining({ kind: 'quarantine', name: 'fanout-quarantine' }),
    ]);
  });

  test('include calls that failed, by the name of their function', async () => {
    const [store] = await storesOf({ 'queue/do-it-failures/url': 'http://sqs/fanfare-dev-do-it-failures' });
    expect(store).toMatchObject({ kind: 'failed-calls', name: 'do-it-failures' });
    expect(calledBy('do-it-failures')).toBe('do-it');
  });

  test('include what was refused', async () => {
    expect(await storesOf({ 'queue/intake-rejects/url': 'http://sqs/fanfare-dev-intake-rejects' })).toMatchObject([
      { kind: 'rejects', name: 'intake-rejects' },
    ]);
  });
});
