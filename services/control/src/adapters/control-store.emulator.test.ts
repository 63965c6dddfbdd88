import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { applicationFinder } from '@fanfare/core/aws/application-finder';
import { type ApplicationRef, type EndpointRef, endpointKey, versionKey } from '@fanfare/core/keys';
import type { EngineFields } from '@fanfare/events/endpoint-record';
import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { controlStoreContract } from '../domain/control-store.contract.ts';
import { findAnswer } from './answer-table.ts';
import { applicationTable } from './application-table.ts';
import { endpointTable } from './endpoint-table.ts';

describe('the table on the emulator', () => {
  controlStoreContract(async () => {
    const [client, tableName, now] = [testTableClient(), await contractValue('table/name'), Date.now];
    const store = {
      findApplication: applicationFinder(client, tableName),
      ...applicationTable(client, tableName, now),
      ...endpointTable(client, tableName, now),
      findAnswer: findAnswer(client, tableName, now),
      rateOf: async (ref: ApplicationRef) => {
        const { Item } = await client.send(new GetCommand({ TableName: tableName, Key: versionKey(ref) }));
        return Item?.throttleRate as number | undefined;
      },
      engineWrites: async (ref: EndpointRef, fields: EngineFields) => {
        const names = Object.keys(fields) as (keyof EngineFields)[];
        await client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: endpointKey(ref),
            UpdateExpression: `SET ${names.map((name) => `${name} = :${name}`).join(', ')}`,
            ExpressionAttributeValues: Object.fromEntries(names.map((name) => [`:${name}`, fields[name]])),
          }),
        );
      },
    };
    return { store, now };
  });
});
