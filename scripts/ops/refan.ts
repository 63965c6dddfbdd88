import { InvokeCommand, TooManyRequestsException } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { Failure } from '../toolchain/failure.mjs';
import { progress } from './print.ts';
import type { OpsStage } from './stage.ts';

const answer = z.object({
  messages: z.number(),
  published: z.number(),
  problems: z.array(
    z.object({
      ref: z.object({ orgId: z.string(), appId: z.string(), messageId: z.string() }),
      problem: z.string(),
    }),
  ),
  next: z.optional(z.looseObject({ fromMs: z.number() })),
});

/** What a fan-out again has done. */
export type RefanReport = Omit<z.infer<typeof answer>, 'next'>;

export type Span = { readonly fromMs: number; readonly untilMs: number; readonly appId?: string };

const NOTHING: RefanReport = { messages: 0, published: 0, problems: [] };

/**
 * Has what was accepted in a span of time fanned out again, where something is missing. The function publishes, with its
 * own role: an operator needs no permission but to call it. Each call goes on where the one before ran out of time.
 */
export const refanSpan = async (stage: OpsStage, span: Span, signal: AbortSignal): Promise<RefanReport> => {
  let report = NOTHING;
  let next: object | undefined = span;
  while (next !== undefined) {
    signal.throwIfAborted();
    const done: z.infer<typeof answer> = await invoke(stage, next);
    report = sum(report, done);
    next = done.next;
    const until = new Date(done.next?.fromMs ?? span.untilMs).toISOString();
    progress(`${report.messages} messages looked at, ${report.published} tasks published, up to ${until}`);
  }
  return report;
};

const sum = (one: RefanReport, { messages, published, problems }: RefanReport): RefanReport => ({
  messages: one.messages + messages,
  published: one.published + published,
  problems: [...one.problems, ...problems],
});

const invoke = async ({ lambda, stage }: OpsStage, request: object): Promise<z.infer<typeof answer>> => {
  const name = `fanfare-${stage}-refan`;
  try {
    const { FunctionError, Payload = new Uint8Array() } = await lambda.send(
      new InvokeCommand({ FunctionName: name, Qualifier: 'live', Payload: JSON.stringify(request) }),
    );
    const text = new TextDecoder().decode(Payload);
    if (FunctionError === undefined) return answer.parse(JSON.parse(text));
    throw new Failure(`${name} failed; what was not published can be asked for again.`, {
      details: [text.slice(0, 500)],
    });
  } catch (error) {
    if (error instanceof TooManyRequestsException) {
      throw new Failure(`${name} is throttled: ask again in a minute.`, { cause: error });
    }
    if (error instanceof Error && error.name === 'ResourceNotFoundException') {
      throw new Failure(`The function ${name} is not there: deploy the service 'fanout'.`, { cause: error });
    }
    throw error;
  }
};
