import type { EndpointRecord, EngineFields } from '@fanfare/events/endpoint-record';

type Change = { readonly before?: EndpointRecord | undefined; readonly after: EndpointRecord };

/**
 * Whether something may have waited for a change of an endpoint: what was parked or stood still in a log while it was
 * disabled or its breaker was open, and what is left in its logs when it ceases to be ordered.
 */
export const isAwaited = ({ before, after }: Change): boolean =>
  before !== undefined &&
  after.deletedAt === undefined &&
  ((before.disabled && !after.disabled) ||
    (before.orderedSince !== undefined && after.orderedSince === undefined) ||
    (before.breaker !== undefined && before.url !== after.url));

const LEARNED = ['breaker', 'pausedUntil', 'slowSince'] as const satisfies readonly (keyof EngineFields)[];

/** What the engine has learned of how a URL answers, and what is not true of another one. */
export const forgottenBy = ({ before, after }: Change): readonly (keyof EngineFields)[] =>
  before === undefined || before.url === after.url ? [] : LEARNED;
