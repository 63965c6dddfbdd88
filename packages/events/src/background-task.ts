import * as z from 'zod/mini';
import { importTask } from './import-task.ts';
import { replayTask } from './replay-task.ts';

/** Work that goes on after whoever asked for it was answered, and that can be followed through the API. */
export const backgroundTask = z.discriminatedUnion('task', [replayTask, importTask]);

export type BackgroundTask = z.infer<typeof backgroundTask>;
