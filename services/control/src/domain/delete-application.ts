import { concurrently } from '@fanfare/core/concurrently';
import { untilSettled, type Waiting } from '@fanfare/core/contended';
import { type Answer, noContent, type Refusal } from '@fanfare/core/http/answer';
import { isId } from '@fanfare/core/ids';
import type { ApplicationRef } from '@fanfare/core/keys';
import { laterThan } from '@fanfare/core/later-than';
import { err, ok, type Result } from '@fanfare/core/result';
import type { ApplicationStore } from './application-store.ts';
import { tombstoneOf } from './endpoint.ts';
import type { EndpointStore } from './endpoint-store.ts';
import { NO_APPLICATION } from './own-application.ts';
import { epochSeconds, TOMBSTONE_SECONDS } from './time.ts';

export type DeleteApplicationPorts = Waiting &
  Pick<ApplicationStore, 'getApplication' | 'removeApplication' | 'wasDeleted'> &
  Pick<EndpointStore, 'listEndpoints' | 'buryEndpoint'> & { readonly now: () => number };

/** Endpoints buried at the same time: enough for thousands of them within one call. */
const AT_ONCE = 20;
const PAGE = 200;

/**
 * Deletes an application. Its version becomes a tombstone first, which stops what is under way and keeps new endpoints
 * away; then its endpoints lose their secrets. If that stops half way, a repeat by the application's id goes on with it.
 */
export const deleteApplication = async (
  orgId: string,
  idOrUid: string,
  ports: DeleteApplicationPorts,
): Promise<Result<Answer, Refusal>> => {
  const removed = await untilSettled(() => remove(orgId, idOrUid, ports), ports);
  const ref = removed ?? (await deletedBefore(orgId, idOrUid, ports));
  if (ref === undefined) return err(NO_APPLICATION);
  const buried = await buryAll(ref, ports);
  return removed !== undefined || buried > 0 ? ok(noContent()) : err(NO_APPLICATION);
};

const remove = async (orgId: string, idOrUid: string, ports: DeleteApplicationPorts) => {
  const before = await ports.getApplication(orgId, idOrUid);
  if (before === undefined) return undefined;
  const ref = { orgId, appId: before.id };
  const nowMs = ports.now();
  const deletedAt = laterThan(before.updatedAt, nowMs);
  const expiresAt = epochSeconds(nowMs) + TOMBSTONE_SECONDS;
  const outcome = await ports.removeApplication(ref, before, { deletedAt, expiresAt });
  return outcome === 'removed' ? ref : 'lost-race';
};

const deletedBefore = async (
  orgId: string,
  appId: string,
  ports: DeleteApplicationPorts,
): Promise<ApplicationRef | undefined> =>
  isId('app', appId) && (await ports.wasDeleted(orgId, appId)) ? { orgId, appId } : undefined;

/** Returns how many there were. */
const buryAll = async (ref: ApplicationRef, ports: DeleteApplicationPorts): Promise<number> => {
  let buried = 0;
  let from: { readonly from?: string } = {};
  for (;;) {
    const living = await ports.listEndpoints(ref, { limit: PAGE, backwards: false, ...from });
    const last = living.at(-1);
    if (last === undefined) return buried;
    await concurrently(AT_ONCE, living, (endpoint) =>
      untilSettled(() => ports.buryEndpoint(ref, tombstoneOf(endpoint, ports.now())), ports),
    );
    buried += living.length;
    from = { from: last.id };
  }
};
