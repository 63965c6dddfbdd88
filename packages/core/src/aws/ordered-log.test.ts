import { logEntryItem } from './ordered-log.ts';

const ref = { orgId: 'org_1', appId: 'app_1', messageId: 'msg_1' };
const message = { eventType: 'invoice.paid', appVersion: 3, correlationId: 'request-1', expiresAt: 9 };
const entryOf = (more: object = {}) => logEntryItem(ref, { key: 'a', number: 7 }, { ...message, ...more }, 5);

test('a place in a log has the labels of its message, of which its attempts have them', () => {
  expect(entryOf({ channels: ['eu'], tags: ['user_7'] })).toMatchObject({ channels: ['eu'], tags: ['user_7'] });
});

test('it has nothing else of the message, and no fields for labels that are not there', () => {
  const { PK: _PK, SK: _SK, ...entry } = entryOf({ payload: new Uint8Array(9), channels: undefined, tags: undefined });
  expect(entry).toStrictEqual({ kind: 'log-entry', number: 7, messageId: 'msg_1', ...message, acceptedAt: 5 });
});
