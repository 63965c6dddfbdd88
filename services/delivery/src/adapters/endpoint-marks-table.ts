import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type EndpointRef, endpointKey } from '@fanfare/core/keys';
import type { AttemptedEndpoint, EndpointMarks } from '../domain/endpoint-marks.ts';
import { patientUpdate } from './patient-update.ts';

type Change = {
  readonly set?: Readonly<Record<string, unknown>>;
  readonly remove?: string;
  readonly when: string;
  readonly given?: Readonly<Record<string, unknown>>;
  readonly calling?: Readonly<Record<string, string>>;
};

const LIVING = 'attribute_exists(PK) AND attribute_not_exists(deletedAt)';

/** The engine's own fields of an endpoint's item, each change by one conditional update. */
export const endpointMarksTable = (client: DynamoDBDocumentClient, tableName: string): EndpointMarks => {
  const change = async (
    ref: EndpointRef,
    { set = {}, remove, when, given = {}, calling = {} }: Change,
  ): Promise<boolean> => {
    const names = Object.keys(set);
    const expressions = [
      ...(names.length === 0 ? [] : [`SET ${names.map((name) => `${name} = :${name}`).join(', ')}`]),
      ...(remove === undefined ? [] : [`REMOVE ${remove}`]),
    ];
    const values = Object.fromEntries([
      ...names.map((name) => [`:${name}`, set[name]]),
      ...Object.entries(given).map(([name, value]) => [`:${name}`, value]),
    ]);
    return patientUpdate(
      client,
      () =>
        new UpdateCommand({
          TableName: tableName,
          Key: endpointKey(ref),
          UpdateExpression: expressions.join(' '),
          ConditionExpression: when,
          ...(Object.keys(calling).length === 0 ? {} : { ExpressionAttributeNames: calling }),
          ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
        }),
    );
  };

  /** Its owner may have moved it while the attempt was under way. DynamoDB reserves the word `url`. */
  const changeOfUrl = ({ url, ...ref }: AttemptedEndpoint, { when, given, ...rest }: Change): Promise<boolean> =>
    change(ref, {
      ...rest,
      when: `${LIVING} AND #url = :url AND ${when}`,
      given: { ...given, url },
      calling: { '#url': 'url' },
    });

  return {
    startWatch: (ref, wakeAt, staleBefore) =>
      change(ref, {
        set: { wakeAt },
        when: 'attribute_exists(PK) AND (attribute_not_exists(wakeAt) OR wakeAt < :staleBefore)',
        given: { staleBefore },
      }),

    takeWatch: (ref, from, to) =>
      change(ref, {
        ...(to === undefined ? { remove: 'wakeAt' } : { set: { wakeAt: to } }),
        when: 'wakeAt = :from',
        given: { from },
      }),

    pause: (at, until) =>
      changeOfUrl(at, {
        set: { pausedUntil: until },
        when: '(attribute_not_exists(pausedUntil) OR pausedUntil < :pausedUntil)',
      }),

    openBreaker: (at, breaker, seen) =>
      changeOfUrl(at, {
        set: { breaker, wakeAt: breaker.until },
        when: seen === undefined ? 'attribute_not_exists(breaker)' : SAME_PROBE,
        ...(seen === undefined ? {} : { given: { openedAt: seen.openedAt, probes: seen.probes } }),
      }),

    closeBreaker: (ref, seen, wakeAt) =>
      change(ref, {
        set: { wakeAt },
        remove: 'breaker',
        when: `${LIVING} AND breaker.openedAt = :openedAt`,
        given: { openedAt: seen.openedAt },
      }),

    setSlow: (at, since) =>
      changeOfUrl(
        at,
        since === undefined
          ? { remove: 'slowSince', when: 'attribute_exists(slowSince)' }
          : { set: { slowSince: since }, when: 'attribute_not_exists(slowSince)' },
      ),
  };
};

const SAME_PROBE = 'breaker.openedAt = :openedAt AND breaker.probes = :probes';
