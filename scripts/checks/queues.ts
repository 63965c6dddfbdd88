import type { Template } from './cloudformation.ts';
import { refOf } from './cloudformation.ts';
import { eventSourcesOf } from './event-sources.ts';
import type { Finding, Report } from './finding.ts';
import { keyOf } from './imports.ts';
import type { TerraformFacts } from './terraform-facts.ts';

/** AWS asks for six times the function's timeout, so that a batch is not received again while it is being retried. */
const VISIBILITY_PER_TIMEOUT = 6;

/** Holds the visibility timeout of each queue, as Terraform would set it, against the timeout of what reads it. */
export const checkQueues = (facts: TerraformFacts, templates: readonly Template[]): Report => {
  const keys = Object.keys(facts.exports);
  const readers = templates
    .flatMap((template) => eventSourcesOf(template, keys))
    .filter(({ kind }) => kind === 'SQS')
    .map(({ owner, source }) => {
      const arn = facts.exports[keyOf(refOf(source), keys) ?? ''];
      return { owner, source, queue: facts.queues.find((queue) => queue.arn === arn) };
    });
  const unread = facts.queues.filter(
    ({ address, arn }) => isLane(address) && !readers.some(({ queue }) => queue?.arn === arn),
  );
  return {
    findings: [
      ...readers.flatMap(({ owner: { file, id, timeoutSeconds }, source, queue }): Finding[] => {
        if (queue === undefined)
          return [{ file, reason: `${id} reads ${JSON.stringify(source)}, no queue of Terraform's` }];
        const wanted = VISIBILITY_PER_TIMEOUT * (timeoutSeconds ?? 0);
        if (queue.visibilityTimeoutSeconds === wanted) return [];
        return [
          {
            file,
            reason: `${id} has a timeout of ${timeoutSeconds} s, so ${queue.address} needs a visibility timeout of ${wanted} s instead of ${queue.visibilityTimeoutSeconds} s: set consumer_timeout_seconds`,
          },
        ];
      }),
      ...unread.map(({ address }) => ({
        file: 'terraform',
        reason: `${address} is made for a function that reads it, and none does`,
      })),
    ],
    notes: readers.map(
      ({ owner, queue }) =>
        `${queue?.name}: ${queue?.visibilityTimeoutSeconds} s, read by ${owner.id} (${owner.timeoutSeconds} s)`,
    ),
  };
};

/** A queue of modules/queue has a consumer; its visibility is derived from the consumer's timeout. */
const isLane = (address: string): boolean => /^module\.\w+(\[.+\])?\.aws_sqs_queue\.main$/.test(address);
