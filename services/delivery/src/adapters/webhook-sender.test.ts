import { once } from 'node:events';
import { createServer as createTcpServer, type Socket } from 'node:net';
import {
  answering,
  BODY,
  closeEverything,
  endpoint,
  HASTY,
  HASTY_TO_CONNECT,
  HEADERS,
  listen,
  PATIENT,
  rawEndpoint,
  sender,
  sendTo,
  servers,
  sockets,
} from './sender-endpoints.fake.ts';

afterEach(closeEverything);

describe('a webhook', () => {
  test('is a POST of the very bytes, with its headers, to the URL’s path and query', async () => {
    const seen: unknown[] = [];
    const port = await endpoint(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      seen.push(request.method, request.url, request.headers['webhook-id'], Buffer.concat(chunks).toString());
      response.end('thanks');
    });
    await expect(sendTo(port, '/in?a=1')).resolves.toEqual({
      kind: 'answered',
      status: 200,
      body: Buffer.from('thanks'),
    });
    expect(seen).toEqual(['POST', '/in?a=1', 'msg_1', '{"amount":1.50}']);
  });

  test.each([
    ['user:p%40ss', 'user:p@ss'],
    ['user', 'user:'],
    ['100%25:x', '100%:x'],
    ['a%zz:x', 'a%zz:x'],
  ])('with %s in its URL is authorized as %s', async (given, expected) => {
    let authorization = '';
    const port = await endpoint((request, response) => {
      authorization = request.headers.authorization ?? '';
      response.end();
    });
    await sender().send({ url: `http://${given}@127.0.0.1:${port}/`, headers: HEADERS, body: BODY });
    expect(Buffer.from(authorization.replace('Basic ', ''), 'base64').toString()).toBe(expected);
  });

  test('reuses the connection of the one before', async () => {
    let connections = 0;
    const port = await endpoint((_request, response) => void response.end('ok'));
    servers.at(-1)?.on('connection', () => {
      connections += 1;
    });
    const { send } = sender();
    for (let n = 0; n < 3; n += 1) await send({ url: `http://127.0.0.1:${port}/`, headers: HEADERS, body: BODY });
    expect(connections).toBe(1);
  });

  test('is sent again at once when the connection that it reused had been closed meanwhile', async () => {
    let served = 0;
    const port = await listen(
      createTcpServer((socket) => {
        let isFirst = true;
        socket.on('data', () => {
          served += isFirst ? 1 : 0;
          if (isFirst) socket.write('HTTP/1.1 204 No Content\r\nconnection: keep-alive\r\n\r\n');
          else socket.resetAndDestroy();
          isFirst = false;
        });
      }),
    );
    const { send } = sender();
    const request = { url: `http://127.0.0.1:${port}/`, headers: HEADERS, body: BODY };
    await expect(send(request)).resolves.toMatchObject({ status: 204 });
    await expect(send(request)).resolves.toMatchObject({ status: 204 });
    expect(served).toBe(2);
  });
});

