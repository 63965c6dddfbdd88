import { randomBytes } from 'node:crypto';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { SignJWT } from 'jose';
import { type ApiException, Svix } from 'svix';
import { environmentUnderTest } from './environment-under-test.ts';

export type Tenant = {
  readonly orgId: string;
  readonly token: string;
  /** The official SDK, without its retries: a fault must show. */
  readonly svix: Svix;
};

/** An organisation that no other test uses. */
export const newTenant = async (): Promise<Tenant> => tenantOf(mintId('org', Date.now(), randomBytes(RANDOM_BYTES)));

/** An organisation that a setting of the local stage names. */
export const tenantOf = async (orgId: string): Promise<Tenant> => {
  const token = await signed({ sub: orgId });
  return { orgId, token, svix: sdk(token) };
};

/** The SDK as the bearer of a token. */
export const sdk = (token: string): Svix =>
  new Svix(token, { serverUrl: environmentUnderTest().baseUrl, numRetries: 0 });

/** A token with these claims, signed with the environment's key unless another one is given. */
export const signed = (
  claims: Readonly<Record<string, string>>,
  key: string = environmentUnderTest().signingKey,
): Promise<string> =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(key));

export type Reply = { readonly status: number; readonly headers: Headers; readonly body: unknown };

type Call = { readonly token?: string; readonly headers?: Readonly<Record<string, string>>; readonly text?: string };

/** A call without the SDK, for what the SDK would not send. */
export const call = async (method: string, path: string, { token, headers = {}, text }: Call = {}): Promise<Reply> => {
  const response = await fetch(`${environmentUnderTest().baseUrl}${path}`, {
    method,
    headers: {
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(text === undefined ? {} : { body: text }),
  });
  const answer = await response.text();
  return { status: response.status, headers: response.headers, body: answer === '' ? undefined : JSON.parse(answer) };
};

/** The status and the body with which the SDK was refused. Throws when it was not. */
export const refusalOf = async (work: Promise<unknown>): Promise<{ status: number; body: unknown }> => {
  try {
    await work;
  } catch (error) {
    const { code, body } = error as ApiException<unknown>;
    if (typeof code === 'number') return { status: code, body };
    throw error;
  }
  throw new Error('the call was answered, and a refusal was expected');
};
