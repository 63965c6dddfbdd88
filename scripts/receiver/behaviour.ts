/** How the receiver treats requests to a path. */
export type Behaviour =
  /** Answers the statuses one after the other, the last one from then on: counted per message, so that each fails alike. */
  | {
      readonly kind: 'answer';
      readonly statuses: readonly number[];
      readonly delayMilliseconds?: number;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Answers 500 to this share of the requests, whichever they are, but to none of a message more than twice. */
  | { readonly kind: 'flaky'; readonly share: number }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' };

const MOST_FAILURES = 2;

export const ACCEPT: Behaviour = { kind: 'answer', statuses: [200] };

/** The status for the n-th request (from 0) of a message, or undefined for none at all. */
export const statusOf = (behaviour: Behaviour, n: number): number | undefined => {
  if (behaviour.kind === 'hang') return undefined;
  if (behaviour.kind === 'flaky') return n < MOST_FAILURES && Math.random() < behaviour.share ? 500 : 200;
  return behaviour.statuses[Math.min(n, behaviour.statuses.length - 1)];
};
