import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { type MessageRef, messageKey } from '@fanfare/core/keys';
import { contractValue, testTableClient } from './environment-under-test.ts';

/** Takes a message out of the table, as its time to live does. */
export const forgetMessage = async (ref: MessageRef): Promise<void> => {
  await testTableClient().send(
    new DeleteCommand({ TableName: await contractValue('table/name'), Key: messageKey(ref) }),
  );
};
