import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { meter } from '@fanfare/core/aws/consumed-units';
import { mintId } from '@fanfare/core/ids';
import { clientOptions, contractValue } from '../../../../tests/environment-under-test.ts';
import { attemptRecordOf } from '../domain/attempt.ts';
import { ACCEPTED_AT, endpoint, task } from '../domain/task.fake.ts';
import { attemptTable } from './attempt-table.ts';

test('recording a success costs two write units, its index included, however much the endpoint answered', async () => {
  const client = new DynamoDBClient(clientOptions());
  const takeUnits = meter(client);
  const record = attemptTable(DynamoDBDocumentClient.from(client), await contractValue('table/name'));
  const messageId = mintId('msg', Date.now(), new Uint8Array(15));
  const given = task({ messageId });
  const attempt = attemptRecordOf({
    id: mintId('atmpt', Date.now(), new Uint8Array(15)),
    task: given,
    endpoint: endpoint(),
    attemptedAt: ACCEPTED_AT,
    endedAt: ACCEPTED_AT + 100,
    outcome: { kind: 'answered', status: 200, body: new Uint8Array(4096).fill(120) },
    step: { kind: 'delivered' },
  });
  await record(given, attempt);
  expect(takeUnits()).toEqual({ read: 0, write: 2 });
  expect(attempt.response.length).toBeGreaterThan(300);
});
