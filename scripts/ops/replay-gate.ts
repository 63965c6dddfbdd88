import { setTimeout as sleep } from 'node:timers/promises';
import { waitingTasks } from '@fanfare/core/aws/waiting-tasks';
import type { ApplicationRef } from '@fanfare/core/keys';
import { LANES } from '@fanfare/events/delivery-task';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import { candidateTable } from '../../services/replay/src/adapters/candidate-table.ts';
import { type Hold, holdOf } from '../../services/replay/src/domain/hold.ts';
import { paceOf } from '../../services/replay/src/domain/pace.ts';
import { problemWith } from '../../services/replay/src/domain/unfit-endpoint.ts';
import { Failure } from '../toolchain/failure.mjs';
import { openTable } from './archive-content.ts';
import type { OpsStage } from './stage.ts';

/** What an endpoint's state says about sending it the next message of a replay, now. */
export type ReplayGate =
  | { readonly kind: 'open'; readonly endpoint: EndpointRecord; readonly perSecond: number }
  | ({ readonly kind: 'hold' } & Hold)
  /** `why` is a sentence; `published`, what becomes of what was published before. */
  | { readonly kind: 'closed'; readonly why: string; readonly published: string };

/** The lanes' depth is approximate for a minute anyway. */
const DEPTH_COUNTS_MS = 1_000;

/** Looks at an endpoint, and at all that a replay of the API asks about it. Its own state is read strongly. */
export const replayGate = (
  stage: OpsStage,
  endpointId: string,
  ratePerSecond: number,
): ((ref: ApplicationRef) => Promise<ReplayGate>) => {
  const { client, tableName } = openTable(stage);
  const { findEndpointById, findApplicationVersion } = candidateTable(client, tableName, {
    ...{ sleep: async (ms: number) => sleep(ms), random: Math.random },
  });
  const ports = { now: Date.now, waitingTasks: depthOfLanes(stage) };
  return async ({ orgId, appId }) => {
    const [application = {}, endpoint] = await Promise.all([
      findApplicationVersion({ orgId, appId }),
      findEndpointById({ orgId, appId, endpointId }),
    ]);
    if (endpoint === undefined || endpoint.deletedAt !== undefined) {
      const why = `The application ${appId} has no endpoint ${endpointId}.`;
      return { kind: 'closed', why, published: 'What was published before and not sent yet is recorded as failed.' };
    }
    const problem = problemWith(endpoint);
    if (problem !== undefined) {
      const why = `The endpoint ${endpointId} ${problem}.`;
      return { kind: 'closed', why, published: endpoint.disabled ? WAITS : 'What was published before is still sent.' };
    }
    const hold = await holdOf(endpoint, ports);
    if (hold !== undefined) return { kind: 'hold', ...hold };
    return { kind: 'open', endpoint, perSecond: paceOf(ratePerSecond, endpoint, application).perSecond };
  };
};

const WAITS =
  'What was published before and not sent yet waits until then, and the same command goes on with the rest.';

const depthOfLanes = (stage: OpsStage): (() => Promise<number>) => {
  const count = waitingTasks(
    stage.sqs,
    LANES.map((lane) => laneUrl(stage, lane)),
  );
  let known: { readonly depth: number; readonly atMs: number } | undefined;
  return async () => {
    if (known === undefined || Date.now() - known.atMs >= DEPTH_COUNTS_MS) {
      known = { depth: await count(), atMs: Date.now() };
    }
    return known.depth;
  };
};

const laneUrl = ({ contract, stage }: OpsStage, lane: string): string => {
  const url = contract.get(`queue/${lane}/url`);
  if (url !== undefined) return url;
  throw new Failure(`The stage '${stage}' exports no queue of the lane '${lane}'.`);
};
