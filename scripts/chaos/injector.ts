import { setTimeout as wait } from 'node:timers/promises';
import { unreachable } from '@fanfare/core/unreachable';
import { type Refusal, refusalAnswer } from './aws-refusal.ts';
import type { Fault, FaultKind, FaultPlan } from './fault-plan.ts';
import { NOTHING_DONE, partialBatch } from './partial-batch.ts';
import type { Exchange, Interception, WireAnswer } from './wire.ts';
import type { Workers } from './worker-process.ts';

/** Told of each fault that took effect: the caller met it, or AWS did what nobody was told of. */
export type OnEffect = (service: string, kind: FaultKind) => void;

/** Lets each call of a function meet the fault that the plan has for it, if it has one. */
export const injector =
  (plan: FaultPlan, workers: Workers, onEffect: OnEffect): Interception =>
  async (exchange) => {
    const fault = plan(exchange.call);
    if (fault === undefined) {
      await exchange.answer(await exchange.forward());
      return;
    }
    if (await meet(exchange, fault, workers)) onEffect(exchange.call.service, fault.kind);
  };

/** Whether the fault took effect. */
const meet = async (exchange: Exchange, fault: Fault, workers: Workers): Promise<boolean> => {
  switch (fault.kind) {
    case 'throttled':
    case 'failing':
    case 'unavailable':
      return refuse(exchange, fault.kind);
    case 'failing-after': {
      const isDone = succeeded(await exchange.forward());
      return (await refuse(exchange, 'failing')) && isDone;
    }
    case 'reset-before':
      return exchange.reset();
    case 'reset-after': {
      const isDone = succeeded(await exchange.forward());
      return exchange.reset() && isDone;
    }
    case 'slow':
      await wait(fault.milliseconds);
      return exchange.isListenedTo() && exchange.answer(await exchange.forward());
    case 'partial':
      return part(exchange, fault.share);
    case 'killed-before':
      return kill(exchange, workers);
    case 'killed-after': {
      const isDone = succeeded(await exchange.forward());
      return (await kill(exchange, workers)) && isDone;
    }
    default:
      return unreachable(fault);
  }
};

const succeeded = ({ status }: WireAnswer): boolean => status < 300;

const refuse = ({ call, answer }: Exchange, refusal: Refusal): Promise<boolean> => answer(refusalAnswer(call, refusal));

/** Of what cannot be divided everything is done. */
const part = async ({ call, forward, answer }: Exchange, share: number): Promise<boolean> => {
  const batch = partialBatch(call, share);
  const done = batch !== undefined && batch.body === undefined ? NOTHING_DONE : await forward(batch?.body);
  const isPart = batch !== undefined && succeeded(done);
  return (await answer(isPart ? batch.amend(done) : done)) && isPart;
};

/** Whoever cannot be killed gets no answer all the same. */
const kill = async ({ callerPort, reset }: Exchange, workers: Workers): Promise<boolean> => {
  const isKilled = await workers.kill(callerPort);
  reset();
  return isKilled;
};
