import { pathToFileURL } from 'node:url';

/**
 * Runs in a process of its own: loads the bundle of imports and does one, stretch by stretch, as the state machine does. The
 * memory is the most that the operating system has given the process, the time that of its processor.
 */

export type ImportedFigures = {
  readonly lines: number;
  readonly stretches: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Before its first line, and at the most. */
  readonly loadedMegabytes: number;
  readonly peakMegabytes: number;
};

const TIMEOUT_MS = 900_000;
const KEY = 'org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ/app_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ/bench.jsonl';

type Taken = { readonly next: string };
type Handler = (event: unknown, context: object) => Promise<Taken>;

process.on('message', async (file: string) => {
  const counted = { lines: 0 };
  // Where the metrics are written.
  process.stdout.write = (line: unknown): boolean => {
    counted.lines += acceptedIn(line);
    return true;
  };
  const { handler } = (await import(pathToFileURL(file).href)) as { handler: Handler };
  const give = (event: unknown): Promise<Taken> => {
    const endAt = performance.now() + TIMEOUT_MS;
    return handler(event, { getRemainingTimeInMillis: () => endAt - performance.now() });
  };
  let taken = await give({ run: 'bench', key: KEY });
  const loadedMegabytes = megabytes();
  const [startedAt, before] = [performance.now(), process.cpuUsage()];
  let stretches = 0;
  for (; taken.next !== 'end'; stretches += 1) taken = await give(taken);
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - startedAt) / 1000;
  const cpuSeconds = (user + system) / 1_000_000;
  process.send?.({ ...counted, stretches, seconds, cpuSeconds, loadedMegabytes, peakMegabytes: megabytes() });
});

const megabytes = (): number => process.resourceUsage().maxRSS / 1024;

const acceptedIn = (line: unknown): number => {
  try {
    return Number((JSON.parse(String(line)) as { MessageAccepted?: number }).MessageAccepted ?? 0);
  } catch {
    return 0;
  }
};
