import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { name, readConfig, wholeNumber } from '@fanfare/core/config';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { METRIC } from '@fanfare/core/telemetry/metric-names';
import { count, makeMetrics, publish } from '@fanfare/core/telemetry/metrics';
import { traced } from '@fanfare/core/telemetry/tracer';
import * as z from 'zod/mini';
import { failureQueue } from '../adapters/failure-queue.ts';
import { functionCalls } from '../adapters/function-calls.ts';
import { lazyRecordBucket } from '../adapters/lazy-record-bucket.ts';
import { runState } from '../domain/run-state.ts';
import { type StepTaken, takeStep } from '../domain/take-step.ts';

const config = readConfig(z.object({ STAGE: name, STEPS_PER_EXECUTION: wholeNumber }), process.env);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const ports = {
  // The URL of a queue says which it is, and not where to send what is for it: that is AWS and nobody else.
  queue: failureQueue(traced(new SQSClient({ useQueueUrlAsEndpoint: false }))),
  bucket: lazyRecordBucket(),
  callAgain: functionCalls(traced(new LambdaClient({})), config.STAGE),
  now: Date.now,
  stage: config.STAGE,
};

/** Called by the state machine: takes one step of a redrive. */
export const handler = async (event: unknown): Promise<StepTaken> => {
  const state = runState.parse(event);
  try {
    const taken = await takeStep(state, config.STEPS_PER_EXECUTION, ports);
    const before = state.progress?.done ?? 0;
    const { done = 0, there = 0, failed = [], alsoFailed = 0, endReason } = taken.progress ?? {};
    count(metrics, METRIC.failedWorkRedriven, done - before);
    const { run, page, next } = taken;
    const line = { run, store: state.store.name, page, next, there, done, failed: failed.length + alsoFailed };
    if (next === 'end') logger.info('redrive.ended', { ...line, reason: endReason });
    else logger.debug('redrive.step-taken', line);
    return taken;
  } finally {
    publish(metrics);
  }
};
