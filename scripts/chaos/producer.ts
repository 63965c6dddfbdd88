import { setTimeout as wait } from 'node:timers/promises';
import { backOffMs } from '@fanfare/core/back-off';
import type { PlannedEvent } from './population.ts';

export type Producer = {
  readonly baseUrl: string;
  /** Token and application id, by the application's number. */
  readonly applications: readonly { readonly token: string; readonly appId: string }[];
  readonly signal: AbortSignal;
  /** Part of each idempotency key. */
  readonly run: string;
};

export type Posted =
  | { readonly kind: 'accepted'; readonly messageId: string; readonly tries: number }
  | { readonly kind: 'refused'; readonly why: string };

const PATIENCE_MILLISECONDS = 20_000;
const BACK_OFF = { attempts: 40, baseMs: 100, capMs: 2_000 };

/** Posts an event as producers do: what was not answered, or answered 5xx, is posted again with its idempotency key. */
export const post = async (event: PlannedEvent, producer: Producer): Promise<Posted> => {
  let why = '';
  for (let tries = 1; tries <= BACK_OFF.attempts; tries += 1) {
    producer.signal.throwIfAborted();
    if (tries > 1) await wait(backOffMs(tries - 1, BACK_OFF, 0.5 + Math.random() / 2));
    const answer = await postOnce(event, producer).catch((error: unknown) => ({ status: 0, text: String(error) }));
    why = `${answer.status} ${answer.text.slice(0, 200)}`;
    if (answer.status === 202) {
      return { kind: 'accepted', messageId: (JSON.parse(answer.text) as { id: string }).id, tries };
    }
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) break;
  }
  return { kind: 'refused', why };
};

const postOnce = async (
  { application, number, eventType, channels, payload }: PlannedEvent,
  { baseUrl, applications, run, signal }: Producer,
): Promise<{ status: number; text: string }> => {
  const { token, appId } = applications[application] ?? { token: '', appId: '' };
  const also = channels === undefined ? '' : `"channels":${JSON.stringify(channels)},`;
  const response = await fetch(`${baseUrl}/api/v1/app/${appId}/msg`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': `${run}-${number}`,
    },
    body: `{"eventType":"${eventType}",${also}"payload":${payload}}`,
    signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MILLISECONDS)]),
  });
  return { status: response.status, text: await response.text() };
};
