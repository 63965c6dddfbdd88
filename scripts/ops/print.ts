/** A table for a person: columns as wide as their widest cell. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)].join('\n');
};

/** A length of time as people say it: its two largest units. */
export const age = (seconds: number | undefined): string => {
  if (seconds === undefined) return '-';
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
};

/** Results go to the standard output, and nothing else does: what tells of progress goes to the other stream. */
export const printResult = (value: unknown, asJson: boolean, text: () => string): void => {
  console.log(asJson ? JSON.stringify(value, null, 2) : text());
};

export const progress = (text: string): void => {
  process.stderr.write(`  ${text}\n`);
};
