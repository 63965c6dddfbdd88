import { describe, expect, test } from '@jest/globals';
import { answerIn, withoutLastWords } from './answer.ts';

describe('what a function printed in a container', () => {
  test.each([
    [
      'a result is its last line',
      'a line it printed itself\n{"statusCode":202}\n',
      { kind: 'returned', value: { statusCode: 202 } },
    ],
    ['nothing returned is a result too', 'null', { kind: 'returned', value: null }],
    [
      'an error is a failure, although the program that ran it exits with 0',
      '{"errorType":"TypeError","errorMessage":"no","trace":[]}',
      { kind: 'failed', errorType: 'TypeError', errorMessage: 'no' },
    ],
    [
      'an error without a type is one as well',
      '{"errorMessage":"no"}',
      { kind: 'failed', errorType: 'Error', errorMessage: 'no' },
    ],
    [
      'what the runtime says when nobody asks it any more is not one',
      '{"statusCode":202}\n[ERROR] [1796066273510] LAMBDA_RUNTIME Failed to get next invocation. No Response from endpoint\n\n',
      { kind: 'returned', value: { statusCode: 202 } },
    ],
    ['no output is no answer', '', { kind: 'none' }],
    ['a function that was stopped leaves no answer', 'Function timed out\n', { kind: 'none' }],
  ] as const)('%s', (_title, output, expected) => {
    expect(answerIn(output)).toEqual(expected);
  });
});

test('errors of the function are shown as they are', () => {
  const text = '[ERROR] [1796066273510] LAMBDA_RUNTIME Failed to post handler success response.\n';
  expect(withoutLastWords(text)).toBe(text);
});
