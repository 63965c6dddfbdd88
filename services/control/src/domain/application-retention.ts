import { retentionDays } from '@fanfare/core/http/field';
import * as z from 'zod/mini';

/**
 * The name under which an application's metadata says how many days payloads of its messages are kept. The official client
 * libraries send no field that they do not know and show none, but pass metadata on. It is not kept there: it is another name
 * of `payloadRetentionPeriod`.
 */
export const RETENTION_NAME = 'fanfare.payloadRetentionPeriod';

type Metadata = Readonly<Record<string, string>>;
type Given = {
  readonly payloadRetentionPeriod?: number | null | undefined;
  readonly metadata?: Metadata | undefined;
};

const at = ['metadata', RETENTION_NAME];
const saidIn = (metadata: Metadata | undefined): number | undefined => {
  const said = metadata?.[RETENTION_NAME];
  if (said === undefined) return undefined;
  return /^\d+$/.test(said) ? Number(said) : Number.NaN;
};

/** What metadata says is a number of days, and the same as the field, where both are given. */
export const retentionRules = [
  z.refine<Given>(
    ({ metadata }) => saidIn(metadata) === undefined || retentionDays.safeParse(saidIn(metadata)).success,
    { message: 'must be a whole number of days, from "5" to "90"', path: at },
  ),
  z.refine<Given>(
    ({ payloadRetentionPeriod: own, metadata }) => {
      const said = saidIn(metadata);
      return own === undefined || said === undefined || said === own;
    },
    { message: 'is another name of "payloadRetentionPeriod", which says something else', path: at },
  ),
] as const;

/** How many days are asked for: `null` for none, `undefined` where nothing is said, which a change leaves as it is. */
export const retentionIn = ({ payloadRetentionPeriod, metadata }: Given): number | null | undefined =>
  payloadRetentionPeriod === undefined ? saidIn(metadata) : payloadRetentionPeriod;

export const metadataBesideRetention = ({ [RETENTION_NAME]: _, ...kept }: Metadata): Record<string, string> => kept;

/** Metadata as the API shows it: what was read can be written back, and then says the same. */
export const retentionShown = (
  metadata: Record<string, string>,
  retentionDays: number | undefined,
): Record<string, string> =>
  retentionDays === undefined ? metadata : { ...metadata, [RETENTION_NAME]: String(retentionDays) };
