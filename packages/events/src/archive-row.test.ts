import fc from 'fast-check';
import { type ArchivedMessage, archiveRow, togetherWith } from './archive-row.ts';

const row = (fields: Partial<ArchivedMessage> = {}): ArchivedMessage => ({
  ...{ v: 1, kind: 'message', org_id: 'org_1', app_id: 'app_1', id: 'msg_1', event_type: 'a', accepted_at: 1 },
  ...{ app_version: 1, correlation_id: 'c', encoding: 'identity', content: 'c2VhbGVk' },
  ...fields,
});
const { content: _, ...gone } = row({ expunged_at: 7 });

test('a row is read as it was written, whatever a later version adds', () => {
  expect(archiveRow.parse({ ...row(), added_later: 1 })).toEqual(row());
});

test('what was expunged has no content, however often and in whichever order its rows are put together', () => {
  const rows = fc.array(fc.constantFrom(row(), gone, row({ content: 'c2VhbGVkIGFnYWlu' }), row({ cancelled_at: 3 })), {
    minLength: 1,
  });
  fc.assert(
    fc.property(rows, (given) => {
      const all = [...given, gone].reduce(togetherWith);
      expect(all).not.toHaveProperty('content');
      expect(all.expunged_at).toBe(7);
      expect([gone, ...given.toReversed()].reduce(togetherWith)).toEqual(all);
      expect(togetherWith(all, all)).toEqual(all);
    }),
  );
});

test('no object has the content of what was expunged, and a repeat without it does not take it away', () => {
  const { content: _content, ...bare } = row();
  const apart = { ...bare, object_bytes: 9, content_object: true };
  expect(togetherWith(bare, apart)).toEqual(apart);
  expect(togetherWith(apart, bare)).toEqual(apart);
  expect(togetherWith(apart, gone)).toEqual({ ...gone, object_bytes: 9 });
  expect(togetherWith(gone, apart)).toEqual({ ...gone, object_bytes: 9 });
});

test('a repeat of a row without its content does not take the content away', () => {
  const { content: _content, ...bare } = row();
  expect(togetherWith(bare, row())).toEqual(row());
  expect(togetherWith(row(), bare)).toEqual(row());
});
