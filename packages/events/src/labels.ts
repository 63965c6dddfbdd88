import * as z from 'zod/mini';

/** What tells messages apart without their payload. Whatever is listed or chosen by it carries a copy of it. */
export const labelFields = {
  eventType: z.string(),
  /** What endpoints choose by. */
  channels: z.optional(z.array(z.string())),
  /** What lists and replays are narrowed to. No endpoint chooses by them. */
  tags: z.optional(z.array(z.string())),
} as const;

const labels = z.object(labelFields);

export type Labels = z.infer<typeof labels>;

/** Whoever copies a message's labels copies all of them; one that has none has no room taken for them. */
export const labelsOf = ({ eventType, channels, tags }: Labels): Labels => ({
  eventType,
  ...(channels === undefined ? {} : { channels }),
  ...(tags === undefined ? {} : { tags }),
});

/** What is asked for by label: one of the event types, the channel, and the tag. What is absent is not asked for. */
export type LabelFilter = {
  readonly eventTypes?: readonly string[] | undefined;
  readonly channel?: string | undefined;
  readonly tag?: string | undefined;
};

/** Whether something is among what is asked for. What has no channels is in none, and so it is with tags. */
export const labelsMatch = ({ eventTypes, channel, tag }: LabelFilter, labelled: Labels): boolean =>
  (eventTypes === undefined || eventTypes.includes(labelled.eventType)) &&
  (channel === undefined || labelled.channels?.includes(channel) === true) &&
  (tag === undefined || labelled.tags?.includes(tag) === true);
