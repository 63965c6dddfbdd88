import type { AwsCall } from './aws-call.ts';
import type { WireAnswer } from './wire.ts';

/** A batch of which AWS does a part: what it is given of it, and what it says of the rest. */
export type PartialBatch = {
  /** As long as the whole call: a length is signed, and blanks at the end mean nothing. Absent when nothing is done. */
  readonly body?: Buffer;
  /** The answer to that body, or to nothing, as the answer to the whole call. */
  readonly amend: (answer: WireAnswer) => WireAnswer;
};

const ERROR = { Code: 'InternalError', Message: 'injected on the wire', SenderFault: false };

/** What a batch is answered of which nothing is done. */
export const NOTHING_DONE: WireAnswer = { status: 200, headers: {}, body: Buffer.alloc(0) };

/** Leaves a share of a batch's entries undone, at least one. `undefined` for what cannot be done in part. */
export const partialBatch = (
  { operation, body }: Pick<AwsCall, 'operation' | 'body'>,
  share: number,
): PartialBatch | undefined => {
  switch (operation) {
    case 'BatchGetItem':
      return ofTable(body, share, 'UnprocessedKeys');
    case 'BatchWriteItem':
      return ofTable(body, share, 'UnprocessedItems');
    case 'SendMessageBatch':
      return ofQueue(body, share);
    case 'PublishBatch':
      return ofTopic(body, share);
    default:
      return undefined;
  }
};

type TableBatch = { RequestItems: Record<string, unknown[] | { Keys: unknown[] }> };

/** Our batches are of one table. Of a batch of which it can do nothing DynamoDB says so otherwise. */
const ofTable = (
  body: Buffer,
  share: number,
  left: 'UnprocessedKeys' | 'UnprocessedItems',
): PartialBatch | undefined => {
  const call = JSON.parse(body.toString('utf8')) as TableBatch;
  const [[table, wanted] = []] = Object.entries(call.RequestItems);
  if (table === undefined || wanted === undefined) return undefined;
  const [done, undone] = splitAt(Array.isArray(wanted) ? wanted : wanted.Keys, share);
  if (done.length === 0) return undefined;
  const some = (entries: unknown[]) => (Array.isArray(wanted) ? entries : { ...wanted, Keys: entries });
  return {
    body: padded(JSON.stringify({ ...call, RequestItems: { [table]: some(done) } }), body.length, ' '),
    amend: amendJson((answer) => ({ ...answer, [left]: { [table]: some(undone) } })),
  };
};

const ofQueue = (body: Buffer, share: number): PartialBatch | undefined => {
  const call = JSON.parse(body.toString('utf8')) as { Entries: { Id: string }[] };
  const [done, undone] = splitAt(call.Entries, share);
  const Failed = undone.map(({ Id }) => ({ Id, ...ERROR }));
  const amend = amendJson((answer) => ({ Successful: [], ...answer, Failed }));
  if (done.length === 0) return { amend };
  return { body: padded(JSON.stringify({ ...call, Entries: done }), body.length, ' '), amend };
};

const ENTRY = /^PublishBatchRequestEntries\.member\.(\d+)\./;

const ofTopic = (body: Buffer, share: number): PartialBatch | undefined => {
  const pairs = body.toString('utf8').split('&');
  const [done, undone] = splitAt([...new Set(pairs.flatMap((pair) => ENTRY.exec(pair)?.[1] ?? []))], share);
  const isUndone = (pair: string): boolean => undone.includes(ENTRY.exec(pair)?.[1] ?? '');
  const ids = pairs
    .filter((pair) => isUndone(pair) && pair.includes('.Id='))
    .map((pair) => decodeURIComponent(pair.slice(pair.indexOf('=') + 1)));
  const failed = `<Failed>${ids.map(failedMember).join('')}</Failed>`;
  const amend = (answer: WireAnswer): WireAnswer => {
    const text = answer.body.length === 0 ? NO_RESULT : answer.body.toString('utf8');
    const amended = text.replace(/<Failed\s*\/>|<Failed>\s*<\/Failed>/, '').replace(RESULT_END, failed + RESULT_END);
    return { ...answer, headers: { ...answer.headers, 'content-type': 'text/xml' }, body: Buffer.from(amended) };
  };
  if (done.length === 0) return { amend };
  return { body: padded(pairs.filter((pair) => !isUndone(pair)).join('&'), body.length, '&'), amend };
};

const RESULT_END = '</PublishBatchResult>';
const NO_RESULT = `<PublishBatchResponse><PublishBatchResult><Successful/>${RESULT_END}</PublishBatchResponse>`;

const failedMember = (id: string): string =>
  `<member><Id>${id}</Id><Code>${ERROR.Code}</Code><Message>${ERROR.Message}</Message><SenderFault>false</SenderFault></member>`;

/** What is done and what is not: at least one is not, and of several at least one is. */
const splitAt = <T>(entries: readonly T[], share: number): readonly [done: T[], undone: T[]] => {
  const undone = Math.max(1, Math.min(entries.length - 1, Math.round(share * entries.length)));
  return [entries.slice(undone), entries.slice(0, undone)];
};

const padded = (text: string, length: number, filler: string): Buffer => {
  const short = Buffer.from(text);
  return Buffer.concat([short, Buffer.alloc(Math.max(0, length - short.length), filler)]);
};

const amendJson =
  (change: (answer: Record<string, unknown>) => Record<string, unknown>) =>
  (answer: WireAnswer): WireAnswer => {
    const { 'x-amz-crc32': _ofTheWhole, ...headers } = answer.headers;
    const told = answer.body.length === 0 ? {} : JSON.parse(answer.body.toString('utf8'));
    const contentType = { 'content-type': 'application/x-amz-json-1.0' };
    return { ...answer, headers: { ...contentType, ...headers }, body: Buffer.from(JSON.stringify(change(told))) };
  };