describe('an answer', () => {
  test('without a body is an answer', async () => {
    const port = await answering('HTTP/1.1 204 No Content\r\n\r\n');
    await expect(sendTo(port)).resolves.toMatchObject({ kind: 'answered', status: 204, body: Buffer.alloc(0) });
  });

  test.each([
    ['204 with a body', 204, 'HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\nhello'],
    ['200 with more than its length', 200, 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok and more'],
  ])('of %s is one all the same', async (_title, status, text) => {
    await expect(sendTo(await answering(text))).resolves.toMatchObject({ kind: 'answered', status });
  });

  test('that redirects is not followed', async () => {
    const paths: (string | undefined)[] = [];
    const port = await endpoint((request, response) => {
      paths.push(request.url);
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    await expect(sendTo(port)).resolves.toMatchObject({ kind: 'answered', status: 307 });
    expect(paths).toEqual(['/in']);
  });

  test('that changes the protocol is a failure like any other', async () => {
    const port = await answering('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n');
    await expect(sendTo(port)).resolves.toMatchObject({ kind: 'answered', status: 101 });
  });

  test('may ask for a later repeat', async () => {
    const port = await endpoint((_request, response) => void response.writeHead(503, { 'retry-after': '120' }).end());
    await expect(sendTo(port)).resolves.toMatchObject({ status: 503, retryAfterSeconds: 120 });
  });

  test('that does not end is read up to the limit and cut off', async () => {
    let isClosed: Promise<unknown> = Promise.resolve();
    const port = await endpoint((_request, response) => {
      isClosed = once(response, 'close');
      const pour = (): void => void (response.writable && response.write('x'.repeat(8192), pour));
      pour();
    });
    const outcome = await sendTo(port);
    expect(outcome).toMatchObject({ kind: 'answered', status: 200 });
    expect(outcome).toMatchObject({ body: Buffer.from('x'.repeat(PATIENT.keptBytes)) });
    await isClosed;
  });

  test('that comes drop by drop is cut off at the total time', async () => {
    const port = await rawEndpoint((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
      const drip = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(drip));
    });
    await expect(sendTo(port, '/in', { limits: HASTY })).resolves.toEqual({ kind: 'timed-out' });
  });

  test('whose headers come drop by drop is cut off at the total time', async () => {
    const port = await rawEndpoint((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const drip = setInterval(() => socket.write('x-drip: 1\r\n'), 50);
      socket.on('close', () => clearInterval(drip));
    });
    await expect(sendTo(port, '/in', { limits: HASTY })).resolves.toEqual({ kind: 'timed-out' });
  });

  test('that never begins is not waited for', async () => {
    const port = await rawEndpoint(() => undefined);
    await expect(sendTo(port, '/in', { limits: HASTY })).resolves.toEqual({ kind: 'timed-out' });
  });

  test.each([
    ['a reset', (socket: Socket) => socket.resetAndDestroy(), 'the connection was reset'],
    ['a connection closed without a word', (socket: Socket) => socket.end(), 'the connection was reset'],
    [
      'a body that breaks off',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf'),
      'the connection was reset',
    ],
    [
      'something else than HTTP',
      (socket: Socket) => socket.end('SSH-2.0-x\r\n'),
      'the answer is not HTTP (HPE_INVALID_CONSTANT)',
    ],
    [
      'headers without end',
      (socket: Socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(8192)}\r\n\r\n`),
      'the headers of the answer are too large',
    ],
  ])('that is %s is none', async (_title, act, reason) => {
    await expect(sendTo(await rawEndpoint(act))).resolves.toEqual({ kind: 'unreachable', reason });
  });
});

describe('a connection', () => {
  test('that nobody accepts is told as such, without the address', async () => {
    const port = await endpoint(() => undefined);
    servers.pop()?.close();
    const outcome = await sendTo(port);
    expect(outcome).toEqual({ kind: 'unreachable', reason: 'the connection was refused' });
    expect(JSON.stringify(outcome)).not.toContain('127.0.0.1');
  });

  test('whose handshake is never answered ends at the time to connect', async () => {
    const port = await rawEndpoint(() => undefined);
    const url = `https://127.0.0.1:${port}/`;
    const outcome = await sender({ limits: HASTY_TO_CONNECT }).send({ url, headers: HEADERS, body: BODY });
    expect(outcome).toEqual({ kind: 'timed-out' });
  });

  test('is closed when it was answered before the body was read', async () => {
    const port = await rawEndpoint((socket) => {
      socket.pause();
      socket.write('HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\n\r\n');
    });
    const body = new Uint8Array(64 * 1024 * 1024);
    const outcome = await sender().send({ url: `http://127.0.0.1:${port}/`, headers: HEADERS, body });
    expect(outcome).toMatchObject({ kind: 'answered', status: 413 });
    const [socket] = sockets;
    socket?.resume();
    if (socket !== undefined && !socket.destroyed) await once(socket, 'close');
    expect(socket?.destroyed).toBe(true);
  });

  test('to somebody who reads nothing and says nothing ends at the total time', async () => {
    const port = await rawEndpoint((socket) => void socket.pause());
    const body = new Uint8Array(64 * 1024 * 1024);
    const url = `http://127.0.0.1:${port}/`;
    const outcome = await sender({ limits: HASTY }).send({ url, headers: HEADERS, body });
    expect(outcome).toEqual({ kind: 'timed-out' });
  });

  test('that is told to go on for ever ends at the total time', async () => {
    const port = await rawEndpoint((socket) => {
      const hint = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n'), 20);
      socket.on('close', () => clearInterval(hint));
    });
    await expect(sendTo(port, '/in', { limits: HASTY })).resolves.toEqual({ kind: 'timed-out' });
  });

  test('leaves no socket behind when it was cut off', async () => {
    const port = await rawEndpoint(() => undefined);
    await sendTo(port, '/in', { limits: HASTY });
    const [socket] = sockets;
    if (socket !== undefined && !socket.destroyed) await once(socket, 'close');
    expect([...sockets].every(({ destroyed }) => destroyed)).toBe(true);
  });
});
