import type { DueEndpoint, DueItem, DueOrder, DueTask } from '@fanfare/events/due-item';
import type { SweepPorts } from '../domain/sweep.ts';

type Send<T> = (items: readonly T[]) => Promise<ReadonlySet<T>>;

/**
 * Sends each due item to where its kind belongs: a task into its lane, an endpoint to who looks at its parked tasks, a log to
 * who wakes it.
 */
export const dueRoutes =
  (routes: {
    readonly tasks: Send<DueTask>;
    readonly wakes: Send<DueEndpoint>;
    readonly orders: Send<DueOrder>;
  }): SweepPorts['send'] =>
  async (items) => {
    const taken = await Promise.all([
      sendSome(
        items.filter((item) => item.what === 'task'),
        routes.tasks,
      ),
      sendSome(
        items.filter((item) => item.what === 'endpoint'),
        routes.wakes,
      ),
      sendSome(
        items.filter((item) => item.what === 'order'),
        routes.orders,
      ),
    ]);
    return new Set<DueItem>(taken.flatMap((some) => [...some]));
  };

const sendSome = async <T>(items: readonly T[], send: Send<T>): Promise<ReadonlySet<T>> =>
  items.length === 0 ? new Set() : send(items);
