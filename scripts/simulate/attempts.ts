import { attemptKey } from '@fanfare/core/keys';
import { type AttemptRecord, attemptRecord } from '@fanfare/events/attempt-record';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { KnownEndpoint, Post } from './ledger.ts';
import type { World } from './world.ts';

export type Message = { readonly id: string; readonly post: Post; readonly record: MessageRecord };

/** Every message that stands in the table, with the post that it is for. */
export const messagesIn = ({ ledger, table }: World): Message[] =>
  [...ledger.minted].flatMap(([id, post]) => {
    const record = table.stored({ orgId: post.orgId, appId: post.appId, messageId: id });
    return record === undefined ? [] : [{ id, post, record }];
  });

/** The attempts that are recorded of a message to an endpoint, in their order. */
export const attemptsOf = ({ id, post }: Message, endpoint: KnownEndpoint, { table }: World): AttemptRecord[] => {
  const attempts: AttemptRecord[] = [];
  const ref = { orgId: post.orgId, appId: post.appId, messageId: id, endpointId: endpoint.id };
  for (let attempt = 1; ; attempt += 1) {
    const item = table.get(attemptKey({ ...ref, attempt }));
    if (item === undefined) return attempts;
    attempts.push(attemptRecord.parse(item));
  }
};
