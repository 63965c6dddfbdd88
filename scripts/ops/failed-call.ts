import * as z from 'zod';

/** What Lambda keeps of an asynchronous call that failed. Source: Lambda Developer Guide, "Configuring destinations". */
export const failedCall = z.object({
  requestContext: z.object({ functionArn: z.string(), condition: z.string() }),
  requestPayload: z.record(z.string(), z.unknown()),
  responsePayload: z.optional(z.unknown()),
});

/** Without its version or alias. */
export const functionNameOf = (arn: string): string | undefined => /:function:([\w-]+)(:|$)/.exec(arn)?.[1];
