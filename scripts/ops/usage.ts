import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type UsageRow, usageRows } from '@fanfare/core/aws/usage-rows';
import { USAGE_SHARDS, usageDayOf, usageShard } from '@fanfare/core/keys';
import { hourOf } from '@fanfare/events/statistics-record';
import { printResult } from './print.ts';
import type { OpsStage } from './stage.ts';

/** What usage is asked of: the hours of both times and all between, of one application or of all. */
export type UsageSpan = { readonly fromMs: number; readonly untilMs: number; readonly appId?: string };

const DAY_MS = 86_400_000;
const HEAD = 'hour,org_id,app_id,messages,attempts,bytes';

/** `ops usage`: CSV, written day by day, so that a year is no more to hold than its largest day. */
export const printUsage = async (stage: OpsStage, span: UsageSpan, json: boolean): Promise<void> => {
  const all: UsageRow[] = [];
  if (!json) console.log(HEAD);
  for (const day of daysOf(span)) {
    const rows = await usageOfDay(stage, span, day);
    if (json) all.push(...rows);
    else if (rows.length > 0) console.log(rows.map(lineOf).join('\n'));
  }
  if (json) printResult(all, true, () => '');
};

/** Ids and hours hold nothing that CSV would have to quote. */
const lineOf = ({ hour, orgId, appId, messages, attempts, bytes }: UsageRow): string =>
  [`${hour}:00:00Z`, orgId, appId, messages, attempts, bytes].join(',');

/** One row for each hour and application of a day, in that order. */
const usageOfDay = async (stage: OpsStage, span: UsageSpan, day: string): Promise<readonly UsageRow[]> => {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(stage.clientOptions));
  const tableName = stage.contract.get('table/name') ?? '';
  const { fromMs, untilMs, appId } = span;
  const [from, to] = [hourOf(fromMs), hourOf(untilMs)];
  const shards =
    appId === undefined ? Array.from({ length: USAGE_SHARDS }, (_, shard) => shard) : [usageShard({ appId })];
  const sums = new Map<string, UsageRow>();
  for (const shard of shards) {
    for await (const page of usageRows(client, tableName, { day, shard })) {
      for (const row of page) {
        if (row.hour < from || row.hour > to || (appId !== undefined && row.appId !== appId)) continue;
        add(sums, row);
      }
    }
  }
  return [...sums].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
};

const add = (sums: Map<string, UsageRow>, row: UsageRow): void => {
  const name = `${row.hour}#${row.orgId}#${row.appId}`;
  const { messages, attempts, bytes } = sums.get(name) ?? { messages: 0, attempts: 0, bytes: 0 };
  sums.set(name, {
    ...row,
    messages: messages + row.messages,
    attempts: attempts + row.attempts,
    bytes: bytes + row.bytes,
  });
};

const daysOf = ({ fromMs, untilMs }: UsageSpan): string[] => {
  const days: string[] = [];
  for (let at = Math.floor(fromMs / DAY_MS) * DAY_MS; at <= untilMs; at += DAY_MS) {
    days.push(usageDayOf(new Date(at).toISOString()));
  }
  return days;
};
