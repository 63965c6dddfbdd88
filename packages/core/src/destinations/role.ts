/**
 * What the names of roles must start with that are assumed to deliver: the only ones that the delivering function may
 * assume. Roles that CloudFormation or Terraform make for Fanfare itself start with a small letter, so none of them ever
 * qualifies.
 */
export const ROLE_NAME_PREFIX = 'FanfareDestination';

const ROLE = /^arn:(?<partition>aws[a-z-]*):iam::\d{12}:role\/(?<name>[\w+=,.@-]{1,64})$/;

/** What is wrong with the ARN of a role; `undefined` when nothing is. A role in a path does not qualify. */
export const parseRole = (arn: string, partition: string): string | undefined => {
  const role = ROLE.exec(arn)?.groups;
  if (role === undefined) return 'must have a role that looks like arn:aws:iam::<account>:role/<name>';
  if (role.partition !== partition) return 'must have a role of its own partition';
  return role.name?.startsWith(ROLE_NAME_PREFIX)
    ? undefined
    : `must have a role whose name starts with ${ROLE_NAME_PREFIX}`;
};
