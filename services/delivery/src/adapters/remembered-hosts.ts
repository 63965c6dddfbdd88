import type { CheckedHost, CheckHost } from '@fanfare/core/egress/checked-addresses';

/** Far below the time that names live for: a name that was changed is followed, and a batch asks once. */
const KEPT_MS = 10_000;
const MAX_HOSTS = 1000;

/**
 * Remembers for a moment what a host's addresses are, so that a stream of deliveries does not resolve its name each time.
 * The addresses that are remembered are the checked ones: however a name changes meanwhile, the connection goes to one of
 * them. What could not be resolved is asked again at once.
 */
export const rememberedHosts = (check: CheckHost, now: () => number, maxHosts = MAX_HOSTS): CheckHost => {
  const hosts = new Map<string, { readonly checked: Promise<CheckedHost>; readonly untilMs: number }>();

  return (host) => {
    const known = hosts.get(host);
    if (known !== undefined && known.untilMs > now()) return known.checked;
    const checked = check(host).then((answer) => {
      if (answer.kind === 'unresolved' && hosts.get(host)?.checked === checked) hosts.delete(host);
      return answer;
    });
    hosts.delete(host); // so that the order is that of age
    hosts.set(host, { checked, untilMs: now() + KEPT_MS });
    const [oldest] = hosts.keys();
    if (hosts.size > maxHosts && oldest !== undefined) hosts.delete(oldest);
    return checked;
  };
};
