import type { AwsCall } from './aws-call.ts';
import type { WireAnswer } from './wire.ts';

/** A batch of which AWS does a part: what it is given of it, and what it says of the rest. */
export type PartialBatch = {
  /** As long as the whole call: a length is signed, and blanks at the end mean nothing. */
  readonly body: Buffer;
  readonly amend: (answer: WireAnswer) => WireAnswer;
};

const ERROR = { Code: 'InternalError', Message: 'injected on the wire', SenderFault: false };

/** Leaves a share of a batch's entries undone, at least one. `undefined` for a call that is no batch. */
export const partialBatch = ({ operation, body }: Pick<AwsCall, 'operation' | 'body'>, share: number) => {
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

/** Our batches are of one table. DynamoDB takes no empty batch, so one entry is always done. */
const ofTable = (body: Buffer, share: number, left: 'UnprocessedKeys' | 'UnprocessedItems'): PartialBatch | undefined => {
  const call = JSON.parse(body.toString('utf8')) as TableBatch;
  const [[table, wanted] = []] = Object.entries(call.RequestItems);
  if (table === undefined || wanted === undefined) return undefined;
  const split = splitAt(Array.isArray(wanted) ? wanted : wanted.Keys, share);
  if (split === undefined) return undefined;
  const [done, undone] = split;
  const some = (entries: unknown[]) => (Array.isArray(wanted) ? entries : { ...wanted, Keys: entries });
  return {
    body: padded(JSON.stringify({ ...call, RequestItems: { [table]: some(done) } }), body.length, ' '),
    amend: amendJson((answer) => ({ ...answer, [left]: { [table]: some(undone) } })),
  };
};

const ofQueue = (body: Buffer, share: number): PartialBatch | undefined => {
  const call = JSON.parse(body.toString('utf8')) as { Entries: { Id: string }[] };
  const split = splitAt(call.Entries, share);
  if (split === undefined) return undefined;
  const [done, undone] = split;
  const Failed = undone.map(({ Id }) => ({ Id, ...ERROR }));
  return {
    body: padded(JSON.stringify({ ...call, Entries: done }), body.length, ' '),
    amend: amendJson((answer) => ({ ...answer, Failed })),
  };
};

const ENTRY = /^PublishBatchRequestEntries\.member\.(\d+)\./;

const ofTopic = (body: Buffer, share: number): PartialBatch | undefined => {
  const pairs = body.toString('utf8').split('&');
  const numbers = [...new Set(pairs.flatMap((pair) => ENTRY.exec(pair)?.[1] ?? []))];
  const split = splitAt(numbers, share);
  if (split === undefined) return undefined;
  const undone = new Set(split[1]);
  const isUndone = (pair: string): boolean => undone.has(ENTRY.exec(pair)?.[1] ?? '');
  const ids = pairs
    .filter((pair) => isUndone(pair) && pair.includes('.Id='))
    .map((pair) => decodeURIComponent(pair.slice(pair.indexOf('=') + 1)));
  const failed = ids.map(
    (id) =>
      `<member><Id>${id}</Id><Code>${ERROR.Code}</Code><Message>${ERROR.Message}</Message><SenderFault>false</SenderFault></member>`,
  );
  return {
    body: padded(pairs.filter((pair) => !isUndone(pair)).join('&'), body.length, '&'),
    amend: (answer) => {
      const text = answer.body.toString('utf8').replace(/<Failed\s*\/>|<Failed>\s*<\/Failed>/, '');
      const amended = text.replace('</PublishBatchResult>', `<Failed>${failed.join('')}</Failed></PublishBatchResult>`);
      return { ...answer, body: Buffer.from(amended) };
    },
  };
};

/** What is done and what is not, at least one of each. */
const splitAt = <T>(entries: readonly T[], share: number): readonly [T[], T[]] | undefined => {
  if (entries.length < 2) return undefined;
  const undone = Math.min(entries.length - 1, Math.max(1, Math.round(share * entries.length)));
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
    const body = Buffer.from(JSON.stringify(change(JSON.parse(answer.body.toString('utf8')))));
    return { ...answer, headers, body };
  };
