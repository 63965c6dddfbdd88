/** Who there is in a run: organisations, applications and their endpoints, and what is sent to them. */

export type Wish = {
  readonly eventTypes?: readonly string[];
  readonly channels?: readonly string[];
};

export type PlannedEndpoint = Wish & {
  /** Its path at the receiver. */
  readonly name: string;
  readonly application: number;
  readonly trouble: Trouble;
};

/** How an endpoint treats the messages it is in trouble with, before it recovers. */
export type Trouble =
  | 'none'
  | 'hangs'
  | 'resets'
  | 'answers-rubbish'
  | 'drips'
  | 'answers-500'
  | 'answers-429'
  | 'answers-503'
  | 'redirects'
  | 'breaks-off';

export type PlannedEvent = {
  readonly number: number;
  readonly application: number;
  readonly eventType: string;
  readonly channels?: readonly string[];
  /** The very bytes of the payload. */
  readonly payload: string;
};

export const APPLICATIONS = 4;

const EVENT_TYPES = ['order.created', 'order.paid', 'order.refunded', 'order.cancelled', 'order.noted'];
const CHANNELS = [undefined, ['eu'], ['us'], ['eu', 'us'], undefined] as const;

const WISHES: readonly Wish[] = [
  { eventTypes: ['order.created'] },
  { eventTypes: ['order.paid', 'order.refunded'] },
  { channels: ['eu'] },
  { eventTypes: ['order.paid'], channels: ['us'] },
  { eventTypes: ['order.cancelled'] },
];

/** Each application has one endpoint that is well. */
const TROUBLES: readonly Trouble[] = [
  ...(['none', 'answers-500', 'answers-429', 'resets', 'drips'] as const),
  ...(['answers-rubbish', 'none', 'hangs', 'redirects', 'answers-503'] as const),
  ...(['breaks-off', 'resets', 'none', 'answers-500', 'answers-rubbish'] as const),
  ...(['answers-429', 'answers-503', 'redirects', 'none', 'breaks-off'] as const),
];

export const ENDPOINTS: readonly PlannedEndpoint[] = TROUBLES.map((trouble, index) => {
  const application = Math.floor(index / WISHES.length);
  return { ...WISHES[index % WISHES.length], trouble, application, name: `a${application}-e${index % WISHES.length}` };
});

export const plannedEvent = (number: number): PlannedEvent => {
  const channels = CHANNELS[Math.floor(number / APPLICATIONS / EVENT_TYPES.length) % CHANNELS.length];
  return {
    number,
    application: number % APPLICATIONS,
    eventType: EVENT_TYPES[Math.floor(number / APPLICATIONS) % EVENT_TYPES.length] ?? '',
    ...(channels === undefined ? {} : { channels }),
    // Spelled as no serializer would: whoever reads and writes it anew is found out.
    payload: `{"number": ${number},"amount":${number % 97}.50,"note":"Gr\\u00fc\\u00dfe ${'🎺'.repeat(number % 7)}", "b":1,"a":2}`,
  };
};

/** Whether an endpoint asked for an event, by the words of the API's reference and not by the code under test. */
export const isWanted = (
  { application, eventTypes, channels }: PlannedEndpoint,
  event: Pick<PlannedEvent, 'application' | 'eventType' | 'channels'>,
): boolean =>
  application === event.application &&
  (eventTypes === undefined || eventTypes.includes(event.eventType)) &&
  (channels === undefined || channels.some((channel) => event.channels?.includes(channel) ?? false));
