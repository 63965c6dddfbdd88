import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Handled } from '../aws/http-router.ts';
import { CORRELATION_HEADER, correlationId } from './correlation.ts';
import type { Logger } from './logger.ts';
import { METRIC } from './metric-names.ts';
import { count, type Metrics } from './metrics.ts';

/**
 * Counts a call of the API and writes its one line, with the shape of its route. No body, query, URL or uid: they may
 * hold what nobody else should read.
 */
export const reportCall = (
  { logger, metrics }: { readonly logger: Logger; readonly metrics: Metrics },
  { answer, route, principal, refusal }: Handled,
  { headers, requestContext }: Pick<APIGatewayProxyEventV2, 'headers' | 'requestContext'>,
): void => {
  const fields = {
    route,
    status: answer.statusCode,
    org_id: principal?.orgId,
    request_id: requestContext.requestId,
    correlation_id: correlationId(headers[CORRELATION_HEADER], requestContext.requestId),
  };
  if (refusal === undefined) {
    count(metrics, METRIC.callAnswered);
    logger.debug('call.answered', fields);
  } else {
    count(metrics, METRIC.callRefused);
    logger.info('call.refused', { ...fields, reason: refusal });
  }
};
