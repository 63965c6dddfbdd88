import { idTimeMs, isId } from './ids.ts';
import { isKeyPart, type MessageRef } from './keys.ts';
import type { StoredPayload } from './payload.ts';

/**
 * The largest packed body that a message's item holds itself. A write unit more for each KB and half of what the item is read
 * by make an object the cheaper place from some 8 KB on; twice that keeps most messages at one request and one dependency.
 */
export const INLINE_PAYLOAD_BYTES = 16 * 1024;

/** The object that holds a message's packed body: how large the body is, and how large the object. */
export type PayloadObject = { readonly bytes: number; readonly packedBytes: number };

/**
 * The key of that object. It follows from the message's, so that a repeat writes the same object again and nobody can be led to
 * another's; by the day of the message first, so that those of a day can be looked through. Throws for what is no message.
 */
export const payloadObjectKey = ({ orgId, appId, messageId }: MessageRef): string => {
  if (![orgId, appId].every(isKeyPart) || !isId('msg', messageId)) throw new Error('not the id of a message');
  return `${payloadDay(idTimeMs(messageId))}/${orgId}/${appId}/${messageId}`;
};

/** What the keys of a day (in UTC, of a time in milliseconds since 1970) begin with. */
export const payloadDay = (atMs: number): string => new Date(atMs).toISOString().slice(0, 'yyyy-mm-dd'.length);

/** The inverse of {@link payloadObjectKey}. `undefined` for the key of something else. */
export const parsePayloadObjectKey = (key: string): MessageRef | undefined => {
  const [day, orgId, appId, messageId, ...more] = key.split('/');
  if (day === undefined || orgId === undefined || appId === undefined || messageId === undefined) return undefined;
  if (more.length > 0 || ![orgId, appId].every(isKeyPart) || !isId('msg', messageId)) return undefined;
  return payloadDay(idTimeMs(messageId)) === day ? { orgId, appId, messageId } : undefined;
};

/** Keeps the packed body of a message as an object. To do it again is to write the same bytes. */
export type KeepPayload = (ref: MessageRef, packed: Uint8Array) => Promise<void>;

/** An object that is not as long as its message says. Told apart by its name: who reads it may be a bundle of its own. */
export class DamagedPayload extends Error {
  override readonly name = 'DamagedPayload';
  constructor(bytes: number | undefined, { packedBytes }: PayloadObject) {
    super(`the payload's object has ${bytes} bytes and not ${packedBytes}`);
  }
}

/** Reads it again; `undefined` when it is gone. Throws when it cannot be read, and {@link DamagedPayload} for another length. */
export type ReadPayload = (ref: MessageRef, object: PayloadObject) => Promise<Uint8Array | undefined>;

/** Removes it for good, as if it had never been there. To do it again is nothing. */
export type ExpungePayload = (ref: MessageRef) => Promise<void>;

/** What of a message says where its body is. */
export type BodyPlace = {
  readonly payload?: Uint8Array | undefined;
  readonly encoding: StoredPayload['encoding'];
  readonly payloadObject?: PayloadObject | undefined;
};

/** Puts a body where its size belongs: into the item, or into an object that stands before the item refers to it. */
export const placeBody = async (ref: MessageRef, packed: StoredPayload, bytes: number, keep: KeepPayload) => {
  const { encoding } = packed;
  if (packed.bytes.length <= INLINE_PAYLOAD_BYTES) return { payload: packed.bytes, encoding };
  await keep(ref, packed.bytes);
  return { encoding, payloadObject: { bytes, packedBytes: packed.bytes.length } };
};

/** A message's packed body, wherever it is; `undefined` when it is gone. */
export const bodyAt = async (
  ref: MessageRef,
  { payload, encoding, payloadObject }: BodyPlace,
  read: ReadPayload,
): Promise<StoredPayload | undefined> => {
  if (payload !== undefined) return { encoding, bytes: payload };
  const bytes = payloadObject && (await read(ref, payloadObject));
  return bytes && { encoding, bytes };
};
