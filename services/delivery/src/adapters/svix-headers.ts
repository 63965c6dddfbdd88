const PREFIX = 'webhook-';

/** The headers of Standard Webhooks under the names that they had before there was a standard. */
export const svixHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(PREFIX))
      .map(([name, value]) => [`svix-${name.slice(PREFIX.length)}`, value]),
  );
