import { SignJWT } from 'jose';

/** The key that handler tests put into the parameter of signing keys. */
export const TEST_SIGNING_KEY = 'a-key-for-tests-of-more-than-thirty-two-bytes';

const signed = (claims: Record<string, string>): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(TEST_SIGNING_KEY));

/** The value of an `authorization` header, for an organisation or for one of its applications. */
export const bearer = async (orgId: string, appId?: string): Promise<string> =>
  `Bearer ${await signed(appId === undefined ? { sub: orgId } : { sub: appId, org: orgId })}`;
