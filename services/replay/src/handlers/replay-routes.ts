import { createHash } from 'node:crypto';
import { type Answer, json, type Refusal } from '@fanfare/core/http/answer';
import { forOrganisation, forPortal, type PrincipalCall, type Route } from '@fanfare/core/http/route';
import { ok, type Result } from '@fanfare/core/result';
import { backgroundTaskJson } from '../domain/background-task-json.ts';
import {
  type BackgroundTaskPorts,
  backgroundTaskFor,
  cancelBackgroundTask,
  listBackgroundTasks,
} from '../domain/background-tasks.ts';
import { type ReplayOrder, readBulkReplay, readRecovery, readReplayOfMissing } from '../domain/replay-order.ts';
import { type CallIdentity, type StartReplayPorts, startReplay } from '../domain/start-replay.ts';

const ENDPOINT = '/api/v1/app/:app_id/endpoint/:endpoint_id';
const TASKS = '/api/v1/background-task';

/** Replays, and the tasks by which they are followed. */
export const replayRoutes = (ports: StartReplayPorts & BackgroundTaskPorts): Route[] => {
  const start = (read: ReadOrder) => async (call: PrincipalCall) => {
    const order = read(call.body, ports.now());
    if (!order.ok) return order;
    const { app_id: application = '', endpoint_id: endpoint = '' } = call.parameters;
    const identity = identityOf(call);
    const { principal } = call;
    const started = await startReplay(
      { principal, application, endpoint, order: order.value, ...(identity && { identity }) },
      ports,
    );
    return started.ok ? ok(json(202, backgroundTaskJson(started.value, ports.now()))) : started;
  };

  return [
    forPortal(`POST ${ENDPOINT}/recover`, start(readRecovery)),
    forPortal(`POST ${ENDPOINT}/replay-missing`, start(readReplayOfMissing)),
    forPortal(`POST ${ENDPOINT}/bulk-replay`, start(readBulkReplay)),

    forOrganisation(`GET ${TASKS}`, ({ principal, query }) => listBackgroundTasks(principal.orgId, query, ports)),

    forPortal(`GET ${TASKS}/:task_id`, async ({ principal, parameters }) => {
      const found = await backgroundTaskFor(principal, parameters.task_id ?? '', ports);
      return found.ok ? ok(json(200, backgroundTaskJson(found.value, ports.now(), principal.kind))) : found;
    }),

    forPortal(`POST ${TASKS}/:task_id/cancel`, async ({ principal, parameters }): Promise<Result<Answer, Refusal>> => {
      const ended = await cancelBackgroundTask(principal, parameters.task_id ?? '', ports);
      return ended.ok ? ok(json(200, backgroundTaskJson(ended.value, ports.now(), principal.kind))) : ended;
    }),
  ];
};

type ReadOrder = (body: string, nowMs: number) => Result<ReplayOrder, Refusal>;

/** What a repeat of this call is known by; `undefined` without an idempotency key. The body is what must not change. */
const identityOf = ({ principal, method, path, headers, body }: PrincipalCall): CallIdentity | undefined => {
  const key = headers['idempotency-key'];
  if (key === undefined || key === '') return undefined;
  const who = principal.kind === 'application' ? principal.appId : principal.orgId;
  return { keyHash: digest([method, path, who, key].join('\n')), fingerprint: digest(body) };
};

/** 128 bits are enough against accident, and the item pays for every byte. */
const digest = (text: string): string =>
  createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');
