import type { CheckHost } from '@fanfare/core/egress/checked-addresses';

/**
 * A check that is not waited for longer than a caller should: a name whose servers do not answer counts as one that does
 * not resolve now.
 */
export const patientCheck =
  (check: CheckHost, limitMs: number): CheckHost =>
  (host) =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve({ kind: 'unresolved', error: new Error('no answer in time') }), limitMs);
      check(host).then((checked) => {
        clearTimeout(timer);
        resolve(checked);
      });
    });
