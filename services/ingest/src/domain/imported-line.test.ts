import { idTimeMs } from '@fanfare/core/ids';
import { LINE_LIMIT_BYTES, readLine } from './imported-line.ts';

const AT = 1_800_000_000_000;
const origin = { orgId: 'org_1', appId: 'app_1', id: 'qtask_1', at: AT };
const line = (text: string | Uint8Array, offset = 0) => ({
  ...{ number: 3, offset, end: offset + text.length + 1 },
  bytes: Buffer.from(text as string),
});
const reasonsOf = (bytes: string | Uint8Array) => {
  const [one] = readLine(line(bytes), origin);
  return one?.read.ok === false ? one.read.error : undefined;
};
const entryOf = (text: string, offset = 0, of = origin) => {
  const [one] = readLine(line(text, offset), of);
  if (one?.read.ok !== true) throw new Error('it was refused');
  return one.read.value;
};
const MESSAGE = '{"eventType":"a","payload":{"price":1.50}}';

test('a line is what POST message takes, and its payload stays as it stands', () => {
  const entry = entryOf(MESSAGE);
  expect(entry.message).toMatchObject({ eventType: 'a', body: '{"price":1.50}' });
  expect(entry).toMatchObject({ orgId: 'org_1', application: 'app_1', acceptedAt: AT, comesAgain: true });
});

test('the id follows from the import, its time and the place of the line', () => {
  const { messageId } = entryOf(MESSAGE, 70);
  expect(entryOf(MESSAGE, 70).messageId).toBe(messageId);
  expect(idTimeMs(messageId)).toBe(AT);
  const others = [entryOf(MESSAGE, 71), entryOf(MESSAGE, 70, { ...origin, id: 'qtask_2' })];
  for (const other of others) expect(other.messageId).not.toBe(messageId);
});

test('messages of one time stand in lists as their lines stand in the file', () => {
  const offsets = [0, 1, 255, 256, 70_000, 5_000_000_000, 20 * 1024 ** 3];
  const ids = offsets.map((offset) => entryOf(MESSAGE, offset).messageId);
  expect(ids.toSorted()).toEqual(ids);
});

test.each([
  ['a carriage return', `${MESSAGE}\r`, 5],
  ['a byte order mark, at the beginning of the file', `\ufeff${MESSAGE}`, 0],
  ['spaces', `  ${MESSAGE} `, 5],
])('%s is no part of a line', (_title, text, offset) => {
  expect(entryOf(text, offset).message.body).toBe('{"price":1.50}');
});

test.each([
  ['nothing in it', ''],
  ['spaces in it alone', ' \t'],
  ['the end of a line of another system', '\r'],
  ['a byte order mark alone', '\ufeff'],
])('a line with %s is no event', (_title, text) => {
  expect(readLine(line(text), origin)).toEqual([]);
});

test.each([
  ['is not JSON', '{"eventType"', [{ loc: [], msg: 'is not JSON' }]],
  ['is no object', '[1]', [{ loc: [], msg: expect.any(String) }]],
  ['has no event type', '{"payload":{}}', [{ loc: ['eventType'], msg: 'is missing' }]],
  ['has no payload', '{"eventType":"a"}', [{ loc: ['payload'], msg: 'is missing' }]],
  [
    'has a payload of more than a megabyte',
    JSON.stringify({ eventType: 'a', payload: { text: 'x'.repeat(1024 * 1024) } }),
    [{ loc: ['payload'], msg: 'is larger than 1048576 bytes' }],
  ],
  ['has a payload that is none', '{"eventType":"a","payload":1}', [{ loc: ['payload'], msg: 'must be a JSON object' }]],
])('a line that %s is refused with the reason', (_title, text, reasons) => {
  expect(reasonsOf(text)).toEqual(reasons);
});

test('a line that is not UTF-8 is refused, and so is one that is too long', () => {
  expect(reasonsOf(new Uint8Array([0x7b, 0xff, 0x7d]))).toEqual([{ loc: [], msg: 'is not UTF-8' }]);
  const [long] = readLine({ number: 1, offset: 0, end: 9 }, origin);
  expect(long?.read).toEqual({ ok: false, error: [{ loc: [], msg: `is longer than ${LINE_LIMIT_BYTES} bytes` }] });
});
