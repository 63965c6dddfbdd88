import type { APIGatewayProxyEventV2 } from 'aws-lambda';

type Given = {
  readonly method?: string;
  readonly path: string;
  /** The API Gateway route that matched, and the variables it took from the path. */
  readonly routeKey?: string;
  readonly pathParameters?: Record<string, string>;
  readonly query?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
};

/** A call as API Gateway's HTTP API hands it over, payload format 2.0. */
export const apiRequest = (given: Given): APIGatewayProxyEventV2 => {
  const {
    method = 'GET',
    path,
    routeKey = '$default',
    query = '',
    headers = {},
    body,
    isBase64Encoded = false,
  } = given;
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: query,
    headers: { 'content-type': 'application/json', host: 'abc123.execute-api.us-east-1.amazonaws.com', ...headers },
    ...(query !== '' && { queryStringParameters: joined(query) }),
    ...(given.pathParameters !== undefined && { pathParameters: given.pathParameters }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'abc123',
      domainName: 'abc123.execute-api.us-east-1.amazonaws.com',
      domainPrefix: 'abc123',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey,
      stage: '$default',
      time: '23/Nov/2026:16:50:30 +0000',
      timeEpoch: 1_795_452_630_479,
    },
    ...(body !== undefined && { body }),
    isBase64Encoded,
  };
};

/** API Gateway decodes the query and joins what is given several times by commas. */
const joined = (query: string): Record<string, string> => {
  const parameters: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    parameters[name] = name in parameters ? `${parameters[name]},${value}` : value;
  }
  return parameters;
};
