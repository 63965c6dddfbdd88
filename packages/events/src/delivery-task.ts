import * as z from 'zod/mini';
import { labelFields } from './labels.ts';

/**
 * One message for one endpoint: what fan-out publishes, a lane's queue holds and delivery does. Tasks live for days and
 * cross deployments, so a field is never renamed or made mandatory: `v` changes instead, and both versions are read.
 */
export const deliveryTask = z.object({
  v: z.literal(1),
  orgId: z.string(),
  appId: z.string(),
  messageId: z.string(),
  endpointId: z.string(),
  /** 1 for the first attempt. */
  attempt: z.int().check(z.minimum(1)),
  trigger: z.enum(['scheduled', 'manual']),
  ...labelFields,
  /** Milliseconds since 1970. */
  acceptedAt: z.int(),
  /**
   * Which copy of the task this is. A task may be published twice; the copy that recorded an attempt is the one that
   * answers for the retry, because it stays in a queue or a park until that is scheduled: whoever puts it elsewhere
   * leaves it the copy that it is.
   */
  copyId: z.optional(z.string()),
  /** Milliseconds since 1970: the time that was reserved for it at an endpoint with a rate. */
  slotAt: z.optional(z.int()),
  /** How often that time was over before the task came, so that it had to have another one reserved. */
  late: z.optional(z.int()),
  /** It was sent back once already, because its endpoint had asked for a pause. */
  postponed: z.optional(z.literal(true)),
  /** It is sent although its endpoint's circuit breaker is open, to see whether it answers again. */
  probe: z.optional(z.literal(true)),
  /**
   * Part of a replay: it waits as live traffic does, for rates, pauses, breakers and disabled endpoints, also where it was asked
   * for by hand. What it says of the time since its message was accepted is no latency.
   */
  replay: z.optional(z.literal(true)),
  /** The lane it belongs to; absent in tasks of the lane `webhook`. Read by `laneOf`: a later version may know more. */
  lane: z.optional(z.string()),
  /** How often this very attempt was put back into a lane; absent when it never was. See {@link hopped}. */
  hops: z.optional(z.int()),
  /** The packed body in base64; absent when it is larger than INLINE_LIMIT_BYTES, and then read from the message. */
  payload: z.optional(
    z.object({
      encoding: z.enum(['identity', 'deflate']),
      base64: z.string(),
      /** Epoch seconds after which it must not be sent; absent when that is when the message itself expires. */
      expiresAt: z.optional(z.number()),
    }),
  ),
});

export type DeliveryTask = z.infer<typeof deliveryTask>;

/**
 * The most often that a task goes back into a lane without its attempt being made. A task that is put off has a reason each
 * time, and some sixteen such reasons in a row are a fault of ours: AWS too stops a function that feeds its own queue
 * after about sixteen hops, unless it is allowed to, as ours is.
 */
export const MAX_HOPS = 16;

/**
 * The task as whoever puts it back into a lane, for the same attempt, sends it. The next attempt is a new task; a redrive by
 * an operator begins anew.
 */
export const hopped = (task: DeliveryTask): DeliveryTask => ({ ...task, hops: (task.hops ?? 0) + 1 });

export const hasHoppedTooOften = ({ hops = 0 }: DeliveryTask): boolean => hops > MAX_HOPS;

/** The largest packed body that a task carries itself. */
export const INLINE_LIMIT_BYTES = 4096;

/** The message attribute by which the topic's subscriptions choose. */
export const LANE_ATTRIBUTE = 'lane';

/**
 * `webhook`: requests to URLs. `slow`: the same, to endpoints that take long to answer. `aws`: destinations that are resources
 * of AWS.
 */
export const LANES = ['webhook', 'slow', 'aws'] as const;
export type Lane = (typeof LANES)[number];

/** The lane that a task goes back to, whoever puts it there. A name that this version does not know is the first lane's. */
export const laneOf = ({ lane }: Pick<DeliveryTask, 'lane'>): Lane => LANES.find((one) => one === lane) ?? 'webhook';

/** The lane of a task whose endpoint is slow, or is not. One that is in another lane than `webhook` stays there. */
export const laneAt = (task: DeliveryTask, isSlow: boolean): Lane =>
  isSlow && laneOf(task) === 'webhook' ? 'slow' : laneOf(task);

/** The task of the attempt after this one. What was decided for this attempt alone does not go with it. */
export const nextTask = (
  { slotAt: _slot, late: _late, postponed: _postponed, probe: _probe, hops: _hops, ...task }: DeliveryTask,
  copyId: string,
): DeliveryTask => ({ ...task, attempt: task.attempt + 1, trigger: 'scheduled', copyId });
