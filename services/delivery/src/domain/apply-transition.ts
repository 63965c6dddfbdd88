import { unreachable } from '@fanfare/core/unreachable';
import type { AttemptedEndpoint, EndpointMarks } from './endpoint-marks.ts';
import type { Transition } from './endpoint-pressure.ts';
import type { ParkPorts } from './park.ts';

export type TransitionPorts = EndpointMarks & Pick<ParkPorts, 'sendWake' | 'now'>;

/**
 * Writes a transition, and answers whether this was the write that made it. Where a look at parked tasks follows, it is
 * announced before: a look that nobody agreed to is dropped, one that nobody announced would never come.
 */
export const applyTransition = async (
  { orgId, appId, endpointId, url }: AttemptedEndpoint,
  transition: Transition,
  ports: TransitionPorts,
): Promise<boolean> => {
  const ref = { orgId, appId, endpointId };
  const at = { ...ref, url };
  switch (transition.kind) {
    case 'pause':
      return ports.pause(at, transition.until);
    case 'open-breaker':
      await ports.sendWake({ v: 1, ...ref, wakeAt: transition.breaker.until });
      return ports.openBreaker(at, transition.breaker, transition.seen);
    case 'close-breaker': {
      const wakeAt = Math.ceil(ports.now());
      await ports.sendWake({ v: 1, ...ref, wakeAt });
      return ports.closeBreaker(ref, transition.seen, wakeAt);
    }
    case 'slow':
      return ports.setSlow(at, transition.since);
    case 'quick':
      return ports.setSlow(at, undefined);
    default:
      return unreachable(transition);
  }
};
