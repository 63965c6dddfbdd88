import { isKeyPart } from '@fanfare/core/keys';
import { type OrderedWake, orderedWake } from '@fanfare/events/ordered-wake';
import type { SQSRecord } from 'aws-lambda';

const NAMES = ['orgId', 'appId', 'endpointId', 'orderingKey'] as const;

class UnreadableWake extends Error {
  override readonly name = 'UnreadableWake';
}

/** Reads a queue record as a wake-up. Throws where it is none, and shows no value of it. */
export const readWake = ({ body }: SQSRecord): OrderedWake => {
  const parsed = orderedWake.safeParse(jsonOf(body));
  if (!parsed.success) {
    throw new UnreadableWake(
      parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
    );
  }
  if (!NAMES.every((name) => isKeyPart(parsed.data[name]))) throw new UnreadableWake('not an id');
  return parsed.data;
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
