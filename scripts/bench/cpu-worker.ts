import { pathToFileURL } from 'node:url';

/**
 * Runs in a process of its own: loads a function's bundle, handles the events it is sent and answers the CPU time (user
 * and system) that its process took for the measured ones, in milliseconds.
 */

type Work = { readonly file: string; readonly warmUp: readonly unknown[]; readonly measured: readonly unknown[] };

process.on('message', async ({ file, warmUp, measured }: Work) => {
  const { handler } = (await import(pathToFileURL(file).href)) as { handler: (event: unknown) => Promise<unknown> };
  for (const event of warmUp) await handler(event);
  const before = process.cpuUsage();
  let last: unknown;
  for (const event of measured) last = await handler(event);
  const { user, system } = process.cpuUsage(before);
  process.send?.({ cpuMs: (user + system) / 1000, last });
});
