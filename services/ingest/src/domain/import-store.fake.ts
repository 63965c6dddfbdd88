import { isExpired } from '@fanfare/core/expiry';
import { importKey } from '@fanfare/core/keys';
import type { ImportTask } from '@fanfare/events/import-task';
import type { BeginImportPorts } from './begin-import.ts';

export type ImportStore = Pick<BeginImportPorts, 'findImport' | 'findImportOf' | 'begin' | 'change'>;

/** Tasks of imports in memory, as `importTable` keeps them. */
export const fakeImportStore = (now: () => number): ImportStore => {
  const tasks = new Map<string, ImportTask>();
  const claims = new Map<string, { readonly taskId: string; readonly expiresAt: number }>();
  const nameOf = (orgId: string, id: string): string => `${orgId} ${id}`;
  const claimed = (name: string) => {
    const found = claims.get(name);
    return found === undefined || isExpired(found, now()) ? undefined : found;
  };

  return {
    findImport: async ({ orgId, taskId }) => tasks.get(nameOf(orgId, taskId)),
    findImportOf: async (application, content) => claimed(importKey(application, content).PK)?.taskId,
    begin: async (orgId, task, content) => {
      const name = importKey({ orgId, appId: task.appId }, content).PK;
      if (claimed(name) !== undefined || tasks.has(nameOf(orgId, task.id))) return 'lost-race';
      claims.set(name, { taskId: task.id, expiresAt: task.expiresAt });
      tasks.set(nameOf(orgId, task.id), task);
      return 'begun';
    },
    change: async (orgId, { id, step }, change) => {
      const standing = tasks.get(nameOf(orgId, id));
      if (standing?.step !== step) return 'lost-race';
      const { reason, ...rest } = standing;
      const kept = change.status === 'running' || reason === undefined ? rest : standing;
      tasks.set(nameOf(orgId, id), { ...kept, ...change, step: step + 1 });
      return 'changed';
    },
  };
};
