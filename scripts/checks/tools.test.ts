import { bundleReport } from './bundles.ts';
import { checkovReport } from './checkov.ts';
import { findingLine } from './finding.ts';
import { stackSizeReport } from './stack-size.ts';
import { samFindings } from './templates-lint.ts';
import { testResultOf } from './terraform-module.ts';
import { typeErrors } from './typescript.ts';

describe('what tools print becomes findings', () => {
  test('a type error has its file, line and reason, without the lines that go on', () => {
    const stdout = "scripts/a.ts(3,7): error TS2322: Type 'x' is not assignable.\n  Type 'y' neither.\n";
    expect(typeErrors(stdout)).toEqual([{ file: 'scripts/a.ts:3', reason: "TS2322: Type 'x' is not assignable." }]);
  });

  test('what `sam validate --lint` matched has its line', () => {
    const stdout = `[[E3002: Resource properties are invalid] (Additional properties are not allowed ('N' was unexpected)) matched 12, [W2531: Check if EOL] (Runtime 'nodejs20.x' was deprecated) matched 11]`;
    expect(samFindings('template.yaml', stdout)).toEqual([
      { file: 'template.yaml:12', reason: "E3002: Additional properties are not allowed ('N' was unexpected)" },
      { file: 'template.yaml:11', reason: "W2531: Runtime 'nodejs20.x' was deprecated" },
    ]);
  });

  test('a finding is one line, however its reason is broken', () => {
    expect(findingLine({ file: 'a', reason: 'one\n  two ' })).toBe('a: one two');
  });
});

describe('Checkov', () => {
  const suppressed = (comment: string) => ({
    results: {
      failed_checks: [],
      skipped_checks: [
        {
          check_id: 'CKV_1',
          file_path: '/table.tf',
          file_line_range: [2, 9],
          check_result: { suppress_comment: comment },
        },
      ],
    },
    summary: { passed: 7 },
  });

  test('a failed check is found at its resource', () => {
    const failed = {
      check_id: 'CKV_2',
      check_name: 'Encrypt it',
      resource: 'aws_x.y',
      file_path: '/a.tf',
      file_line_range: [4, 8],
    };
    expect(checkovReport({ results: { failed_checks: [failed] } }, 'terraform').findings).toEqual([
      { file: 'terraform/a.tf:4', reason: 'CKV_2: Encrypt it (aws_x.y)' },
    ]);
  });

  test('a suppression with a sentence is counted', () => {
    const sentence = 'The table holds nothing that another key would protect.';
    expect(checkovReport(suppressed(sentence), 'terraform')).toEqual({ findings: [], passed: 7, suppressed: 1 });
  });

  test.each(['No comment provided', 'not needed here', 'a reason that never ends in a full stop'])(
    'a suppression that says "%s" is found',
    (comment) => {
      expect(checkovReport(suppressed(comment), 'terraform').findings).toEqual([
        { file: 'terraform/table.tf:2', reason: 'CKV_1 is suppressed without a sentence that says why' },
      ]);
    },
  );
});

describe('budgets', () => {
  test('a stack of 120 resources is found, one of 119 passes', () => {
    expect(
      stackSizeReport([
        { file: 'a', resources: 120 },
        { file: 'b', resources: 119 },
      ]).findings,
    ).toEqual([{ file: 'a', reason: '120 resources: a stack has fewer than 120' }]);
  });

  test('a bundle over 400 KB is found until its reason is written down', () => {
    const bundles = [{ service: 'ingest', name: 'post-message', bytes: 400_001 }];
    expect(bundleReport(bundles, '- `post-message`: too big').findings).toHaveLength(1);
    expect(bundleReport(bundles, '- `post-message`: reads two formats until the first one is gone').findings).toEqual(
      [],
    );
    expect(bundleReport([{ service: 'ingest', name: 'post-message', bytes: 400_000 }], '').findings).toEqual([]);
  });
});

describe('terraform test', () => {
  const summary = (status: string, passed: number) => ({
    type: 'test_summary',
    test_summary: { status, passed, failed: 0 },
  });

  test('a failed assertion is found at its line', () => {
    const diagnostic = {
      summary: 'Test assertion failed',
      detail: 'too long',
      range: { filename: 'tests/q.tftest.hcl', start: { line: 9 } },
    };
    const printed = [
      { type: 'diagnostic', '@level': 'error', '@testrun': 'visibility', diagnostic },
      summary('fail', 0),
    ];
    expect(testResultOf(printed).findings).toEqual([
      { file: 'terraform/tests/q.tftest.hcl:9', reason: 'run "visibility": Test assertion failed: too long' },
    ]);
  });

  test('tests that all pass find nothing', () => {
    expect(testResultOf([summary('pass', 3)]).findings).toEqual([]);
  });

  test('no test at all is found', () => {
    expect(testResultOf([summary('pass', 0)]).findings).toHaveLength(1);
    expect(testResultOf([]).findings).toHaveLength(1);
  });
});
