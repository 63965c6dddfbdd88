import type { ApplicationRef } from '@fanfare/core/keys';
import { Failure } from '../toolchain/failure.mjs';
import { hasContent } from './archive-content.ts';
import { type ArchiveSearch, searchArchive } from './archive-search.ts';
import { printResult } from './print.ts';
import type { OpsStage } from './stage.ts';

/**
 * `ops archive restore --dry-run` and `replay --dry-run`: how many messages match. Fails with the sentence of `refusal`, when
 * it has one.
 */
export const countMessages = async (
  stage: OpsStage,
  search: ArchiveSearch,
  json: boolean,
  signal: AbortSignal,
  refusal: (application: ApplicationRef) => Promise<string | undefined> = async () => undefined,
): Promise<void> => {
  let [matched, withoutContent] = [0, 0];
  for await (const row of searchArchive(stage, { ...search, kind: 'message' })) {
    signal.throwIfAborted();
    const why = matched === 0 ? await refusal({ orgId: row.org_id, appId: row.app_id }) : undefined;
    if (why !== undefined) throw new Failure(why);
    matched += 1;
    if (!hasContent(row)) withoutContent += 1;
  }
  printResult(
    { matched, withoutContent },
    json,
    () => `${matched} messages match, ${withoutContent} without a payload.`,
  );
};
