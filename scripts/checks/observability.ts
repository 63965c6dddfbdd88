import type { Finding, Report } from './finding.ts';
import type { Alarm, Metric, TerraformFacts } from './terraform-facts.ts';

const NAMESPACE = 'Fanfare';
const RUNBOOK = /Runbook: docs\/runbooks\/([\w-]+)\.md$/;

/** Alarms and dashboards name metrics that the code emits; each alarm has a runbook, and each runbook an alarm. */
export const checkObservability = (
  facts: TerraformFacts,
  emitted: readonly string[],
  runbooks: readonly string[],
): Report => {
  const { alarms, dashboards } = facts;
  const named = new Set(alarms.map(runbookOf));
  return {
    findings: [
      ...[...alarms, ...dashboards].flatMap(({ address, metrics }) => checkMetrics(address, metrics, emitted)),
      ...alarms.flatMap((alarm) => checkRunbook(alarm, runbooks)),
      ...runbooks
        .filter((runbook) => !named.has(runbook))
        .map((runbook) => ({ file: `docs/runbooks/${runbook}.md`, reason: 'no alarm names this runbook' })),
    ],
    notes: [`${alarms.length} alarms, ${runbooks.length} runbooks`],
  };
};

const checkMetrics = (address: string, metrics: readonly Metric[], emitted: readonly string[]): Finding[] =>
  metrics
    .filter(({ namespace, name }) => namespace === NAMESPACE && !emitted.includes(name))
    .map(({ name }) => ({ file: 'terraform', reason: `${address} shows ${name}, a metric that no code emits` }));

const runbookOf = ({ description }: Alarm): string | undefined => RUNBOOK.exec(description)?.[1];

const checkRunbook = (alarm: Alarm, runbooks: readonly string[]): Finding[] => {
  const { address, name } = alarm;
  const runbook = runbookOf(alarm);
  const file = 'terraform';
  if (runbook === undefined) {
    return [{ file, reason: `the description of ${address} must end with "Runbook: docs/runbooks/<name>.md"` }];
  }
  return [
    ...(name.endsWith(runbook) ? [] : [{ file, reason: `${address} is called ${name}, its runbook ${runbook}` }]),
    ...(runbooks.includes(runbook)
      ? []
      : [{ file, reason: `${address} names docs/runbooks/${runbook}.md, which is missing` }]),
  ];
};
