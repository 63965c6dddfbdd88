import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { json, text } from 'node:stream/consumers';

/**
 * Stands for table and bucket of an import, in a process of its own: a file that is made while it is read, and a table that
 * knows the application and the import's task. What is written into it else is taken and forgotten.
 */

type Attributes = Record<string, { readonly S?: string; readonly N?: string }>;
type Call = {
  readonly Key: Attributes;
  readonly Item?: Attributes;
  readonly TransactItems?: readonly { readonly Put: { readonly Item: Attributes } }[];
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Attributes;
};

const ETAG = '"bench"';

process.on('message', ({ bytes, lineBytes }: { bytes: number; lineBytes: number }) => {
  const tasks = new Map<string, Attributes>();
  const table: Record<string, (call: Call) => object> = {
    GetItem: ({ Key }) => {
      const task = tasks.get(`${Key.PK?.S} ${Key.SK?.S}`);
      if (Key.SK?.S === 'VERSION') return { Item: { kind: { S: 'application-version' }, version: { N: '1' } } };
      return task === undefined ? {} : { Item: task };
    },
    PutItem: () => ({}),
    TransactWriteItems: ({ TransactItems = [] }) => {
      for (const { Put } of TransactItems) tasks.set(`${Put.Item.PK?.S} ${Put.Item.SK?.S}`, Put.Item);
      return {};
    },
    UpdateItem: ({ Key, ExpressionAttributeNames = {}, ExpressionAttributeValues = {} }) => {
      const name = `${Key.PK?.S} ${Key.SK?.S}`;
      const set = Object.values(ExpressionAttributeNames).flatMap((field) => {
        const value = ExpressionAttributeValues[`:${field}`];
        return value === undefined ? [] : [[field, value] as const];
      });
      tasks.set(name, { ...tasks.get(name), ...Object.fromEntries(set) });
      return {};
    },
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const target = String(request.headers['x-amz-target'] ?? '');
    if (target !== '') {
      const call = (await json(request)) as Call;
      const body = JSON.stringify(table[target.split('.')[1] ?? '']?.(call) ?? {});
      response.setHeader('content-type', 'application/x-amz-json-1.0').end(body);
      return;
    }
    response.setHeader('etag', ETAG);
    if (request.method === 'PUT') {
      await text(request);
      response.end();
      return;
    }
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(request.headers.range === undefined ? 200 : 206, { 'content-length': bytes - from });
    if (request.method === 'HEAD') response.end();
    else Readable.from(fileFrom(from, bytes, lineBytes)).pipe(response);
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as { port: number }).port));
});

const LINES_AT_ONCE = 16;

function* fileFrom(from: number, bytes: number, lineBytes: number): Generator<Buffer> {
  const piece = Buffer.from(lineOf(lineBytes).repeat(LINES_AT_ONCE));
  for (let at = from; at < bytes; ) {
    const start = at % piece.length;
    const part = piece.subarray(start, Math.min(piece.length, start + bytes - at));
    at += part.length;
    yield part;
  }
}

/** An event whose payload packs about as well as an ordinary one. */
const lineOf = (lineBytes: number): string => {
  const [head, tail] = ['{"eventType":"order.paid","payload":{"data":"', '"}}\n'];
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(Math.ceil(lineBytes / 4)))).toString('hex');
  return head + random.padEnd(lineBytes, ' Espresso cup').slice(0, lineBytes - head.length - tail.length) + tail;
};
