import { isKeyPart } from '@fanfare/core/keys';
import { err, ok, type Result } from '@fanfare/core/result';
import { type DeliveryTask, deliveryTask } from '@fanfare/events/delivery-task';
import type { SQSRecord } from 'aws-lambda';

/** These become keys of the one read that all tasks of a batch share. */
const NAMES = ['orgId', 'appId', 'messageId', 'endpointId'] as const;

/** Reads a queue record as a delivery task, or says why it cannot be read. Shows no value of it. */
export const readTask = ({ body }: SQSRecord): Result<DeliveryTask, string> => {
  const parsed = deliveryTask.safeParse(jsonOf(body));
  if (parsed.success) return idsOf(parsed.data).every(isKeyPart) ? ok(parsed.data) : err('not an id');
  return err(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
};

const idsOf = (task: DeliveryTask): string[] => [
  ...NAMES.map((name) => task[name]),
  ...(task.trigger === 'manual' ? [task.copyId ?? ''] : []),
];

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
