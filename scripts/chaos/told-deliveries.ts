import type { Svix } from 'svix';
import { deliveryName, type Told } from './ledger.ts';

export type KnownEndpoint = {
  readonly name: string;
  readonly orgId: string;
  readonly appId: string;
  readonly endpointId: string;
  readonly secret: string;
  readonly svix: Svix;
};

const STATUSES: Readonly<Record<number, Told['status']>> = { 0: 'success', 1: 'pending', 2: 'fail', 3: 'sending' };
/** Small enough for the emulator to answer in time, whatever it holds by then. */
const PAGE = 50;

/** How each delivery to an endpoint stands, as anybody may read it through the API. */
export const toldDeliveries = async (endpoints: readonly KnownEndpoint[]): Promise<Map<string, Told>> => {
  const told = new Map<string, Told>();
  for (const endpoint of endpoints) {
    for await (const { messageId, status } of messagesOf(endpoint)) {
      const attempts = status === 'fail' ? { attempts: await attemptsOf(endpoint, messageId) } : {};
      told.set(deliveryName(endpoint.name, messageId), { status, ...attempts });
    }
  }
  return told;
};

async function* messagesOf({ svix, appId, endpointId }: KnownEndpoint) {
  let iterator: string | null | undefined;
  do {
    const page = await svix.messageAttempt.listAttemptedMessages(appId, endpointId, {
      limit: PAGE,
      ...(iterator ? { iterator } : {}),
    });
    for (const { id, status } of page.data) yield { messageId: id, status: STATUSES[status] ?? 'pending' };
    iterator = page.done ? undefined : page.iterator;
  } while (iterator);
}

const attemptsOf = async ({ svix, appId, endpointId }: KnownEndpoint, messageId: string): Promise<number> =>
  (await svix.messageAttempt.listByMsg(appId, messageId, { endpointId, limit: PAGE })).data.length;
