import type { AwsCall } from './aws-call.ts';
import type { WireAnswer } from './wire.ts';

/** Why AWS does not do what it is asked: the answers of a service whose limits are reached, or that is ill. */
export type Refusal = 'throttled' | 'failing' | 'unavailable';

type Told = { readonly status: number; readonly code: string };

/** As each service's API reference lists its errors. */
const TOLD: Readonly<Record<string, Partial<Record<Refusal, Told>>>> = {
  dynamodb: {
    throttled: { status: 400, code: 'ProvisionedThroughputExceededException' },
    failing: { status: 500, code: 'InternalServerError' },
    unavailable: { status: 503, code: 'ServiceUnavailable' },
  },
  sns: {
    throttled: { status: 429, code: 'Throttled' },
    failing: { status: 500, code: 'InternalError' },
    unavailable: { status: 503, code: 'ServiceUnavailable' },
  },
  sqs: { throttled: { status: 400, code: 'RequestThrottled' }, failing: { status: 500, code: 'InternalFailure' } },
  kms: {
    failing: { status: 500, code: 'KMSInternalException' },
    unavailable: { status: 503, code: 'DependencyTimeoutException' },
  },
  s3: { throttled: { status: 503, code: 'SlowDown' }, failing: { status: 500, code: 'InternalError' } },
};

/** The errors that all services share. */
const COMMON: Record<Refusal, Told> = {
  throttled: { status: 400, code: 'ThrottlingException' },
  failing: { status: 500, code: 'InternalServerError' },
  unavailable: { status: 503, code: 'ServiceUnavailable' },
};

const MESSAGE = 'injected on the wire';

/** The answer of a service that refuses a call, in the form of the protocol that the call came by. */
export const refusalAnswer = (call: Pick<AwsCall, 'service' | 'protocol'>, refusal: Refusal): WireAnswer => {
  const { status, code } = TOLD[call.service]?.[refusal] ?? COMMON[refusal];
  const type = status < 500 ? 'Sender' : 'Receiver';
  switch (call.protocol) {
    case 'query':
      return xml(
        status,
        `<ErrorResponse><Error><Type>${type}</Type><Code>${code}</Code><Message>${MESSAGE}</Message></Error></ErrorResponse>`,
      );
    case 'rest':
      return xml(status, `<Error><Code>${code}</Code><Message>${MESSAGE}</Message></Error>`);
    case 'json':
      return {
        status,
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          ...(call.service === 'sqs' ? { 'x-amzn-query-error': `${code};${type}` } : {}),
        },
        body: Buffer.from(JSON.stringify({ __type: `com.amazonaws.${call.service}#${code}`, message: MESSAGE })),
      };
  }
};

const xml = (status: number, text: string): WireAnswer => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: Buffer.from(text),
});
