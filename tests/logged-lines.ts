import { jest } from '@jest/globals';

/** What a function wrote while a test ran, each line parsed: log lines and embedded metrics alike. */
export const loggedLines = (): Record<string, unknown>[] => {
  const lines: Record<string, unknown>[] = [];
  beforeEach(() => {
    lines.length = 0;
    for (const method of ['debug', 'info', 'log', 'warn', 'error'] as const) {
      jest.spyOn(console, method).mockImplementation((line: unknown) => void lines.push(JSON.parse(String(line))));
    }
  });
  afterEach(() => jest.restoreAllMocks());
  return lines;
};
