import { Failure } from '../toolchain/failure.mjs';
import { listStores } from './dlq-list.ts';
import { peek } from './peek.ts';
import { age, printResult, table } from './print.ts';
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
