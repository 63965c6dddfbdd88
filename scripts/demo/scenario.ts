import { ACCEPT, type Behaviour } from '../receiver/behaviour.ts';

/** What the demo sends and to whom, and so what has to be received. */
export type ScenarioEndpoint = {
  readonly name: string;
  readonly path: string;
  readonly eventTypes: readonly string[];
  readonly behaviour: Behaviour;
};

export type ScenarioMessage = { readonly eventType: string; readonly payload: Readonly<Record<string, unknown>> };

export const ENDPOINTS: readonly ScenarioEndpoint[] = [
  {
    name: 'warehouse',
    path: '/warehouse',
    eventTypes: ['order.placed'],
    behaviour: ACCEPT,
  },
  {
    name: 'accounting',
    path: '/accounting',
    eventTypes: ['order.placed', 'invoice.paid'],
    behaviour: { kind: 'answer', statuses: [500, 503, 200] },
  },
];

export const MESSAGES: readonly ScenarioMessage[] = [
  { eventType: 'order.placed', payload: { order: 'A-1001', items: [{ sku: 'lamp', count: 2 }], total: '79.90' } },
  { eventType: 'invoice.paid', payload: { invoice: 'R-2001', amount: '79.90', note: 'Grüße aus Köln' } },
  { eventType: 'customer.moved', payload: { customer: 'C-3001' } },
];

/** Whether an endpoint is to receive a message. */
export const matches = (endpoint: ScenarioEndpoint, message: ScenarioMessage): boolean =>
  endpoint.eventTypes.includes(message.eventType);

/** The statuses that a delivery goes through until it succeeds. */
export const expectedStatuses = ({ behaviour }: ScenarioEndpoint): readonly number[] =>
  behaviour.kind === 'answer' ? behaviour.statuses : [];
