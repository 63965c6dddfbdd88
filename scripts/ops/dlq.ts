import { Failure } from '../toolchain/failure.mjs';
import { listStores } from './dlq-list.ts';
import type { FailureStore } from './failure-stores.ts';
import { peek } from './peek.ts';
import { age, printResult, progress, table } from './print.ts';
import { type RedriveReport, redrive } from './redrive.ts';
import { queuedRecords, redriveRecords, storedRecords } from './redrive-records.ts';
import { refanSpan, type Span } from './refan.ts';
import { type Shown, shown } from './shown.ts';
import { type OpsStage, storeNamed } from './stage.ts';

/** `ops dlq list` */
export const printStores = async (stage: OpsStage, json: boolean): Promise<void> => {
  const states = await listStores(stage, Date.now());
  printResult(states, json, () =>
    table(
      ['STORE', 'KIND', 'DEPTH', 'OLDEST', 'READ BY', 'PLACE'],
      states.map(({ name, kind, depth, oldestSeconds, seen, readBy, place }) => [
        name,
        kind,
        String(depth),
        `${age(oldestSeconds)}${seen < depth ? ` (of ${seen} seen)` : ''}`,
        readBy.join(', ') || 'nobody',
        place,
      ]),
    ),
  );
};

/** `ops dlq show` */
export const printMessages = async (stage: OpsStage, name: string, limit: number, json: boolean): Promise<void> => {
  const store = storeNamed(stage, name);
  if (store.kind === 'failure-bucket') {
    throw new Failure(`${name} is a bucket: list it with 'aws s3 ls --recursive s3://${store.bucket}/'.`);
  }
  const messages = (await peek(stage.sqs, store.queue.url, limit)).map(shown);
  printResult(messages, json, () =>
    messages.length === 0 ? `${name} is empty.` : messages.map(paragraph).join('\n\n'),
  );
};

const paragraph = ({ messageId, sentAt, receives, groupId, attributes, bodyBytes, body }: Shown): string =>
  [
    `${messageId}  sent ${sentAt}, received ${receives} times, ${bodyBytes} bytes`,
    ...Object.entries({ ...(groupId === undefined ? {} : { group: groupId }), ...attributes, ...body }).map(
      ([field, value]) => `  ${field.padEnd(16)}${typeof value === 'object' ? JSON.stringify(value) : value}`,
    ),
  ].join('\n');

/** `ops dlq redrive` */
export const redriveStore = async (
  stage: OpsStage,
  name: string,
  ratePerSecond: number,
  json: boolean,
  signal: AbortSignal,
): Promise<void> => {
  const store = storeNamed(stage, name);
  if (store.kind === 'dead-letters') return redriveLane(stage, store, ratePerSecond, json, signal);
  if (store.kind === 'rejects') {
    throw new Failure(
      `What is in ${name} was refused for what it is, and would be again: 'dlq show' tells why. Its sender corrects it and sends it again.`,
    );
  }
  const records =
    store.kind === 'failure-bucket' ? storedRecords(stage, store.bucket) : queuedRecords(stage, store.queue);
  const report = await redriveRecords(stage, records, ratePerSecond, signal, ({ there, done }) =>
    progress(`${done} of ${there} so far`),
  );
  printResult({ store: name, ...report }, json, () =>
    [
      `${report.done} of ${report.there} records done again, which took ${report.published} tasks.`,
      ...report.failed.map(({ id, reason }) => `${id} stays: ${reason}`),
    ].join('\n'),
  );
  if (report.interrupted) signal.throwIfAborted();
  if (report.failed.length > 0) {
    throw new Failure(`${report.failed.length} records could not be done and stay where they are.`);
  }
};

const redriveLane = async (
  stage: OpsStage,
  store: Extract<FailureStore, { kind: 'dead-letters' }>,
  ratePerSecond: number,
  json: boolean,
  signal: AbortSignal,
): Promise<void> => {
  const report = await redrive(stage.sqs, {
    from: store.queue,
    to: store.source,
    ratePerSecond,
    signal,
    onProgress: ({ moved, failed, there }) => progress(`${moved + failed.length} of ${there}`),
  });
  printResult({ store: store.name, ...report }, json, () => sentenceOf(report, store.source.name));
  if (report.interrupted) signal.throwIfAborted();
  if (report.failed.length > 0) {
    throw new Failure(`${report.failed.length} messages could not be moved and stay where they are.`);
  }
};

const sentenceOf = ({ there, moved, failed, notDeleted, newer }: RedriveReport, lane: string): string =>
  [
    `${moved} of ${there} messages moved to ${lane}.`,
    ...(notDeleted > 0 ? [`${notDeleted} of them also stay where they were: redrive again, it does no harm.`] : []),
    ...(newer > 0 ? [`${newer} that came meanwhile were left.`] : []),
    ...failed.map(({ messageId, reason }) => `${messageId} stays: ${reason}`),
  ].join('\n');

/** `ops refan` */
export const refan = async (stage: OpsStage, span: Span, json: boolean, signal: AbortSignal): Promise<void> => {
  const report = await refanSpan(stage, span, signal);
  const { messages, published, problems } = report;
  printResult(report, json, () =>
    [
      `${messages} messages looked at, ${published} tasks published for what was missing.`,
      ...problems.map(({ ref, problem }) => `${ref.messageId} cannot be fanned out: ${problem}`),
    ].join('\n'),
  );
  if (problems.length > 0) throw new Failure(`${problems.length} messages cannot be fanned out.`);
};
