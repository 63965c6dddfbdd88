import { timeOf } from '@fanfare/core/archive/archive-names';
import type { ArchiveRow } from '@fanfare/events/archive-row';
import { contentOpener, contentText } from './archive-content.ts';
import { type ArchiveSearch, searchArchive } from './archive-search.ts';
import { printResult, table } from './print.ts';
import type { OpsStage } from './stage.ts';

export type QueryOptions = { readonly limit: number; readonly withContent: boolean };

type Found = Omit<ArchiveRow, 'content'> & { readonly text?: string };

/** `ops archive query` */
export const queryArchive = async (
  stage: OpsStage,
  search: ArchiveSearch,
  { limit, withContent }: QueryOptions,
  json: boolean,
  signal: AbortSignal,
): Promise<void> => {
  const open = contentOpener(stage);
  const found: Found[] = [];
  let isMore = false;
  for await (const row of searchArchive(stage, search)) {
    signal.throwIfAborted();
    isMore = found.length === limit;
    if (isMore) break;
    const { content: _content, ...rest } = row;
    found.push(withContent ? { ...rest, text: contentText(row, await open(row)) } : rest);
  }
  printResult({ rows: found, isMore }, json, () =>
    [
      found.length === 0 ? 'Nothing is archived that matches.' : table(HEAD, found.map(cells)),
      ...(isMore ? [`There is more: --limit shows more than ${limit}.`] : []),
    ].join('\n'),
  );
};

const HEAD = ['WHEN', 'KIND', 'ID', 'EVENT TYPE', 'WHAT', 'CONTENT'];

const cells = (row: Found): string[] => [
  new Date(timeOf(row as ArchiveRow)).toISOString(),
  row.kind,
  row.id,
  row.event_type,
  row.kind === 'attempt' ? whatOfAttempt(row as Extract<ArchiveRow, { kind: 'attempt' }>) : '',
  row.text ?? (row.expunged_at === undefined ? '' : '(expunged)'),
];

const whatOfAttempt = ({
  msg_id,
  endpoint_id,
  attempt,
  outcome,
  status_code,
}: Extract<ArchiveRow, { kind: 'attempt' }>) =>
  `${outcome} ${status_code} of ${msg_id} to ${endpoint_id}, attempt ${attempt}`;
