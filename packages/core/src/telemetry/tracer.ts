/**
 * X-Ray is loaded only where tracing is on: importing the tracer costs more start-up time than everything else in the
 * layer together.
 */
const tracer = process.env.TRACING === 'on' ? new (await import('@aws-lambda-powertools/tracer')).Tracer() : undefined;

/** Records the calls of an AWS client as subsegments where tracing is on; otherwise hands the client back as it is. */
export const traced = <T extends object>(client: T): T => tracer?.captureAWSv3Client(client) ?? client;
