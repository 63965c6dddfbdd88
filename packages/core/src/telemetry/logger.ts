import { Logger } from '@aws-lambda-powertools/logger';

/**
 * A function's logger. What failed is logged at INFO and above, always; what succeeded at DEBUG, which the sample rate
 * (POWERTOOLS_LOGGER_SAMPLE_RATE) lets through for some invocations: the table is the full record.
 */
export const makeLogger = (stage: string): Logger => new Logger({ persistentKeys: { stage } });

export type { Logger };
