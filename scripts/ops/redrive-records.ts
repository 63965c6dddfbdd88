import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import type { Message } from '@aws-sdk/client-sqs';
import { type Concerned, concerned } from './failed-records.ts';
import { giveBack } from './peek.ts';
import { depthOf, type Queue } from './queues.ts';
import { EMPTY_POLLS, MOST_AT_ONCE, receive, remove } from './redrive.ts';
import { refanMessages, refanSpan } from './refan.ts';
import type { OpsStage } from './stage.ts';

export type RecordsReport = {
  /** Records or objects that were looked at. */
  readonly there: number;
  /** Of those, what was done and taken away. */
  readonly done: number;
  readonly published: number;
  /** What stays, and why. */
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
  readonly interrupted: boolean;
};

type Progress = (report: RecordsReport) => void;
type Stored = { readonly id: string; readonly text: string; readonly remove: () => Promise<void> };

/** Longer than ten calls of the function take. */
const VISIBILITY_SECONDS = 3_600;

/**
 * Does again what a store of records holds: fans messages out, takes records in, makes calls. Takes away what could be. Repeats
 * and ends do no harm.
 */
export const redriveRecords = async (
  stage: OpsStage,
  records: AsyncIterable<Stored>,
  ratePerSecond: number,
  signal: AbortSignal,
  onProgress: Progress,
): Promise<RecordsReport> => {
  let report: RecordsReport = { there: 0, done: 0, published: 0, failed: [], interrupted: false };
  for await (const { id, text, remove } of records) {
    if (signal.aborted) return { ...report, interrupted: true };
    const { published, problem } = await doOne(stage, text, signal);
    if (problem === undefined) await remove();
    report = {
      ...report,
      there: report.there + 1,
      published: report.published + published,
      done: report.done + (problem === undefined ? 1 : 0),
      failed: problem === undefined ? report.failed : [...report.failed, { id, reason: problem }],
    };
    onProgress(report);
    await sleep(1000 / ratePerSecond, undefined, { signal }).catch(() => undefined);
  }
  return report;
};

const doOne = async (
  stage: OpsStage,
  text: string,
  signal: AbortSignal,
): Promise<{ readonly published: number; readonly problem?: string }> => {
  const about = concerned(text);
  if (about.kind === 'unreadable') return { published: 0, problem: about.reason };
  if (about.kind === 'intake') return takeInAgain(stage, about.records);
  if (about.kind === 'call') return callAgain(stage, about);
  const { published, problems } =
    about.kind === 'messages' ? await refanMessages(stage, about.refs) : await refanSpan(stage, about.span, signal);
  return { published, ...(problems[0] === undefined ? {} : { problem: problems[0].problem }) };
};

/** Gives records to their function once more, which accepts none of them twice. */
const takeInAgain = (stage: OpsStage, Records: readonly unknown[]): Promise<Called> =>
  call(stage, `fanfare-${stage.stage}-ingest-stream`, { Records });

/** Makes a call once more, and waits for it this time. */
const callAgain = async (
  stage: OpsStage,
  { functionName, event }: Extract<Concerned, { kind: 'call' }>,
): Promise<Called> =>
  functionName.startsWith(`fanfare-${stage.stage}-`)
    ? call(stage, functionName, event)
    : { published: 0, problem: `${functionName} is no function of this stage` };

type Called = { readonly published: 0; readonly problem?: string };

const call = async ({ lambda }: OpsStage, name: string, event: unknown): Promise<Called> => {
  const { FunctionError, Payload = new Uint8Array() } = await lambda.send(
    new InvokeCommand({ FunctionName: name, Qualifier: 'live', Payload: JSON.stringify(event) }),
  );
  if (FunctionError === undefined) return { published: 0 };
  return { published: 0, problem: `${name} failed again: ${new TextDecoder().decode(Payload).slice(0, 200)}` };
};

/** The records of a queue: as many as stood there when this began. What is not taken away is given back at the end. */
export async function* queuedRecords({ sqs }: OpsStage, queue: Queue): AsyncGenerator<Stored> {
  const there = await depthOf(sqs, queue);
  const kept = new Set<Message>();
  let seen = 0;
  try {
    for (let emptyPolls = 0; seen < there && emptyPolls < EMPTY_POLLS; ) {
      const messages = await receive(sqs, queue, Math.min(MOST_AT_ONCE, there - seen), VISIBILITY_SECONDS);
      emptyPolls = messages.length === 0 ? emptyPolls + 1 : 0;
      for (const message of messages) kept.add(message);
      for (const message of messages) {
        seen += 1;
        const take = async (): Promise<void> => {
          if ((await remove(sqs, queue, [message])) === 0) kept.delete(message);
        };
        yield { id: message.MessageId ?? '', text: message.Body ?? '', remove: take };
      }
    }
  } finally {
    await giveBack(sqs, queue.url, [...kept]);
  }
}

/** The objects of a bucket, as they stood when each page of them was listed. */
export async function* storedRecords({ s3 }: OpsStage, bucket: string): AsyncGenerator<Stored> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
    for (const { Key = '' } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
      yield {
        id: Key,
        text: (await Body?.transformToString()) ?? '',
        remove: async () => void (await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }))),
      };
    }
  }
}
