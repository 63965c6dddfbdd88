import type { Principal } from '@fanfare/core/auth/token';
import { type LostRace, untilSettled } from '@fanfare/core/contended';
import { type Answer, json, type Refusal } from '@fanfare/core/http/answer';
import { type PageRequest, pageOf } from '@fanfare/core/http/page';
import { err, ok, type Result } from '@fanfare/core/result';
import type { ApplicationRecord } from '@fanfare/events/application-record';
import { type ApplicationSettings, applicationView, newApplication, withPatch, withSettings } from './application.ts';
import type { ApplicationChange, ApplicationStore } from './application-store.ts';
import { type AnswerPorts, answerOnce, type CallIdentity, type Keep } from './idempotency.ts';
import { isOwn, NO_APPLICATION } from './own-application.ts';
import type { Patch } from './patch.ts';

export type ApplicationPorts = ApplicationStore &
  AnswerPorts & { readonly mintApplicationId: (atMs: number) => string };

const UID_TAKEN: Refusal = { kind: 'conflict', detail: 'Another application has this uid.' };

/** Makes an application. With `getIfExists`, one that has its uid already is answered as it is. */
export const createApplication = (
  orgId: string,
  settings: ApplicationSettings,
  options: { readonly getIfExists: boolean; readonly call: CallIdentity | undefined },
  ports: ApplicationPorts,
): Promise<Result<Answer, Refusal>> => {
  const { uid } = settings;
  const nowMs = ports.now();
  const after = newApplication(ports.mintApplicationId(nowMs), settings, nowMs);
  return answerOnce(options.call, ports, async (keep) => {
    const existing = options.getIfExists && uid !== undefined ? await ports.getApplication(orgId, uid) : undefined;
    if (existing !== undefined) return ok(shown(200, existing));
    const saved = await save(orgId, { after }, 201, keep, ports);
    // Made by somebody else since we looked: the next look finds it.
    return saved !== 'lost-race' && !saved.ok && options.getIfExists ? 'lost-race' : saved;
  });
};

/** The application, if it is there and the caller's own. */
export const getApplication = async (
  principal: Principal,
  idOrUid: string,
  ports: ApplicationPorts,
): Promise<Result<Answer, Refusal>> => {
  const found = await ports.getApplication(principal.orgId, idOrUid);
  return found !== undefined && isOwn(principal, found.id) ? ok(shown(200, found)) : err(NO_APPLICATION);
};

export const listApplications = async (
  orgId: string,
  request: PageRequest,
  ports: ApplicationPorts,
): Promise<Result<Answer, Refusal>> => {
  const rows = await ports.listApplications(orgId, request);
  return ok(
    json(
      200,
      pageOf(rows.map(applicationView), request, ({ id }) => id),
    ),
  );
};

/** Replaces an application's settings, or makes one when there is none by that name. */
export const putApplication = (
  orgId: string,
  idOrUid: string,
  settings: ApplicationSettings,
  ports: ApplicationPorts,
): Promise<Result<Answer, Refusal>> =>
  changing(orgId, idOrUid, ports, (before) => {
    const nowMs = ports.now();
    return before === undefined
      ? newApplication(ports.mintApplicationId(nowMs), settings, nowMs)
      : withSettings(before, settings, nowMs);
  });

/** Changes some of an application's settings. */
export const patchApplication = (
  orgId: string,
  idOrUid: string,
  patch: Patch<ApplicationSettings>,
  ports: ApplicationPorts,
): Promise<Result<Answer, Refusal>> =>
  changing(orgId, idOrUid, ports, (before) => before && withPatch(before, patch, ports.now()));

/** `change` answers `undefined` for an application that has to exist and does not. */
const changing = (
  orgId: string,
  idOrUid: string,
  ports: ApplicationPorts,
  change: (before: ApplicationRecord | undefined) => ApplicationRecord | undefined,
): Promise<Result<Answer, Refusal>> =>
  untilSettled(async () => {
    const before = await ports.getApplication(orgId, idOrUid);
    const after = change(before);
    if (after === undefined) return err(NO_APPLICATION);
    if (before === undefined) return save(orgId, { after }, 201, () => undefined, ports);
    if (after === before) return ok(shown(200, before));
    return save(orgId, { before, after }, 200, () => undefined, ports);
  }, ports);

const save = async (
  orgId: string,
  change: ApplicationChange,
  status: 200 | 201,
  keep: Keep,
  ports: ApplicationPorts,
): Promise<Result<Answer, Refusal> | LostRace> => {
  const answer = shown(status, change.after);
  const saved = await ports.saveApplication(orgId, change, keep(answer));
  if (saved === 'lost-race') return 'lost-race';
  return saved === 'saved' ? ok(answer) : err(UID_TAKEN);
};

const shown = (status: 200 | 201, application: ApplicationRecord): Answer => json(status, applicationView(application));
