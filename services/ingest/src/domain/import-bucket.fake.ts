import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { BeginImportPorts } from './begin-import.ts';
import { DamagedFile } from './damaged-file.ts';
import { isPacked } from './imported-file.ts';
import type { StretchPorts } from './take-stretch.ts';

export type ImportBucket = Pick<StretchPorts, 'open' | 'readRejected' | 'writeRejected' | 'putReport'> &
  Pick<BeginImportPorts, 'findFile'> & {
    readonly put: (key: string, content: Uint8Array) => Promise<void>;
    readonly remove: (key: string) => Promise<void>;
    /** The text of an object, if there is one. */
    readonly textOf: (key: string) => Promise<string | undefined>;
  };

/** Files and what lies beside them in memory, as `importedObjects` keeps them. Texts come in chunks of `chunkBytes`. */
export const fakeImportBucket = (chunkBytes = 7): ImportBucket => {
  const objects = new Map<string, { readonly content: Uint8Array; readonly version: number }>();
  let versions = 0;
  const etagOf = (content: Uint8Array): string => `"${createHash('md5').update(content).digest('hex')}"`;
  const put = (key: string, content: Uint8Array): void => {
    versions += 1;
    objects.set(key, { content, version: versions });
  };

  return {
    put: async (key, content) => put(key, content),
    remove: async (key) => void objects.delete(key),
    textOf: async (key) => {
      const found = objects.get(key);
      return found && new TextDecoder().decode(found.content);
    },
    findFile: async (key) => {
      const found = objects.get(key);
      if (found === undefined) return undefined;
      const { content, version } = found;
      return { file: key, etag: etagOf(content), bytes: content.length, version: String(version) };
    },
    open: async (file, offset) => {
      const found = objects.get(file.file);
      if (found === undefined) return 'file-gone';
      if (etagOf(found.content) !== file.etag) return 'file-changed';
      const { content } = found;
      let at = offset;
      const chunks = async function* (): AsyncGenerator<Uint8Array> {
        const text = isPacked(file) ? unpacked(content) : content;
        for (; at < text.length; at += chunkBytes) yield text.subarray(at, at + chunkBytes);
      };
      return { chunks: chunks(), read: () => Math.min(at, content.length) };
    },
    readRejected: async (key) => {
      const found = objects.get(key);
      return found === undefined
        ? { text: '' }
        : { text: new TextDecoder().decode(found.content), etag: etagOf(found.content) };
    },
    writeRejected: async (key, text, seen) => {
      const standing = objects.get(key);
      if ((standing && etagOf(standing.content)) !== seen.etag) return 'lost-race';
      const content = new TextEncoder().encode(text);
      put(key, content);
      return { etag: etagOf(content) };
    },
    putReport: async (key, report) => put(key, new TextEncoder().encode(JSON.stringify(report))),
  };
};

const unpacked = (content: Uint8Array): Uint8Array => {
  try {
    return gunzipSync(content);
  } catch (error) {
    throw new DamagedFile('it cannot be unpacked', { cause: error });
  }
};
