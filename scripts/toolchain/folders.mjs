import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Where these scripts keep everything they make; ignored by git. `FANFARE_STATE_DIR` puts it elsewhere. */
export const STATE_FOLDER = resolve(process.env.FANFARE_STATE_DIR ?? join(ROOT, '.fanfare'));

/** Holds one Python environment per tool. `FANFARE_TOOLS_DIR` shares it between working copies. */
export const toolsFolder = () => resolve(process.env.FANFARE_TOOLS_DIR ?? join(STATE_FOLDER, 'tools'));

/** The Node.js that functions run on, and these scripts with them. */
export const NODE_24 = join(ROOT, 'node_modules/node/bin/node');
