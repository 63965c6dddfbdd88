import type { Choices } from './choices.ts';
import type { Story } from './story.ts';
import type { Timeline } from './timeline.ts';

/** A process that functions run in, one at a time. It has a clock of its own, and what a function keeps in memory. */
export type Environment<Kept = unknown> = { readonly name: string; readonly skewMs: number; readonly kept: Kept };

/** What a call over the network is about. */
export type Call<T> = {
  /** Says which call this is, the same in every run. */
  readonly label: string;
  /** What it does, as the rest of a sentence whose subject is the actor. */
  readonly told?: (() => string) | undefined;
  /** A write may take effect although its caller is told otherwise, and later. A request to an endpoint is never refused. */
  readonly kind: 'read' | 'write' | 'request';
  readonly effect: () => T | Promise<T>;
};

/** An operation under way: between two of its calls anything may happen. */
export type Actor = {
  readonly name: string;
  readonly environment: Environment;
  readonly now: () => number;
  readonly call: <T>(call: Call<T>) => Promise<T>;
  readonly wait: (ms: number) => Promise<void>;
};

export type Ended<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'died' };

export type Invocation<T> = {
  readonly name: string;
  readonly environment: Environment;
  readonly limitMs: number;
  readonly work: (actor: Actor) => Promise<T>;
  readonly ended: (how: Ended<T>) => void;
};

/** A fault that was injected, as its victim sees it. Any other error is a fault of the code, or of the simulation. */
export class Injected extends Error {
  override readonly name = 'Injected';
}

/** The code of entries that were refused by the injection: adapters make errors of their own of it. */
export const INJECTED_CODE = 'InjectedRefusal';

export const isInjected = (error: unknown): boolean =>
  error instanceof Injected || (error instanceof Error && error.message.includes(INJECTED_CODE));

const DELAYS_MS = [1, 7, 60, 900, 8_000, 45_000] as const;
const DELAY_ODDS = [0.2, 0.1, 0.05, 0.02, 0.004];
const LATE_MS = 20_000;
const THROTTLE_ODDS = { read: [0.03], write: [0.025, 0.02, 0.01], request: [] };
const CRASH_ODDS = { read: [0.015], write: [0.015, 0.02, 0.005], request: [0.015, 0.02, 0.005] };

export type ActorWorld = {
  readonly timeline: Timeline;
  readonly choices: Choices;
  readonly story: Story;
  /** Told of each fault that took effect. */
  readonly onFault: (kind: string) => void;
  /** Told when promises were settled, so that what waits for them has to run before time goes on. */
  readonly onSettled: () => void;
};

export const actors = ({ timeline, choices, story, onFault, onSettled }: ActorWorld) => {
  const occurrences = new Map<string, number>();
  let underWay = 0;
  /** The same label for the first, the second ... of the same calls in every run. */
  const numbered = (label: string): string => {
    const occurrence = (occurrences.get(label) ?? 0) + 1;
    occurrences.set(label, occurrence);
    return occurrence === 1 ? label : `${label} (${occurrence})`;
  };

  /** Starts an operation. Whatever it does after it has ended, or died, has no effect. */
  const invoke = <T>({ name, environment, limitMs, work, ended }: Invocation<T>): void => {
    let isAlive = true;
    underWay += 1;
    const end = (how: Ended<T>): void => {
      if (!isAlive) return;
      isAlive = false;
      underWay -= 1;
      ended(how);
    };
    const die = (why: string): void => {
      if (!isAlive) return;
      onFault('crash');
      story.tell(() => `${name} dies ${why}`);
      end({ kind: 'died' });
    };

    const call = <R>({ label, told, kind, effect }: Call<R>): Promise<R> => {
      const point = numbered(label);
      const delay = choices.choose('delay', `${point}: delay`, DELAY_ODDS);
      const crash = choices.choose('crash', `${point}: crash`, CRASH_ODDS[kind]);
      const throttle = choices.choose('throttle', `${point}: throttle`, THROTTLE_ODDS[kind]);
      if (delay > 0) onFault('delay');
      const take = (): R | Promise<R> => {
        try {
          const value = effect();
          if (told !== undefined) story.tell(() => `${name} ${told()}`);
          return value;
        } catch (error) {
          if (told !== undefined) story.tell(() => `${name} ${told()}, in vain`);
          throw error;
        }
      };
      /** The request is on its way while its sender has given up on it, or is no more. */
      const takeLate = (): void => {
        underWay += 1;
        timeline.after(LATE_MS, () => {
          underWay -= 1;
          story.tell(() => `late, of ${name}:`);
          try {
            take();
          } catch {
            // nobody is there to be told
          }
        });
      };
      return new Promise<R>((resolve, reject) => {
        const refuse = (why: string): void => {
          onFault('throttle');
          story.tell(() => `${name} is told that "${point}" failed (${why})`);
          reject(new Injected(`${point}: ${why}`));
        };
        timeline.after(DELAYS_MS[delay] ?? 1, () => {
          if (!isAlive) return;
          onSettled();
          if (crash === 1) return die(`before "${point}"`);
          if (crash === 3) {
            takeLate();
            return die(`while "${point}" is on its way`);
          }
          if (throttle === 1) return refuse('it was throttled');
          if (throttle === 3) {
            takeLate();
            return refuse('no answer came; it is still on its way');
          }
          try {
            const value = take();
            if (crash === 2) return die(`after "${point}"`);
            if (throttle === 2) return refuse('the answer was lost; it was done');
            resolve(value);
          } catch (error) {
            reject(error);
          }
        });
      });
    };

    const wait = (ms: number): Promise<void> =>
      new Promise((resolve) =>
        timeline.after(ms, () => {
          if (!isAlive) return;
          onSettled();
          resolve();
        }),
      );

    timeline.after(limitMs, () => die('at its time limit'));
    const now = (): number => timeline.now() + environment.skewMs;
    onSettled();
    work({ name, environment, now, call, wait }).then(
      (value) => end({ kind: 'done', value }),
      (error: unknown) => end({ kind: 'failed', error }),
    );
  };

  return { invoke, numbered, isUnderWay: () => underWay > 0 };
};

const SKEWS_MS = [0, 40, -40, 2_500, -2_500, 12_000, -12_000] as const;
/** How far two clocks may be apart. */
export const MOST_SKEW_MS = 24_000;

/** The environments of one function: one that is free is used again, one that died is not. */
export const environments = <Kept>(
  kind: string,
  { choices, onClock }: Pick<ActorWorld, 'choices'> & { readonly onClock: (skewMs: number) => void },
  make: (environment: { readonly skewMs: number }) => Kept,
) => {
  const free: Environment<Kept>[] = [];
  let made = 0;
  return {
    take: (): Environment<Kept> => {
      const standing = free.pop();
      if (standing !== undefined) return standing;
      made += 1;
      const name = `${kind} ${made}`;
      const skewMs = SKEWS_MS[choices.choose('skew', `clock of ${name}`, [0.1, 0.1, 0.1, 0.1, 0.1, 0.1])] ?? 0;
      onClock(skewMs);
      return { name, skewMs, kept: make({ skewMs }) };
    },
    giveBack: (environment: Environment<Kept>): void => void free.push(environment),
  };
};
