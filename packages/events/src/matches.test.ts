import fc from 'fast-check';
import { matches, type Selection } from './matches.ts';

const endpoint = (fields: Partial<Selection> = {}): Selection => ({
  disabled: false,
  sinceVersion: 3,
  ...fields,
});
const message = { eventType: 'invoice.paid', appVersion: 3 };

describe('an endpoint gets a message', () => {
  test.each([
    ['that was accepted under the version it was made with', {}, {}, true],
    ['that was accepted later', {}, { appVersion: 9 }, true],
    ['but none from before it existed', {}, { appVersion: 2 }, false],
    ['of an event type it asked for', { eventTypes: ['a', 'invoice.paid'] }, {}, true],
    ['but none of another event type', { eventTypes: ['invoice'] }, {}, false],
    ['but none when it asked for no event type at all', { eventTypes: [] }, {}, false],
    ['with one of the channels it asked for', { channels: ['a', 'b'] }, { channels: ['b', 'c'] }, true],
    ['but none with other channels', { channels: ['a'] }, { channels: ['b'] }, false],
    ['but none without channels, when it asked for some', { channels: ['a'] }, {}, false],
    ['with channels, when it asked for none', {}, { channels: ['a'] }, true],
    ['but not while it is disabled', { disabled: true }, {}, false],
    ['but not once it is deleted', { deletedAt: '2026-01-01T00:00:00Z' }, {}, false],
  ] as const)('%s', (_title, fields, sent, expected) => {
    expect(matches(endpoint(fields as Partial<Selection>), { ...message, ...(sent as object) })).toBe(expected);
  });

  test('of any type and channel when it asked for nothing in particular', () => {
    const any = fc.record({
      eventType: fc.string(),
      channels: fc.option(fc.array(fc.string()), { nil: undefined }),
      appVersion: fc.integer({ min: 3 }),
    });
    fc.assert(fc.property(any, (sent) => matches(endpoint(), sent)));
  });

  test('only if both of its filters let it through', () => {
    const word = fc.constantFrom('a', 'b', 'c');
    const words = fc.array(word, { maxLength: 3 });
    fc.assert(
      fc.property(words, words, word, words, (eventTypes, channels, eventType, sentTo) => {
        const sent = { eventType, channels: sentTo, appVersion: 3 };
        const both = matches(endpoint({ eventTypes, channels }), sent);
        expect(both).toBe(matches(endpoint({ eventTypes }), sent) && matches(endpoint({ channels }), sent));
      }),
    );
  });
});
