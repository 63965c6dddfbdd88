import { isDestination } from '@fanfare/core/destinations/destination';
import type { Refusal } from '@fanfare/core/http/answer';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import * as z from 'zod/mini';

/**
 * The name under which an endpoint's metadata says whether it is ordered. The official client libraries send no field that
 * they do not know and show none, but pass metadata on. It is not kept there: it is another name of `ordered`.
 */
export const ORDERED_NAME = 'fanfare.ordered';

type Metadata = Readonly<Record<string, string>>;
type Given = { readonly ordered?: boolean | undefined; readonly metadata?: Metadata | undefined };

const SAID = new Map([
  ['true', true],
  ['false', false],
]);
const at = ['metadata', ORDERED_NAME];
const saidIn = (metadata: Metadata | undefined): string | undefined => metadata?.[ORDERED_NAME];

/** What metadata says is `true` or `false`, and the same as the field, where both are given. */
export const orderedRules = [
  z.refine<Given>(({ metadata }) => saidIn(metadata) === undefined || SAID.has(saidIn(metadata) ?? ''), {
    message: 'must be "true" or "false"',
    path: at,
  }),
  z.refine<Given>(
    ({ ordered, metadata }) => {
      const said = SAID.get(saidIn(metadata) ?? '');
      return ordered === undefined || said === undefined || said === ordered;
    },
    { message: 'is another name of "ordered", which says something else', path: at },
  ),
] as const;

/** Whether the endpoint is to be ordered; `undefined` where nothing is said, which a change leaves as it is. */
export const orderedIn = ({ ordered, metadata }: Given): boolean | undefined =>
  ordered ?? SAID.get(saidIn(metadata) ?? '');

export const metadataKept = ({ [ORDERED_NAME]: _, ...kept }: Metadata): Record<string, string> => kept;

/** Metadata as the API shows it: what was read can be written back, and then says the same. */
export const metadataView = ({
  metadata,
  orderedSince,
}: Pick<EndpointRecord, 'metadata' | 'orderedSince'>): Record<string, string> =>
  orderedSince === undefined ? metadata : { ...metadata, [ORDERED_NAME]: 'true' };

/**
 * Notes with which version of the application an endpoint became ordered, and with which it ceased to be: what was accepted
 * before and after that comes as it came.
 */
export const withOrder = (
  before: EndpointRecord | undefined,
  { orderedVersion: _version, orderedUntilVersion: _until, ...after }: EndpointRecord,
  version: number,
): EndpointRecord => {
  const wasOrdered = before?.orderedSince !== undefined;
  if (after.orderedSince !== undefined) {
    return { ...after, orderedVersion: wasOrdered ? (before.orderedVersion ?? version) : version };
  }
  const until = wasOrdered ? version : before?.orderedUntilVersion;
  return until === undefined ? after : { ...after, orderedUntilVersion: until };
};

/** By how much a change raises the number of an application's ordered endpoints: 1, 0 or -1. */
export const orderedMore = (before: EndpointRecord | undefined, after: EndpointRecord): number =>
  Number(after.orderedSince !== undefined) - Number(before?.orderedSince !== undefined);

/** Why an endpoint cannot be ordered: a destination of AWS has orders of its own, and takes no part in this one. */
export const refusedOrder = ({ url, orderedSince }: EndpointRecord): Refusal | undefined =>
  orderedSince === undefined || !isDestination(url)
    ? undefined
    : {
        kind: 'invalid',
        problems: [
          {
            loc: ['body', 'ordered'],
            msg: 'must be false where the url is the ARN of a destination: only web endpoints can be ordered',
            type: 'value_error',
          },
        ],
      };
