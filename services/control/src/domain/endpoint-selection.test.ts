import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import { withSelection } from './endpoint-selection.ts';

const endpoint: EndpointRecord = {
  kind: 'endpoint',
  id: 'ep_1',
  url: 'https://hooks.example.com',
  description: '',
  version: 1,
  disabled: false,
  eventTypes: ['a'],
  metadata: {},
  secrets: [],
  sinceVersion: 2,
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
};

describe('the version with which an endpoint began to want other messages', () => {
  test.each([
    ['disabled', { disabled: true }],
    ['given other event types', { eventTypes: ['a', 'b'] }],
    ['left with every event type', { eventTypes: undefined }],
    ['given channels', { channels: ['eu'] }],
  ])('is noted when it is %s', (_title, change) => {
    const after = { ...endpoint, ...change } as EndpointRecord;
    expect(withSelection(endpoint, after, 7)).toEqual({ ...after, selectionVersion: 7 });
  });

  test('stays what it was when something else is changed', () => {
    const before = { ...endpoint, selectionVersion: 5 };
    const after = { ...before, url: 'https://elsewhere.example.com', description: 'moved' };
    expect(withSelection(before, after, 7)).toBe(after);
  });

  test('is not needed for a new endpoint, which has the version it was made with', () => {
    expect(withSelection(undefined, endpoint, 7)).toBe(endpoint);
  });
});
