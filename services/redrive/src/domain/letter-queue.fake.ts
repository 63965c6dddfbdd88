import type { Letter, LetterQueue, Outgoing, Refused } from './letter.ts';

type Held = Letter & { readonly visibleAtMs: number };

/** Queues in memory, made by being sent to. Time is the caller's. */
export type FakeLetterQueue = LetterQueue & {
  /** Puts a message there, first sent at a time that may be past. */
  readonly put: (queueUrl: string, letter: Partial<Letter> & { readonly body: string }) => void;
  readonly contents: (queueUrl: string) => readonly Letter[];
  /** A message of this body is refused by every queue for now. */
  readonly refuse: (body: string, reason: string | undefined) => void;
};

export const fakeLetterQueue = (now: () => number): FakeLetterQueue => {
  const queues = new Map<string, Held[]>();
  const refused = new Map<string, string>();
  let made = 0;
  const of = (queueUrl: string): Held[] => queues.get(queueUrl) ?? [];
  const change = (queueUrl: string, handles: readonly string[], changed: (held: Held) => Held | undefined): void => {
    queues.set(
      queueUrl,
      of(queueUrl).flatMap((held) => (handles.includes(held.handle) ? (changed(held) ?? []) : [held])),
    );
  };
  const put: FakeLetterQueue['put'] = (queueUrl, letter) => {
    made += 1;
    const id = `message-${made}`;
    const held = { id, handle: `${id}-handle`, sentAtMs: now(), attributes: {}, ...letter, visibleAtMs: 0 };
    queues.set(queueUrl, [...of(queueUrl), held]);
  };
  return {
    put,
    contents: (queueUrl) => of(queueUrl).map(({ visibleAtMs: _hidden, ...letter }) => letter),
    refuse: (body, reason) => void (reason === undefined ? refused.delete(body) : refused.set(body, reason)),
    receive: async (queueUrl, most, hiddenSeconds) => {
      const taken = of(queueUrl)
        .filter(({ visibleAtMs }) => visibleAtMs <= now())
        .slice(0, Math.min(most, 10))
        .map((held) => {
          made += 1;
          return { ...held, handle: `handle-${made}`, visibleAtMs: now() + 1000 * hiddenSeconds };
        });
      queues.set(
        queueUrl,
        of(queueUrl).map((held) => taken.find(({ id }) => id === held.id) ?? held),
      );
      return taken.map(({ visibleAtMs: _hidden, ...letter }) => letter);
    },
    send: async (queueUrl, messages) =>
      messages.flatMap((message: Outgoing, index): Refused[] => {
        const reason = refused.get(message.body);
        if (reason !== undefined) return [{ index, reason }];
        const { deduplicationId: _once, ...letter } = message;
        put(queueUrl, letter);
        return [];
      }),
    remove: async (queueUrl, handles) => {
      const before = of(queueUrl).length;
      change(queueUrl, handles, () => undefined);
      return handles.length - (before - of(queueUrl).length);
    },
    hide: async (queueUrl, handles, seconds) =>
      change(queueUrl, handles, (held) => ({ ...held, visibleAtMs: now() + 1000 * seconds })),
    depth: async (queueUrl) => of(queueUrl).length,
  };
};
