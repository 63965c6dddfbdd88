import type { ApplicationRef } from '@fanfare/core/keys';
import { fakePayloadStore } from '@fanfare/core/payload-object.fake';
import type { HistoryPorts } from './history.ts';
import { fakeHistoryTable } from './history-table.fake.ts';
import { type Item, NOW_MS, newApplication, samplesOf } from './history-table.samples.ts';

/** One application, what a test puts into its table, and ports that count what they are asked for. */
export const historyOf = (
  put: (make: ReturnType<typeof samplesOf>, application: ApplicationRef) => readonly Item[],
) => {
  const application = newApplication();
  const asked: string[] = [];
  const objects = fakePayloadStore();
  const table = fakeHistoryTable(put(samplesOf(application), application));
  const counted = Object.entries(table).map(([name, read]) => [
    name,
    (...given: unknown[]) => {
      asked.push(name);
      return (read as (...all: unknown[]) => unknown)(...given);
    },
  ]);
  const ports: HistoryPorts = {
    ...(Object.fromEntries(counted) as typeof table),
    findApplication: async (orgId, idOrUid) =>
      orgId === application.orgId && [application.appId, 'customer-7'].includes(idOrUid)
        ? { ...application, version: 1 }
        : undefined,
    readPayload: objects.read,
    now: () => NOW_MS,
  };
  return { application, ports, asked, objects };
};
