import { parseBody } from '@fanfare/core/http/body';
import { err, ok, type Result } from '@fanfare/core/result';
import { correlationId } from '@fanfare/core/telemetry/correlation';
import { type RuledEvent, ruledEvent } from '@fanfare/events/ruled-event';
import type { Entry } from './accept-many.ts';
import { idOfSource } from './message-ids.ts';
import { readMessageParts } from './message-input.ts';
import { memberText } from './payload-slice.ts';
import type { QueueMessage } from './queue-message.ts';
import { type Reasons, reason, reasonsOf } from './reasons.ts';

/** Ids hold no time before this one. */
const EARLIEST_MS = Date.parse('2014-05-14T00:00:00Z');
/** How far the clock of whoever made an event may be ahead of that of its queue. */
const AHEAD_MS = 5 * 60 * 1000;

/**
 * Reads an event that a rule let through. The rule, the event's own id and its time make the message's id, so that an event
 * which its bus delivers twice, or which is replayed from an archive, is accepted once by each rule.
 */
export const readRuledEvent = ({
  messageId,
  body,
  sentAt,
}: Pick<QueueMessage, 'messageId' | 'body' | 'sentAt'>): Result<Entry, Reasons> => {
  const parsed = parseBody(body, ruledEvent);
  if (!parsed.ok) return err(reasonsOf(parsed.error));
  const { rule, organisation, event } = parsed.value;
  const eventAt = Date.parse(event.time);
  if (!(eventAt >= EARLIEST_MS && eventAt <= sentAt + AHEAD_MS)) {
    return err(reason('is no time until now', 'body', 'event', 'time'));
  }
  const application = applicationOf(parsed.value);
  if (application === undefined) return err(reason('names no application', 'body', 'event', ...pathOf(parsed.value)));
  const read = readMessageParts({ eventType: eventTypeOf(parsed.value) }, payloadOf(parsed.value, body), 'event');
  if (!read.ok) return err(reasonsOf(read.error));
  return ok({
    orgId: organisation,
    application,
    message: read.value,
    correlationId: correlationId(event.id, messageId),
    messageId: idOfSource(eventAt, 'events', rule, event.id),
    acceptedAt: sentAt,
    comesAgain: true,
  });
};

/** AWS's own detail types are words: `Object Created` becomes `Object.Created`. */
const eventTypeOf = ({ eventType, event }: RuledEvent): string =>
  eventType ?? event['detail-type'].replace(/[^\w.-]+/g, '.').replace(/^\.+|\.+$/g, '');

const pathOf = ({ applicationPath }: RuledEvent): readonly string[] => applicationPath?.split('.') ?? [];

const applicationOf = (ruled: RuledEvent): string | undefined => {
  if (ruled.application !== null) return ruled.application;
  let found: unknown = ruled.applicationPath === null ? undefined : ruled.event;
  for (const name of pathOf(ruled)) {
    found = isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  if (typeof found === 'number') return String(found);
  return typeof found === 'string' && found !== '' ? found : undefined;
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** The event, or its detail, byte for byte as EventBridge wrote it. */
const payloadOf = ({ payload }: RuledEvent, body: string): string => {
  const event = memberText(body, ['event']) ?? '';
  return payload === 'event' ? event : (memberText(event, ['detail']) ?? '');
};
