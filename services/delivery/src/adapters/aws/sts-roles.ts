import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Assume } from './assumed-roles.ts';
import type { ClientSettings } from './destination-client.ts';

/** What the owner of the role finds in CloudTrail. */
const SESSION_NAME = 'fanfare';
/** The most that a role may be assumed for by somebody who holds a role already. */
const DURATION_SECONDS = 3600;

export const stsRoles = (settings: ClientSettings): Assume => {
  const client = new STSClient(settings);
  return async ({ role, externalId }, abortSignal) => {
    const { Credentials } = await client.send(
      new AssumeRoleCommand({
        RoleArn: role,
        ExternalId: externalId,
        RoleSessionName: SESSION_NAME,
        DurationSeconds: DURATION_SECONDS,
      }),
      abortSignal === undefined ? {} : { abortSignal },
    );
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) throw new Error('STS answered half of it');
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    };
  };
};
