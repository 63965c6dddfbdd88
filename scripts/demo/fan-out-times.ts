import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import * as z from 'zod';
import { clientOptions } from '../environment/emulated-aws.ts';
import type { Environment } from '../environment/environment.ts';

const EVENT = 'message.fanned-out';

const line = z.object({ message: z.literal(EVENT), msg_id: z.string(), timestamp: z.coerce.date() });

/**
 * When each message was fanned out, in milliseconds since 1970 by message id: the API does not tell, so it is read
 * from the function's log. What was not logged, or not yet, is left out.
 */
export const fanOutTimes = async ({ endpoint, stage }: Environment): Promise<ReadonlyMap<string, number>> => {
  const client = new CloudWatchLogsClient(clientOptions(endpoint));
  const times = new Map<string, number>();
  const logGroupName = `/aws/lambda/fanfare-${stage}-fan-out`;
  for await (const page of paginateFilterLogEvents({ client }, { logGroupName, filterPattern: `"${EVENT}"` })) {
    for (const { message = '' } of page.events ?? []) {
      const parsed = line.safeParse(parseJson(message));
      if (parsed.success) times.set(parsed.data.msg_id, parsed.data.timestamp.getTime());
    }
  }
  return times;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
