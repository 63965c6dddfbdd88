import type { ApplicationRef } from '../keys.ts';

/**
 * The external id that roles are assumed with for an application: its organisation's id and its own. Both are ids of ours,
 * minted or taken from a verified token, and neither can hold a slash, so no two applications have the same one and nobody
 * can ask for another's. It is no secret: it says on whose behalf we come. Source: IAM User Guide, "The confused deputy".
 */
export const externalIdOf = ({ orgId, appId }: ApplicationRef): string => `${orgId}/${appId}`;
