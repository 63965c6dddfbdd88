import { receiverAsks } from './receiver-asks.ts';

test.each([
  ['disable', 'disable'],
  ['abort-message', 'abort-message'],
  [' Disable ', 'disable'],
  ['abort-message, disable', 'disable'],
  ['enable', undefined],
  ['disabled', undefined],
  ['', undefined],
  [undefined, undefined],
] as const)('the answer with webhook-delivery: %s asks for %s', (header, expected) => {
  expect(receiverAsks(header)).toBe(expected);
});
