import { pathToFileURL } from 'node:url';
import type { SweepRun } from './sweep.ts';

/**
 * Runs in a process of its own: loads the sweep's bundle and invokes it, as its schedule does, until there is nothing to
 * send. Answers each run, the memory the process took at its most, and the units that its metric lines tell.
 */

const TIMEOUT_MS = 58_000;

process.on('message', async (file: string) => {
  const units = { readUnits: 0, writeUnits: 0 };
  // Where the metrics are written; nobody reads them here.
  process.stdout.write = (line: unknown): boolean => {
    const metrics = metricsOf(line);
    units.readUnits += Number(metrics.ConsumedReadUnits ?? 0);
    units.writeUnits += Number(metrics.ConsumedWriteUnits ?? 0);
    return true;
  };
  const { handler } = (await import(pathToFileURL(file).href)) as {
    handler: (event: unknown, context: object) => Promise<{ sent: number; isFinished: boolean }>;
  };
  const loadedMegabytes = megabytes();
  const runs: SweepRun[] = [];
  do {
    const startedAt = performance.now();
    const endAt = startedAt + TIMEOUT_MS;
    const context = { getRemainingTimeInMillis: () => endAt - performance.now() };
    const { sent, isFinished } = await handler({}, context);
    runs.push({ sent, isFinished, seconds: (performance.now() - startedAt) / 1000 });
  } while ((runs.at(-1)?.sent ?? 0) > 0);
  process.send?.({ runs, loadedMegabytes, peakMegabytes: megabytes(), ...units });
});

/** Most that the process has had of real memory so far. */
const megabytes = (): number => process.resourceUsage().maxRSS / 1024;

const metricsOf = (line: unknown): Record<string, unknown> => {
  try {
    return JSON.parse(String(line)) as Record<string, unknown>;
  } catch {
    return {};
  }
};
