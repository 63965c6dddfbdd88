import fc from 'fast-check';
import { labelsMatch, labelsOf } from './labels.ts';

const labelled = { eventType: 'user.created', channels: ['eu', 'vip'], tags: ['user_7', 'order_9'] };
const bare = { eventType: 'user.created' };

test.each([
  ['nothing that is asked for is everything', {}, labelled, true],
  ['one of the event types is enough', { eventTypes: ['a', 'user.created'] }, labelled, true],
  ['another event type does not match', { eventTypes: ['user'] }, labelled, false],
  ['one of its channels is enough', { channel: 'vip' }, labelled, true],
  ['another channel does not match', { channel: 'us' }, labelled, false],
  ['what has no channels is in none', { channel: 'eu' }, bare, false],
  ['one of its tags is enough', { tag: 'order_9' }, labelled, true],
  ['the beginning of a tag is another one', { tag: 'order' }, labelled, false],
  ['what has no tags has none that is asked for', { tag: 'user_7' }, bare, false],
  ['a channel is no tag', { tag: 'eu' }, labelled, false],
  ['a tag is no channel', { channel: 'user_7' }, labelled, false],
  ['the channel counts beside the event type', { eventTypes: ['user.created'], channel: 'us' }, labelled, false],
  ['the tag counts beside event type and channel', { channel: 'eu', tag: 'order_8' }, labelled, false],
  ['all of them may match', { eventTypes: ['user.created'], channel: 'eu', tag: 'order_9' }, labelled, true],
])('%s', (_title, filter, item, expected) => {
  expect(labelsMatch(filter, item)).toBe(expected);
});

test('a copy has every label and nothing else, and no fields for labels that are not there', () => {
  const words = fc.array(fc.string());
  const any = fc.record(
    { eventType: fc.string(), channels: words, tags: words },
    { requiredKeys: ['eventType'], noNullPrototype: true },
  );
  fc.assert(
    fc.property(any, (labels) => {
      expect(labelsOf({ ...labels, ...{ payload: 'p', expiresAt: 1 } })).toStrictEqual(labels);
    }),
  );
  expect(Object.keys(labelsOf({ ...bare, channels: undefined, tags: undefined }))).toEqual(['eventType']);
});
