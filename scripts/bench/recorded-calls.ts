import { CloudTrailClient, type Event, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { clientOptions } from '../environment/emulated-aws.ts';

/** Calls to AWS by "service Action" that functions made, with their own roles' credentials, since a time. */
export type RecordedCalls = Record<string, number>;

/** The credentials of tools and of this benchmark; a function's are its role's. */
const OWN_ACCESS_KEY = 'test';

/**
 * Counts the calls that the emulator recorded. It answers the newest 50 and has no next page, so the walk goes back by
 * time; what two pages share counts once.
 */
export const recordedCalls = async (endpoint: string, sinceMs: number): Promise<RecordedCalls> => {
  const client = new CloudTrailClient(clientOptions(endpoint));
  const seen = new Set<string>();
  const calls: RecordedCalls = {};
  let until: Date | undefined;
  for (;;) {
    const { Events = [] } = await client.send(
      new LookupEventsCommand({ StartTime: new Date(sinceMs), ...(until === undefined ? {} : { EndTime: until }) }),
    );
    const fresh = Events.filter(({ EventId = '' }) => !seen.has(EventId));
    if (fresh.length === 0) return calls;
    for (const event of fresh) {
      seen.add(event.EventId ?? '');
      if (event.AccessKeyId !== OWN_ACCESS_KEY) calls[nameOf(event)] = (calls[nameOf(event)] ?? 0) + 1;
    }
    until = fresh.at(-1)?.EventTime;
  }
};

const nameOf = ({ EventSource = '', EventName = '' }: Event): string => `${EventSource.split('.')[0]} ${EventName}`;
