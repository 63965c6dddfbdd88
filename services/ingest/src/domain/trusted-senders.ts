/**
 * Which organisations messages may be written for, and by whom: by an organisation's id, the senders as the source itself names
 * them, or `*` for whoever may send.
 */
export type TrustedSenders = Readonly<Record<string, readonly string[]>>;

/**
 * Whether a sender may write for an organisation. SQS names a role's session `<role's unique id>:<session>`, a user by its unique
 * id: no sender can choose it.
 */
export const isTrusted = (senders: TrustedSenders, orgId: string, senderId: string): boolean => {
  const allowed = Object.hasOwn(senders, orgId) ? (senders[orgId] ?? []) : [];
  return allowed.includes('*') || allowed.includes(senderId.split(':')[0] ?? '');
};
