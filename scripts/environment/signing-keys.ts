import { randomBytes } from 'node:crypto';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { SignJWT } from 'jose';
import { parameterPath } from '../contract-names.ts';
import type { DeployTarget } from './deploy-target.ts';

const KEY_BYTES = 48;

/** A key for API tokens, printable because the parameter holds text. */
export const newSigningKey = (): string => randomBytes(KEY_BYTES).toString('base64url');

/** Puts the key into the parameter that Terraform made for it, encrypted with the key that Terraform made for that. */
export const putSigningKey = async (signingKey: string, target: DeployTarget): Promise<void> => {
  const client = new SSMClient(target.clientOptions);
  const exported = async (key: string) =>
    (await client.send(new GetParameterCommand({ Name: parameterPath(target.stage, key) }))).Parameter?.Value;
  const [Name, KeyId] = await Promise.all([exported('api/signing-keys/name'), exported('key/secrets/arn')]);
  await client.send(new PutParameterCommand({ Name, KeyId, Type: 'SecureString', Value: signingKey, Overwrite: true }));
};

const TOKEN_LIFE = '30d';

/** A token with which a producer acts for the whole organisation. */
export const organisationToken = (orgId: string, key: string): Promise<string> =>
  new SignJWT()
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(orgId)
    .setIssuedAt()
    .setExpirationTime(TOKEN_LIFE)
    .sign(new TextEncoder().encode(key));
