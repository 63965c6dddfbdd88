import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Lambda hands credentials over in the environment, so the SDK's default chain (files, SSO, instance metadata) would only
 * cost every function its load time. The build puts this module in the chain's place.
 */
export const defaultProvider = () => fromEnv();
