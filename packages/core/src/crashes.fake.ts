/** Of the calls of wrapped ports the one to fail, from 1 on: before it takes effect, or when it is done. */
export type Crash = { readonly call: number; readonly done: boolean };

/** Wraps ports so that the calls whose numbers are given fail. The calls of all that it wraps are counted together. */
export const crashingPorts = (crashes: readonly Crash[]) => {
  let calls = 0;
  return <A extends readonly unknown[], R>(port: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      calls += 1;
      const crash = crashes.find(({ call }) => call === calls);
      if (crash?.done === false) throw new Error('crashed before');
      const result = await port(...given);
      if (crash !== undefined) throw new Error('crashed after');
      return result;
    };
};
