import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import { type BackOff, backOffMs } from '@fanfare/core/back-off';
import { batches } from '@fanfare/core/batches';
import { DOMAIN_EVENT_SOURCE, type DomainEvent } from '@fanfare/events/domain-event';
import type { ProjectPorts } from '../domain/project.ts';

/** EventBridge's limits of one PutEvents call. */
export const MAX_BATCH_ENTRIES = 10;
export const MAX_BATCH_BYTES = 256 * 1024;

/** EventBridge counts 14 bytes for the time. */
const TIME_BYTES = 14;
const BACK_OFF: BackOff = { attempts: 6, baseMs: 100, capMs: 3_000 };

/**
 * Puts events on the bus, ten by ten, one call after the other: an endpoint's events then mostly arrive as they happened.
 * Entries that EventBridge refuses are put again with back-off and jitter; throws when some are still refused after that.
 */
export const eventBus = (client: EventBridgeClient, busName: string, waiting: Waiting): ProjectPorts['publish'] => {
  const put = async (entries: readonly PutEventsRequestEntry[]): Promise<void> => {
    let pending = [...entries];
    for (let repeat = 0; pending.length > 0; repeat += 1) {
      if (repeat > 0) await waiting.sleep(backOffMs(repeat, BACK_OFF, waiting.random()));
      const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: pending }));
      const refused = Entries.filter(({ ErrorCode }) => ErrorCode !== undefined);
      if (refused.length > 0 && repeat === BACK_OFF.attempts) {
        throw new Error(`bus: ${refused.length} events stay refused, the first with ${refused[0]?.ErrorCode}`);
      }
      // The answer has an entry for each that was put, in order.
      pending = pending.filter((_, index) => Entries[index]?.ErrorCode !== undefined);
    }
  };
  return async (events) => {
    const limits = { entries: MAX_BATCH_ENTRIES, bytes: MAX_BATCH_BYTES, bytesOf: entryBytes };
    for (const batch of batches(events.map(entryOf(busName)), limits)) await put(batch);
  };
};

const entryOf =
  (busName: string) =>
  (event: DomainEvent): PutEventsRequestEntry => ({
    EventBusName: busName,
    Source: DOMAIN_EVENT_SOURCE,
    DetailType: event.type,
    Detail: JSON.stringify(event),
    Time: new Date(event.timestamp),
  });

/** What an entry counts against the limit. Source: EventBridge User Guide, "Calculating PutEvents event entry size". */
export const entryBytes = ({ Source = '', DetailType = '', Detail = '' }: PutEventsRequestEntry): number =>
  TIME_BYTES + [Source, DetailType, Detail].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
