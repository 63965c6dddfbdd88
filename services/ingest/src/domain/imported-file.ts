import { createHash } from 'node:crypto';
import { isId } from '@fanfare/core/ids';
import { isUid } from '@fanfare/core/uid';
import type { ImportTask } from '@fanfare/events/import-task';

/** A file as it lies in the bucket of imports: what its task keeps of it. */
export type ImportedFile = Pick<ImportTask, 'file' | 'etag' | 'bytes' | 'version'>;

export const GIGABYTE = 1024 ** 3;
const PLAIN_LIMIT_BYTES = 10 * GIGABYTE;
const PACKED_LIMIT_BYTES = 2 * GIGABYTE;
/** Of what is in a packed file, which says nothing of its length before it was read. */
export const TEXT_LIMIT_BYTES = 20 * GIGABYTE;

const KEY = /^(?<organisation>[^/]+)\/(?<application>[^/]+)\/.+\.jsonl(?:\.gz)?$/;

/** Whose file it is: `<organisation>/<application>/<name>.jsonl[.gz]`, the application by its id or uid. */
export const ownerOf = (key: string): { readonly orgId: string; readonly application: string } | undefined => {
  const { organisation = '', application = '' } = KEY.exec(key)?.groups ?? {};
  if (!isId('org', organisation)) return undefined;
  return isId('app', application) || isUid('app', application) ? { orgId: organisation, application } : undefined;
};

export const isPacked = ({ file }: Pick<ImportedFile, 'file'>): boolean => file.endsWith('.gz');

export const isTooLarge = (file: ImportedFile): boolean =>
  file.bytes > (isPacked(file) ? PACKED_LIMIT_BYTES : PLAIN_LIMIT_BYTES);

/** The same for a file that was put again as it was, whenever that was. 128 bits are enough against accident. */
export const contentHash = ({ file, etag, bytes }: ImportedFile): string =>
  createHash('sha256')
    .update([file, etag, String(bytes)].join('\n'))
    .digest()
    .subarray(0, 16)
    .toString('base64url');

const KEY_LIMIT_BYTES = 1024;
const LONGEST_BESIDE_BYTES = `.qtask_${'0'.repeat(27)}.rejected-0000.ndjson`.length;

/** Whether the names of what lies beside a file have room in a key of S3. */
export const hasRoomBeside = (key: string): boolean => Buffer.byteLength(key) + LONGEST_BESIDE_BYTES <= KEY_LIMIT_BYTES;

/** What lies beside the file, none of it a file of events by its name, so that none is imported. Here the newest report of any. */
export const reportKey = (file: string): string => `${file}.report.json`;

type Imported = Pick<ImportTask, 'file' | 'id'>;

/** Of each import its own: another file may have come under the same key. */
export const reportKeyOf = ({ file, id }: Imported): string => reportKey(`${file}.${id}`);
export const rejectedKey = ({ file, id }: Imported, part: number): string =>
  `${file}.${id}.rejected-${String(part).padStart(4, '0')}.ndjson`;
