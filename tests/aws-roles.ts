import { CreateRoleCommand, IAMClient, PutRolePolicyCommand, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { OTHER_ACCOUNT, OWN_ACCOUNT, optionsOf } from './aws-accounts.ts';

/** Whom a role lets in: the stage's account, and of its applications those that come with this external id, or all. */
export type Trust = { readonly externalId?: string; readonly account?: string };

const trustPolicy = ({ externalId, account = OWN_ACCOUNT }: Trust): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: 'sts:AssumeRole',
        ...(externalId === undefined ? {} : { Condition: { StringEquals: { 'sts:ExternalId': externalId } } }),
      },
    ],
  });

/** A role of the other account that may send to a queue of it. Answers its ARN. */
export const newRole = async (RoleName: string, queueArn: string, trust: Trust): Promise<string> => {
  const iam = new IAMClient(optionsOf(OTHER_ACCOUNT));
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trustPolicy(trust) }));
  const statement = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queueArn };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'send', PolicyDocument }));
  return `arn:aws:iam::${OTHER_ACCOUNT}:role/${RoleName}`;
};

/** Changes whom a role lets in. */
export const trustInstead = async (RoleName: string, trust: Trust): Promise<void> => {
  const iam = new IAMClient(optionsOf(OTHER_ACCOUNT));
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trustPolicy(trust) }));
};
