import { checkQueues } from './queues.ts';
import { soundTemplate } from './sound-template.fake.ts';
import type { TerraformFacts } from './terraform-facts.ts';

const address = 'module.webhook_queue.aws_sqs_queue.main';
const facts = (visibilityTimeoutSeconds: number): TerraformFacts => ({
  exports: { 'queue/webhook/arn': 'arn-1', 'table/stream-arn': 'arn-2', 'queue/other/arn': 'arn-3' },
  queues: [{ address, name: 'fanfare-local-webhook', arn: 'arn-1', visibilityTimeoutSeconds }],
  alarms: [],
  dashboards: [],
});
const reasons = (timeout: number, ...broken: Parameters<typeof soundTemplate>): readonly string[] =>
  checkQueues(facts(timeout), [soundTemplate(...broken)]).findings.map(({ reason }) => reason);

describe('queues', () => {
  test('a visibility timeout of six times the timeout of what reads the queue passes', () => {
    expect(reasons(180)).toEqual([]);
  });

  test('a function that may run longer than its queue expects is found', () => {
    expect(reasons(180, 'Timeout: 30', 'Timeout: 60')).toEqual([
      `Work has a timeout of 60 s, so ${address} needs a visibility timeout of 360 s instead of 180 s: set consumer_timeout_seconds`,
    ]);
  });

  test('a queue made for a reader that nobody reads is found', () => {
    expect(checkQueues(facts(180), []).findings).toEqual([
      { file: 'terraform', reason: `${address} is made for a function that reads it, and none does` },
    ]);
  });

  test('a function that reads what is no queue of Terraform is found', () => {
    expect(reasons(180, 'Queue: !Ref QueueWebhookArn', 'Queue: !Ref QueueOtherArn')).toEqual([
      expect.stringContaining('no queue of Terraform'),
      expect.stringContaining('none does'),
    ]);
  });
});
