import { historyOf } from './history-of.fake.ts';
import { NOW_MS, newId } from './history-table.samples.ts';
import { listQuery } from './list-query.ts';
import { listMessages } from './messages.ts';

/** Five messages, a second apart; the second is of another type, the third in a channel and with a tag, the fourth has expired. */
const ids = [0, 1, 2, 3, 4].map((at) => newId('msg', NOW_MS + at * 1000));
const [first = '', second = '', third = '', fourth = '', fifth = ''] = ids;
const { application, ports } = historyOf((make) => [
  ...make.message(first, { acceptedAt: NOW_MS }),
  ...make.message(second, { acceptedAt: NOW_MS + 1000, eventType: 'user.deleted' }),
  ...make.message(third, { acceptedAt: NOW_MS + 2000, channels: ['eu'], tags: ['user_7'] }),
  ...make.message(fourth, { acceptedAt: NOW_MS + 3000, expiresAt: 1 }),
  ...make.message(fifth, { acceptedAt: NOW_MS + 4000 }),
]);

const listed = async (query: string) => {
  const parsed = listQuery(query, 'msg');
  if (!parsed.ok) throw new Error('refused');
  const { rows, done } = await listMessages(application, parsed.value, ports);
  return { ids: rows.map(({ id }) => id), done };
};
const at = (seconds: number): string => new Date(NOW_MS + seconds * 1000).toISOString();

test.each<[string, string, string[]]>([
  ['all that have not expired, newest first', '', [fifth, third, second, first]],
  ['one event type', 'event_types=user.deleted', [second]],
  ['several event types', 'event_types=user.deleted,user.created', [fifth, third, second, first]],
  ['one channel', 'channel=eu', [third]],
  ['one tag', 'tag=user_7', [third]],
  ['nothing, where no message has the tag', 'tag=eu', []],
  ['what came before a time, that time excluded', `before=${at(2)}`, [second, first]],
  ['what came after a time, that time excluded', `after=${at(1)}`, [fifth, third]],
  ['what came between two times', `after=${at(0)}&before=${at(4)}`, [third, second]],
  ['nothing, where bounds are the wrong way round', `after=${at(4)}&before=${at(0)}`, []],
])('lists %s', async (_title, query, expected) => {
  await expect(listed(query)).resolves.toEqual({ ids: expected, done: true });
});

test('after a time, the oldest come first, and each page is newest first', async () => {
  await expect(listed(`after=${at(-1)}&limit=2`)).resolves.toEqual({ ids: [second, first], done: false });
});

test('a payload is shown unless it is not wanted', async () => {
  const parsed = listQuery('with_content=false&limit=1', 'msg');
  if (!parsed.ok) throw new Error('refused');
  const { rows } = await listMessages(application, parsed.value, ports);
  expect(JSON.parse(rows[0]?.json ?? '')).toMatchObject({ id: fifth, payload: {} });
});
