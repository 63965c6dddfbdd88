/**
 * A receiver as a process of its own, for a demo that stays up: `node serve.ts <port> <file>` answers 200 to
 * everything and appends a line of JSON per request to the file.
 */
import { appendFileSync } from 'node:fs';
import { startReceiver } from './receiver.ts';

const [port, file] = process.argv.slice(2);
if (port === undefined || file === undefined) throw new Error('usage: serve <port> <file>');

await startReceiver({
  port: Number(port),
  onRequest: ({ receivedAtMs, method, path, headers, body, status }) => {
    const at = new Date(receivedAtMs).toISOString();
    appendFileSync(file, `${JSON.stringify({ at, method, path, status, headers, body: body.toString('utf8') })}\n`);
  },
});
