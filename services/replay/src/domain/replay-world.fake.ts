import { type AttemptRef, attemptKey } from '@fanfare/core/keys';
import { type DeliveryTask, deliveryTask } from '@fanfare/events/delivery-task';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { MessageRecord } from '@fanfare/events/message-record';
import { fakeBackgroundTaskStore } from './background-task-store.fake.ts';
import { fakeCandidateStore } from './candidate-store.fake.ts';
import { APP_ID, attempt, ENDPOINT_ID, endpoint, idAt, message, NOW } from './replay.samples.ts';
import type { RunInput } from './start-replay.ts';
import { type StepPorts, type StepTaken, takeStep } from './take-step.ts';

export const ORG_ID = idAt('org', NOW);
const application = { orgId: ORG_ID, appId: APP_ID };
export const REF = { ...application, endpointId: ENDPOINT_ID };
export const SETTINGS = { ratePerSecond: 50, stepsPerExecution: 500 };

/** An application with one endpoint, and what replays read and write of it. The clock stands at NOW until it is moved. */
export const replayWorld = async (endpointFields: Partial<EndpointRecord> = {}) => {
  const clock = { now: NOW };
  const state = { waiting: 0, published: [] as DeliveryTask[], groups: new Set<string>() };
  const tasks = fakeBackgroundTaskStore(() => clock.now);
  const candidates = fakeCandidateStore();
  await candidates.putApplication(application, { kind: 'application-version', version: 1 });
  await candidates.putEndpoint(REF, endpoint(endpointFields));
  const ports: StepPorts = {
    ...tasks,
    ...candidates,
    publish: async (publications) => {
      for (const { body, groupId } of publications) {
        state.published.push(deliveryTask.parse(JSON.parse(body)));
        state.groups.add(groupId);
      }
    },
    waitingTasks: async () => state.waiting,
    now: () => clock.now,
  };
  const attempted = new Set<string>();
  const put = async (ref: AttemptRef, record: ReturnType<typeof attempt>) => {
    attempted.add(Object.values(attemptKey(ref)).join(' '));
    await candidates.putAttempt(ref, record);
  };

  return {
    clock,
    state,
    tasks,
    candidates,
    ports,
    /** A message that was accepted so long ago. Answers its id. */
    accept: async (agoMs: number, fields: Partial<MessageRecord> = {}): Promise<string> => {
      const messageId = idAt('msg', NOW - agoMs);
      await candidates.putMessage({ ...application, messageId }, message(NOW - agoMs, fields));
      return messageId;
    },
    attempt: (messageId: string, agoMs: number, fields: Partial<ReturnType<typeof attempt>> = {}) => {
      const record = attempt(NOW - agoMs, fields);
      return put({ ...REF, messageId, attempt: record.attempt }, record);
    },
    /** Makes the attempts of what was published, each once, as delivery does. Answers those that it made. */
    deliver: async (succeeded = true): Promise<readonly DeliveryTask[]> => {
      const made: DeliveryTask[] = [];
      for (const one of state.published.splice(0)) {
        if (attempted.has(Object.values(attemptKey(one)).join(' '))) continue;
        clock.now += 1;
        await put(one, attempt(clock.now, { attempt: one.attempt, trigger: one.trigger, succeeded }));
        made.push(one);
      }
      return made;
    },
    step: (taskId: string, from: Partial<RunInput> = {}): Promise<StepTaken> =>
      takeStep({ orgId: ORG_ID, taskId, execution: 0, page: 0, ...from }, SETTINGS, ports),
  };
};

export type ReplayWorld = Awaited<ReturnType<typeof replayWorld>>;
