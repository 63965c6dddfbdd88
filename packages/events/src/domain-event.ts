import * as z from 'zod/mini';

/** The `source` of every event that Fanfare puts on its bus. Its `detail-type` is the event's type. */
export const DOMAIN_EVENT_SOURCE = 'fanfare';

const endpointData = {
  appId: z.string(),
  /** Names that their owner gave are there where they have one. */
  appUid: z.optional(z.string()),
  endpointId: z.string(),
  endpointUid: z.optional(z.string()),
};

const updatedData = z.object({
  ...endpointData,
  /** There, and true, where requests go to another URL from now on. */
  urlChanged: z.optional(z.literal(true)),
});

const disabledData = z.object({
  ...endpointData,
  /** `automatic`: after an answer, or days of failure. `manual`: by its owner. */
  trigger: z.enum(['automatic', 'manual']),
  /** Why, when that was automatic: `gone`, `asked` or `failing`, of this version. */
  reason: z.optional(z.string()),
  /** RFC 3339: the first attempt that failed after the last success. Absent while it answers. */
  failSince: z.optional(z.string()),
});

const attemptData = z.object({
  appId: z.string(),
  appUid: z.optional(z.string()),
  msgId: z.string(),
  msgEventId: z.optional(z.string()),
  endpointId: z.string(),
  lastAttempt: z.object({
    id: z.string(),
    /** 0 when there was no HTTP answer. */
    responseStatusCode: z.number(),
    timestamp: z.string(),
  }),
});

const taskData = z.object({
  appId: z.string(),
  appUid: z.optional(z.string()),
  /** Absent for a task that is of no endpoint. */
  endpointId: z.optional(z.string()),
  taskId: z.string(),
  task: z.string(),
  /** `finished` or `failed`. */
  status: z.string(),
  /** Why it failed. */
  reason: z.optional(z.string()),
  data: z.union([
    z.object({ messagesSent: z.number() }),
    z.object({ messagesAccepted: z.number(), linesRejected: z.number() }),
  ]),
});

const event = <Type extends string, Data extends z.ZodMiniType>(type: Type, data: Data) =>
  z.object({
    v: z.literal(1),
    /** The same whenever this event is published again, which happens: whoever acts on events drops ids it has seen. */
    id: z.string(),
    type: z.literal(type),
    /** RFC 3339, UTC: when it happened. Events may arrive late and in another order. */
    timestamp: z.string(),
    orgId: z.string(),
    data,
  });

/**
 * What happened, as the `detail` of an event on the bus. `data` is what the operational webhooks of the Svix API carry.
 * Consumers outlive deployments, so a field is never renamed or taken away: `v` changes instead.
 */
export const domainEvent = z.discriminatedUnion('type', [
  event('endpoint.created', z.object(endpointData)),
  event('endpoint.updated', updatedData),
  event('endpoint.deleted', z.object(endpointData)),
  event('endpoint.enabled', z.object(endpointData)),
  event('endpoint.disabled', disabledData),
  /** The fourth automatic attempt of a message to an endpoint failed. */
  event('message.attempt.failing', attemptData),
  /** An automatic attempt failed and none follows. */
  event('message.attempt.exhausted', attemptData),
  /** An automatic attempt succeeded after `message.attempt.failing`. */
  event('message.attempt.recovered', attemptData),
  /** A background task ended, whether it did all of its work or not. */
  event('background_task.finished', taskData),
]);

export type DomainEvent = z.infer<typeof domainEvent>;
