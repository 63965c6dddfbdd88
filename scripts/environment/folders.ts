import { join } from 'node:path';
import { STATE_FOLDER } from '../toolchain/folders.mjs';

/** Where one environment keeps its state: its description, logs, the copy of terraform/, what SAM built. */
export const environmentFolder = (name: string): string => join(STATE_FOLDER, 'env', name);
