import { checkObservability } from './observability.ts';
import { factsOf, type TerraformFacts } from './terraform-facts.ts';

const resource = (type: string, name: string, values: object) => ({ address: `${type}.${name}`, type, values });

/** A state as Terraform prints it, with what these checks read. */
const state = (alarm: object, metrics: unknown[] = [['Fanfare', 'MessageFannedOut', 'stage', 'local']]) => ({
  root_module: {
    resources: [
      resource('aws_cloudwatch_dashboard', 'main', {
        dashboard_body: JSON.stringify({ widgets: [{ properties: { markdown: 'x' } }, { properties: { metrics } }] }),
      }),
    ],
    child_modules: [
      {
        resources: [
          resource('aws_cloudwatch_metric_alarm', 'slow', {
            alarm_name: 'fanfare-local-slow',
            alarm_description: 'It is slow. Runbook: docs/runbooks/slow.md',
            namespace: 'Fanfare',
            metric_name: 'EndToEndMilliseconds',
            metric_query: [],
            ...alarm,
          }),
        ],
      },
    ],
  },
});

const facts = (...broken: Parameters<typeof state>): TerraformFacts =>
  factsOf(JSON.parse(JSON.stringify(state(...broken))));
const EMITTED = ['MessageFannedOut', 'EndToEndMilliseconds'];
const reasons = (of: TerraformFacts, runbooks = ['slow']): readonly string[] =>
  checkObservability(of, EMITTED, runbooks).findings.map(({ reason }) => reason);

describe('alarms, dashboards and runbooks', () => {
  test('metrics that are emitted and an alarm with its runbook pass', () => {
    expect(reasons(facts({}))).toEqual([]);
  });

  test('an alarm on a metric that nobody emits is found', () => {
    expect(reasons(facts({ metric_name: 'EndToEndSeconds' }))).toEqual([
      'aws_cloudwatch_metric_alarm.slow shows EndToEndSeconds, a metric that no code emits',
    ]);
  });

  test('a metric inside an alarm that computes is found too', () => {
    const metric_query = [{ metric: [{ namespace: 'Fanfare', metric_name: 'Nothing' }] }, { metric: [] }];
    expect(reasons(facts({ namespace: null, metric_name: null, metric_query }))).toEqual([
      expect.stringContaining('shows Nothing'),
    ]);
  });

  test('a dashboard that shows a metric that nobody emits is found, also inside a search', () => {
    const search = { expression: `SEARCH('{Fanfare,stage,service} MetricName="Gone"', 'Sum', 60)` };
    expect(reasons(facts({}, [['Fanfare', 'Misspelt', 'stage', 'local'], ['AWS/SQS', 'Whatever'], [search]]))).toEqual([
      'aws_cloudwatch_dashboard.main shows Misspelt, a metric that no code emits',
      'aws_cloudwatch_dashboard.main shows Gone, a metric that no code emits',
    ]);
  });

  test('an alarm without a runbook is found', () => {
    expect(reasons(facts({ alarm_description: 'It is slow.' }), [])).toEqual([
      expect.stringContaining('must end with'),
    ]);
  });

  test('an alarm whose runbook is missing is found', () => {
    expect(reasons(facts({}), [])).toEqual([expect.stringContaining('docs/runbooks/slow.md, which is missing')]);
  });

  test('an alarm that is called otherwise than its runbook is found', () => {
    expect(reasons(facts({ alarm_name: 'fanfare-local-late' }))).toEqual([expect.stringContaining('its runbook slow')]);
  });

  test('a runbook that no alarm names is found', () => {
    expect(reasons(facts({}), ['slow', 'forgotten'])).toEqual(['no alarm names this runbook']);
  });
});
