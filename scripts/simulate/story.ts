/** One thing that happened, at a virtual time in milliseconds since the run's start. */
export type Sentence = { readonly atMs: number; readonly text: string };

/** What happened, told only when somebody listens: the making of sentences would be most of a run's time. */
export type Story = {
  readonly tell: (text: () => string) => void;
  readonly sentences: readonly Sentence[];
};

export const storyOf = (isTold: boolean, elapsedMs: () => number): Story => {
  const sentences: Sentence[] = [];
  return {
    tell: (text) => {
      if (isTold) sentences.push({ atMs: elapsedMs(), text: text() });
    },
    sentences,
  };
};

/** `00:03:05.001  text` */
export const lineOf = ({ atMs, text }: Sentence): string => `${new Date(atMs).toISOString().slice(11, 23)}  ${text}`;
