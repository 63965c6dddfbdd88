import { type Answer, json, refuse } from '@fanfare/core/http/answer';
import { unreachable } from '@fanfare/core/unreachable';
import type { ItemOutcome } from '../domain/accept-batch.ts';
import { NOT_ACCEPTED } from '../domain/not-accepted.ts';
import { atPlace } from '../domain/place.ts';

/** What a message of a batch is answered: the status and the body that it would have got alone, by its place. */
type Item =
  | {
      readonly index: number;
      readonly status: 202;
      readonly id: string;
      readonly eventId: string | null;
      readonly timestamp: string;
    }
  | { readonly index: number; readonly status: number; readonly error: unknown };

/** 202 when every message was accepted, else 200: then each item says what became of it. */
export const batchAnswer = (outcomes: readonly ItemOutcome[]): Answer => {
  const data = outcomes.map(itemOf);
  const accepted = outcomes.filter(({ kind }) => kind === 'accepted').length;
  return json(accepted === data.length ? 202 : 200, { accepted, notAccepted: data.length - accepted, data });
};

const itemOf = (outcome: ItemOutcome, index: number): Item => {
  switch (outcome.kind) {
    case 'accepted': {
      const { messageId, acceptedAt, message } = outcome.accepted;
      const timestamp = new Date(acceptedAt).toISOString();
      return { index, status: 202, id: messageId, eventId: message.eventId ?? null, timestamp };
    }
    case 'unreadable':
      return errorOf(refuse(outcome.why), index);
    case 'refused':
      return errorOf(refuse(atPlace(NOT_ACCEPTED[outcome.why], index)), index);
    case 'failed':
      return { index, status: 503, error: { code: 'unavailable', detail: 'It could not be written: send it again.' } };
    default:
      return unreachable(outcome);
  }
};

const errorOf = ({ statusCode, body }: Answer, index: number): Item => ({
  index,
  status: statusCode,
  error: JSON.parse(body),
});
