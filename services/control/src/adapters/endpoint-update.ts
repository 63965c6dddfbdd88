import { type ApplicationRef, endpointKey } from '@fanfare/core/keys';
import { ENGINE_FIELDS, type EndpointRecord, endpointRecord } from '@fanfare/events/endpoint-record';
import { forgottenBy } from '../domain/awaited-change.ts';

const isOfEngine = (field: string): boolean => (ENGINE_FIELDS as readonly string[]).includes(field);

const OWN_FIELDS = (Object.keys(endpointRecord.shape) as (keyof EndpointRecord)[]).filter(
  (field) => !isOfEngine(field),
);

type Reason = {
  readonly before?: EndpointRecord;
  /** When its parked tasks are to be looked at, in milliseconds since 1970: the one field of the engine that is set here. */
  readonly wakeAt?: number | undefined;
};

/**
 * Makes a living endpoint what `after` says, field by field. A put of the whole item would undo what the engine has
 * learned of the endpoint since it was read: its fields raise no version, so no condition would tell. What it has learned of a
 * URL goes with that. Since when it fails
 * is delivery's and, once it is enabled again, control's, so that must be as it was `before`.
 */
export const endpointUpdate = (
  TableName: string,
  ref: ApplicationRef,
  after: EndpointRecord,
  { before, wakeAt }: Reason = {},
) => {
  const set = OWN_FIELDS.filter((field) => after[field] !== undefined);
  const removed = [
    ...OWN_FIELDS.filter((field) => after[field] === undefined).map((field) => `#${field}`),
    ...forgottenBy({ before, after }),
  ];
  const remove = removed.length === 0 ? '' : ` REMOVE ${removed.join(', ')}`;
  const wake = wakeAt === undefined ? '' : ', wakeAt = :wakeAt';
  return {
    TableName,
    Key: endpointKey({ ...ref, endpointId: after.id }),
    UpdateExpression: `SET ${set.map((field) => `#${field} = :${field}`).join(', ')}${wake}${remove}`,
    ConditionExpression: `attribute_exists(PK) AND attribute_not_exists(deletedAt)${asBefore(before)}`,
    ExpressionAttributeNames: Object.fromEntries(OWN_FIELDS.map((field) => [`#${field}`, field])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(set.map((field) => [`:${field}`, after[field]])),
      ...(wakeAt === undefined ? {} : { ':wakeAt': wakeAt }),
      ...(before?.failingSince === undefined ? {} : { ':failedSince': before.failingSince }),
    },
  };
};

const asBefore = (before: EndpointRecord | undefined): string => {
  if (before === undefined) return '';
  return before.failingSince === undefined
    ? ' AND attribute_not_exists(#failingSince)'
    : ' AND #failingSince = :failedSince';
};
