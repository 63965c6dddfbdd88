import { createHash } from 'node:crypto';
import type { AwsCall } from './aws-call.ts';

/** What may happen to one call of AWS on the wire. */
export type Fault =
  /** Refused as AWS refuses who asks too often. */
  | { readonly kind: 'throttled' }
  /** Answered 500, not done. */
  | { readonly kind: 'failing' }
  /** Answered 503, not done. */
  | { readonly kind: 'unavailable' }
  /** Done, and reported as 500. */
  | { readonly kind: 'failing-after' }
  /** The connection breaks before the call arrives. */
  | { readonly kind: 'reset-before' }
  /** The call is done, and the connection breaks before the answer. */
  | { readonly kind: 'reset-after' }
  | { readonly kind: 'slow'; readonly milliseconds: number }
  /** Part of a batch is done, the rest handed back. */
  | { readonly kind: 'partial'; readonly share: number }
  /** The worker that made the call is killed before the call arrives. */
  | { readonly kind: 'killed-before' }
  /** The worker that made the call is killed when the call is done. */
  | { readonly kind: 'killed-after' };

export type FaultKind = Fault['kind'];

export const FAULT_KINDS = [
  'throttled',
  'failing',
  'unavailable',
  'failing-after',
  'reset-before',
  'reset-after',
  'slow',
  'partial',
  'killed-before',
  'killed-after',
] as const satisfies readonly FaultKind[];

export type FaultOdds = {
  /** Of calls that meet a fault other than a kill. */
  readonly faults: number;
  /** Of faults that meet every try which the SDK makes of the call, so that the caller has to deal with it. */
  readonly lasting: number;
  readonly kills: number;
  readonly longestMilliseconds: number;
};

export const FAULT_ODDS: FaultOdds = { faults: 0.1, lasting: 0.2, kills: 0.002, longestMilliseconds: 2_500 };

const BATCHES = new Set(['BatchGetItem', 'BatchWriteItem', 'SendMessageBatch', 'PublishBatch']);
const SINGLE = ['throttled', 'failing', 'unavailable', 'failing-after', 'reset-before', 'reset-after', 'slow'] as const;

/** The fault of a call, if it meets one. */
export type FaultPlan = (call: Pick<AwsCall, 'service' | 'operation' | 'invocationId'>) => Fault | undefined;

/**
 * Draws the faults of a run. The n-th call of an operation meets the same fault in every run with this seed, whoever
 * makes the call: functions run side by side, so which call is the n-th differs.
 */
export const faultPlan = (seed: number, odds: FaultOdds = FAULT_ODDS): FaultPlan => {
  const counts = new Map<string, number>();
  const lasting = new Map<string, Fault>();
  return ({ service, operation, invocationId }) => {
    const standing = invocationId === undefined ? undefined : lasting.get(invocationId);
    if (standing !== undefined) return standing;
    const name = `${service} ${operation}`;
    const n = (counts.get(name) ?? 0) + 1;
    counts.set(name, n);
    const draw = drawing(`${seed} ${name} ${n}`);
    const chance = draw(0);
    if (chance < odds.kills) return draw(1) < 0.5 ? { kind: 'killed-before' } : { kind: 'killed-after' };
    if (chance >= odds.kills + odds.faults) return undefined;
    const fault = faultOf(operation, draw, odds);
    if (draw(3) < odds.lasting && invocationId !== undefined) lasting.set(invocationId, fault);
    return fault;
  };
};

const faultOf = (operation: string, draw: (at: number) => number, odds: FaultOdds): Fault => {
  // Half of the faults of a batch are those that only a batch can have.
  if (BATCHES.has(operation) && draw(4) < 0.5) return { kind: 'partial', share: draw(2) };
  const kind = SINGLE[Math.floor(draw(1) * SINGLE.length)] ?? 'failing';
  return kind === 'slow' ? { kind, milliseconds: Math.ceil(draw(2) * odds.longestMilliseconds) } : { kind };
};

/** Numbers in [0, 1) that a text stands for. */
const drawing = (text: string): ((at: number) => number) => {
  const bytes = createHash('sha256').update(text).digest();
  return (at) => bytes.readUInt32BE(at * 4) / 2 ** 32;
};
