/** The template parameter of a contract key: `table/stream-arn` is imported as `TableStreamArn`. */
export const parameterName = (key: string): string =>
  key
    .split(/[/-]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

/** What the platform stack publishes beside Terraform's contract. */
export const PLATFORM_EXPORTS = ['layer/telemetry/arn'] as const;

/** The SSM parameter of a contract key. */
export const parameterPath = (stage: string, key: string): string => `/fanfare/${stage}/${key}`;
