import { FAULT_KINDS, type FaultKind } from './fault-plan.ts';
import type { OnEffect } from './injector.ts';

export type FaultCount = {
  readonly add: OnEffect;
  readonly total: () => number;
  /** A line for each service, a column for each kind of fault. */
  readonly table: () => readonly (readonly string[])[];
};

/** Services that are there whether they were hit or not, so that a hole in the run shows. */
const EXPECTED_SERVICES = ['dynamodb', 'sns', 'sqs', 'kms', 's3', 'ssm'];

export const faultCount = (): FaultCount => {
  const counts = new Map<string, number>();
  const services = new Set(EXPECTED_SERVICES);
  const of = (service: string, kind: FaultKind): number => counts.get(`${service} ${kind}`) ?? 0;
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
  return {
    add: (service, kind) => {
      services.add(service);
      counts.set(`${service} ${kind}`, of(service, kind) + 1);
    },
    total: () => sum([...counts.values()]),
    table: () => [
      ['service', ...FAULT_KINDS, 'all'],
      ...[...services].map((service) => {
        const row = FAULT_KINDS.map((kind) => of(service, kind));
        return [service, ...row.map(String), String(sum(row))];
      }),
      [
        'all',
        ...FAULT_KINDS.map((kind) => String(sum([...services].map((service) => of(service, kind))))),
        String(sum([...counts.values()])),
      ],
    ],
  };
};
