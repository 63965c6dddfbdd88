import { refOf, type Template } from './cloudformation.ts';
import { eventSourcesOf } from './event-sources.ts';
import type { Finding } from './finding.ts';
import { keyOf } from './imports.ts';

/** Processes that may read a shard of a table's stream at once. Source: DynamoDB Developer Guide, "Service quotas". */
const MOST_READERS = 2;

/** How many event sources read one stream of a table, over all services: a further one would get the others throttled. */
export const checkStreamReaders = (templates: readonly Template[], keys: readonly string[]): Finding[] => {
  const sources = templates.flatMap((template) =>
    eventSourcesOf(template, keys)
      .filter(({ kind }) => kind === 'DynamoDB')
      .map(({ owner, source }) => ({ file: template.file, id: owner.id, stream: keyOf(refOf(source), keys) })),
  );
  return [...Map.groupBy(sources, ({ stream }) => stream)].flatMap(([stream, readers]) =>
    readers.slice(MOST_READERS).map(({ file, id }) => ({
      file,
      reason: `${id} is reader ${readers.length} of ${stream}, which takes ${MOST_READERS}: add to one that there is`,
    })),
  );
};
