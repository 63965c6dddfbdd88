/** How a function ended, as the last line that `sam local invoke` prints on its standard output tells. */
export type Answer =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly errorType: string; readonly errorMessage: string }
  | { readonly kind: 'none' };

/**
 * What is printed without what the runtime's client says when `sam` ends after the answer: it asks for another event, and
 * nobody is there. That looks like an error and says nothing about the function.
 */
export const withoutLastWords = (text: string): string =>
  text.replace(/^\[ERROR\] \[\d+\] LAMBDA_RUNTIME Failed to get next invocation\. No Response from endpoint\n*/gm, '');

/** `sam local invoke` exits 0 also when the function threw, so its output has to be read. */
export const answerIn = (standardOutput: string): Answer => {
  const last = withoutLastWords(standardOutput).trimEnd().split('\n').at(-1)?.trim() ?? '';
  const value = parseJson(last);
  if (value === undefined) return { kind: 'none' };
  if (!isError(value)) return { kind: 'returned', value };
  return { kind: 'failed', errorType: String(value.errorType ?? 'Error'), errorMessage: String(value.errorMessage) };
};

const isError = (value: unknown): value is { errorType?: unknown; errorMessage: unknown } =>
  typeof value === 'object' && value !== null && ('errorType' in value || 'errorMessage' in value);

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
