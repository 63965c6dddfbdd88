import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import { sameSettings } from './patch.ts';

/**
 * Notes with which version of the application an endpoint began to want other messages than before. Whoever asks later what
 * a message was for knows by it whether the endpoint as it is now tells anything about then.
 */
export const withSelection = (
  before: EndpointRecord | undefined,
  after: EndpointRecord,
  version: number,
): EndpointRecord =>
  before === undefined || sameSettings(selectionOf(before), selectionOf(after))
    ? after
    : { ...after, selectionVersion: version };

const selectionOf = ({ disabled, eventTypes, channels }: EndpointRecord) => ({ disabled, eventTypes, channels });
