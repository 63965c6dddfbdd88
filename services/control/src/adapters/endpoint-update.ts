import { type ApplicationRef, endpointKey } from '@fanfare/core/keys';
import { ENGINE_FIELDS, type EndpointRecord, endpointRecord } from '@fanfare/events/endpoint-record';

const isOfEngine = (field: string): boolean => (ENGINE_FIELDS as readonly string[]).includes(field);

const OWN_FIELDS = (Object.keys(endpointRecord.shape) as (keyof EndpointRecord)[]).filter(
  (field) => !isOfEngine(field),
);

/**
 * Makes a living endpoint what `after` says, field by field. A put of the whole item would undo what the engine has
 * learned of the endpoint since it was read: its fields raise no version, so no condition would tell.
 */
export const endpointUpdate = (TableName: string, ref: ApplicationRef, after: EndpointRecord) => {
  const set = OWN_FIELDS.filter((field) => after[field] !== undefined);
  const removed = OWN_FIELDS.filter((field) => after[field] === undefined);
  const remove = removed.length === 0 ? '' : ` REMOVE ${removed.map((field) => `#${field}`).join(', ')}`;
  return {
    TableName,
    Key: endpointKey({ ...ref, endpointId: after.id }),
    UpdateExpression: `SET ${set.map((field) => `#${field} = :${field}`).join(', ')}${remove}`,
    ConditionExpression: 'attribute_exists(PK) AND attribute_not_exists(deletedAt)',
    ExpressionAttributeNames: Object.fromEntries(OWN_FIELDS.map((field) => [`#${field}`, field])),
    ExpressionAttributeValues: Object.fromEntries(set.map((field) => [`:${field}`, after[field]])),
  };
};
