import type { IncomingHttpHeaders } from 'node:http';

/** A call of an AWS API as it stands on the wire. */
export type AwsCall = {
  readonly service: string;
  readonly operation: string;
  /** The same for each try that the SDK makes of one call. */
  readonly invocationId: string | undefined;
  /** Whether a function made it: those who deploy and look on have the emulator's own key. */
  readonly isFunctions: boolean;
  readonly protocol: 'json' | 'query' | 'rest';
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};

const SCOPE = /Credential=([^/]+)\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/;
const EMULATORS_OWN_KEY = 'test';

/** Reads from the signature and the body what a request asks of AWS; `undefined` when it is signed by nobody. */
export const awsCall = (method: string, headers: IncomingHttpHeaders, body: Buffer): AwsCall | undefined => {
  const [, accessKey, service] = SCOPE.exec(headers.authorization ?? '') ?? [];
  if (accessKey === undefined || service === undefined) return undefined;
  const invocationId = headers['amz-sdk-invocation-id'];
  return {
    service,
    ...operationOf(method, headers, body),
    invocationId: typeof invocationId === 'string' ? invocationId : undefined,
    isFunctions: accessKey !== EMULATORS_OWN_KEY,
    headers,
    body,
  };
};

const operationOf = (
  method: string,
  headers: IncomingHttpHeaders,
  body: Buffer,
): Pick<AwsCall, 'operation' | 'protocol'> => {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return { operation: target.split('.').at(-1) ?? target, protocol: 'json' };
  if (!(headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')) {
    return { operation: method, protocol: 'rest' };
  }
  return { operation: new URLSearchParams(body.toString('utf8')).get('Action') ?? method, protocol: 'query' };
};
