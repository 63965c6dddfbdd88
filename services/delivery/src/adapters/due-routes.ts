import { type Lane, laneOf } from '@fanfare/events/delivery-task';
import type { DueEndpoint, DueItem, DueTask } from '@fanfare/events/due-item';
import type { SweepPorts } from '../domain/sweep.ts';

type Send<T> = (items: readonly T[]) => Promise<ReadonlySet<T>>;

export type DueRoutes = {
  readonly lanes: Readonly<Record<Lane, Send<DueTask>>>;
  readonly wakes: Send<DueEndpoint>;
};

/** Sends each due item to where its kind belongs: a task into the lane it came from, an endpoint to who looks at it. */
export const dueRoutes =
  ({ lanes, wakes }: DueRoutes): SweepPorts['send'] =>
  async (items) => {
    const tasks = (lane: Lane) =>
      items.filter((item) => item.what === 'task').filter((item) => laneOf(item.task) === lane);
    const taken = await Promise.all([
      sendSome(tasks('webhook'), lanes.webhook),
      sendSome(tasks('slow'), lanes.slow),
      sendSome(
        items.filter((item) => item.what === 'endpoint'),
        wakes,
      ),
    ]);
    return new Set<DueItem>(taken.flatMap((some) => [...some]));
  };

const sendSome = async <T>(items: readonly T[], send: Send<T>): Promise<ReadonlySet<T>> =>
  items.length === 0 ? new Set() : send(items);
