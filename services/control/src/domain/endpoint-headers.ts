import { type Answer, json, noContent, type Refusal } from '@fanfare/core/http/answer';
import type { EndpointRef } from '@fanfare/core/keys';
import { err, ok, type Result } from '@fanfare/core/result';
import type { CustomHeaders } from '@fanfare/events/custom-headers';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import { changeEndpoint, type EndpointPorts, findEndpoint, NO_ENDPOINT } from './change-endpoint.ts';
import { withHeaders } from './endpoint.ts';
import type { NamedEndpoint } from './endpoints.ts';
import { isSensitive } from './header-rules.ts';
import { type HeadersPatch, sizeProblem } from './headers-input.ts';
import { sameSettings } from './patch.ts';

type Outcome = Promise<Result<Answer, Refusal>>;

/** The headers of an endpoint; of those that look like credentials the names alone. */
export const getHeaders = async (target: NamedEndpoint, ports: EndpointPorts): Outcome => {
  const found = await findEndpoint(target, ports);
  if (!found.ok) return found;
  const headers = await headersOf(found.value.ref, found.value.endpoint, ports);
  const shown = Object.entries(headers).filter(([name]) => !isSensitive(name));
  return ok(json(200, { headers: Object.fromEntries(shown), sensitive: Object.keys(headers).filter(isSensitive) }));
};

/** Puts other headers in the place of those that there are. */
export const putHeaders = (target: NamedEndpoint, headers: CustomHeaders, ports: EndpointPorts): Outcome =>
  changeHeaders(target, ports, () => headers);

/** Puts and takes away some headers; whatever letter case they were set in, they are the same. */
export const patchHeaders = (target: NamedEndpoint, patch: HeadersPatch, ports: EndpointPorts): Outcome => {
  const named = new Set(Object.keys(patch).map((name) => name.toLowerCase()));
  return changeHeaders(target, ports, (before) => {
    const kept = Object.entries(before).filter(([name]) => !named.has(name.toLowerCase()));
    const set = Object.entries(patch).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
    return Object.fromEntries([...kept, ...set]);
  });
};

const changeHeaders = (
  target: NamedEndpoint,
  ports: EndpointPorts,
  change: (before: CustomHeaders) => CustomHeaders,
): Outcome =>
  changeEndpoint(target, ports, async (before, { orgId, appId }) => {
    if (before === undefined) return err(NO_ENDPOINT);
    const ref = { orgId, appId, endpointId: before.id };
    const standing = await headersOf(ref, before, ports);
    const headers = change(standing);
    const problem = sizeProblem(headers);
    if (problem !== undefined) return err(tooLarge(problem));
    if (sameSettings(standing, headers)) return ok({ after: before, answer: noContent() });
    return ok({
      after: withHeaders(before, await sealedHeaders(ref, headers, ports), ports.now()),
      answer: noContent(),
    });
  });

const headersOf = async (
  ref: EndpointRef,
  { headers }: EndpointRecord,
  ports: EndpointPorts,
): Promise<CustomHeaders> => (headers === undefined ? {} : ports.openHeaders(ref, headers));

/** `undefined` where there are none: nothing is stored then. */
export const sealedHeaders = async (
  ref: EndpointRef,
  headers: CustomHeaders,
  { sealHeaders }: Pick<EndpointPorts, 'sealHeaders'>,
): Promise<Uint8Array | undefined> => (Object.keys(headers).length === 0 ? undefined : sealHeaders(ref, headers));

const tooLarge = (msg: string): Refusal => ({
  kind: 'invalid',
  problems: [{ loc: ['body', 'headers'], msg, type: 'value_error' }],
});
