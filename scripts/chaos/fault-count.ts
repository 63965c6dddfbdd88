import { FAULT_KINDS, type FaultKind } from './fault-plan.ts';
import type { OnEffect } from './injector.ts';

export type FaultCount = {
  /** Counts a call, whatever becomes of it. */
  readonly addCall: (service: string) => void;
  readonly add: OnEffect;
  readonly total: () => number;
  /** A line for each service, a column for each kind of fault. */
  readonly table: () => readonly (readonly string[])[];
};

/** Services that are there whether they were hit or not, so that a hole in the run shows. */
const EXPECTED_SERVICES = ['dynamodb', 'sns', 'sqs', 'kms', 's3', 'ssm'];

export const faultCount = (): FaultCount => {
  const counts = new Map<string, number>();
  const calls = new Map<string, number>();
  const services = new Set(EXPECTED_SERVICES);
  const of = (service: string, kind: FaultKind): number => counts.get(`${service} ${kind}`) ?? 0;
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
  return {
    addCall: (service) => {
      services.add(service);
      calls.set(service, (calls.get(service) ?? 0) + 1);
    },
    add: (service, kind) => {
      counts.set(`${service} ${kind}`, of(service, kind) + 1);
    },
    total: () => sum([...counts.values()]),
    table: () => [
      ['service', 'calls', ...FAULT_KINDS, 'all'],
      ...[...services].map((service) => {
        const row = FAULT_KINDS.map((kind) => of(service, kind));
        return [service, String(calls.get(service) ?? 0), ...row.map(String), String(sum(row))];
      }),
      [
        'all',
        String(sum([...calls.values()])),
        ...FAULT_KINDS.map((kind) => String(sum([...services].map((service) => of(service, kind))))),
        String(sum([...counts.values()])),
      ],
    ],
  };
};
