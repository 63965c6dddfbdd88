import { setTimeout } from 'node:timers/promises';
import { Svix } from 'svix';
import type { Environment } from '../environment/environment.ts';
import { type Receiver, startReceiver } from '../receiver/receiver.ts';
import { type FunctionLog, functionLog } from './function-logs.ts';
import { type RecordedCalls, recordedCalls } from './recorded-calls.ts';

export type StreamOfEvents = {
  readonly events: number;
  /** Each event is for all of them. */
  readonly endpoints: number;
  readonly received: number;
  readonly calls: RecordedCalls;
  readonly logs: Record<string, FunctionLog>;
  readonly payloadBytes: number;
};

const DELIVERIES = 1000;
const AT_ONCE = 10;
const DEADLINE_MS = 300_000;
const FUNCTIONS = ['post-message', 'fan-out', 'deliver-webhook', 'project-stream'];

/**
 * Sends events of 1 KB to an application with some endpoints, through the SDK, and reads what that took: as many events as
 * make 1,000 deliveries.
 */
export const streamEvents = async (
  environment: Environment,
  endpoints: number,
  onProgress: (text: string) => void,
): Promise<StreamOfEvents> => {
  const events = DELIVERIES / endpoints;
  const svix = new Svix(environment.token, { serverUrl: environment.baseUrl });
  const receiver = await startReceiver();
  try {
    const application = await svix.application.create({ name: 'benchmark' });
    for (let made = 0; made < endpoints; made += 1) {
      await svix.endpoint.create(application.id, { url: receiver.url(`/bench/${made}`) });
    }
    await svix.message.create(application.id, paidEvent(-1)); // every function is warm and has its caches filled
    await received(receiver, endpoints);

    const sinceMs = Date.now();
    for (let sent = 0; sent < events; sent += AT_ONCE) {
      const batch = Array.from({ length: AT_ONCE }, (_, index) =>
        svix.message.create(application.id, paidEvent(sent + index)),
      );
      await Promise.all(batch);
      if (sent % 250 === 0)
        onProgress(`${sent} of ${events} accepted, ${receiver.requests.length - endpoints} received`);
    }
    await received(receiver, DELIVERIES + endpoints);
    await quiet();
    const logs = await Promise.all(
      FUNCTIONS.map(
        async (name) => [name, await functionLog(environment.endpoint, `fanfare-local-${name}`, sinceMs)] as const,
      ),
    );
    const calls = await recordedCalls(environment.endpoint, sinceMs);
    const payloadBytes = Buffer.byteLength(JSON.stringify(paidEvent(0).payload));
    return {
      events,
      endpoints,
      received: receiver.requests.length - endpoints,
      calls,
      logs: Object.fromEntries(logs),
      payloadBytes,
    };
  } finally {
    await receiver.stop();
  }
};

const received = async ({ requests }: Receiver, wanted: number): Promise<void> => {
  const deadline = Date.now() + DEADLINE_MS;
  while (requests.length < wanted) {
    if (Date.now() > deadline)
      throw new Error(`${requests.length} of ${wanted} were received in ${DEADLINE_MS / 1000} s`);
    await setTimeout(100);
  }
};

/** The last attempts are received before they are recorded. */
const quiet = () => setTimeout(5_000);

/** An order as a shop would report it, 1 KB as JSON: ids differ from event to event, names repeat, as they do in life. */
export const paidEvent = (number: number) => ({
  eventType: 'order.paid',
  payload: {
    type: 'order.paid',
    timestamp: new Date().toISOString(),
    data: {
      orderId: `ord_${String(number).padStart(12, '0')}`,
      customer: { id: `cus_${(number * 7919) % 100_003}`, email: `customer${number}@example.com`, locale: 'en-GB' },
      currency: 'EUR',
      total: 4990 + (number % 100),
      lines: Array.from({ length: 5 }, (_, line) => ({
        sku: `SKU-${(number * 31 + line * 17) % 9973}`,
        title: ['Espresso cup', 'Tea towel', 'Notebook', 'Candle', 'Water bottle'][line],
        quantity: 1 + ((number + line) % 3),
        unitPrice: 499 + line * 100,
        taxRate: 0.19,
      })),
      shipping: {
        method: 'standard',
        address: { street: `${number} High Street`, city: 'Springfield', country: 'DE' },
      },
      note: 'Please leave the parcel with the neighbours.',
    },
  },
});
