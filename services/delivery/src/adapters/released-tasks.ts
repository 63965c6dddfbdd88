import type { KeepUntilDue } from '@fanfare/core/aws/due-writer';
import { CORRELATION_ATTRIBUTE } from '@fanfare/core/telemetry/correlation';
import { LANE_ATTRIBUTE, laneOf } from '@fanfare/events/delivery-task';
import { dueTaskOf } from '../domain/due-task.ts';
import type { TurnPorts } from '../domain/ordered/take-turn.ts';
import { waitingPlace } from '../domain/waiting-place.ts';
import type { ScheduleRetry } from './retry-queue.ts';

type Config = {
  readonly scheduleRetry: ScheduleRetry;
  readonly keepUntilDue: KeepUntilDue;
  readonly now: () => number;
};

/** Makes a task like any other of what stands in a log: in its lane, with the attributes that fan-out gives, or due later. */
export const releasedTasks =
  ({ scheduleRetry, keepUntilDue, now }: Config): TurnPorts['release'] =>
  async (task, dueAt, { correlationId }) => {
    const attributes = { [LANE_ATTRIBUTE]: laneOf(task), [CORRELATION_ATTRIBUTE]: correlationId };
    const place = waitingPlace(dueAt, now());
    if (place.kind === 'lane') await scheduleRetry(task, place.delaySeconds, attributes);
    else await keepUntilDue(dueTaskOf(task, dueAt, attributes));
  };
