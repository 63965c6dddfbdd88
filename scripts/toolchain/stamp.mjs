import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** @type {(...parts: (string | Buffer)[]) => string} */
export const hashOf = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
};

/** Whether the folder that holds this stamp was made from what `hash` stands for. @type {(file: string, hash: string) => boolean} */
export const isStamped = (file, hash) => existsSync(file) && readFileSync(file, 'utf8').trim() === hash;

/** @type {(file: string, hash: string) => void} */
export const stamp = (file, hash) => writeFileSync(file, `${hash}\n`);
