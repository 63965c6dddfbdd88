/** Ends a switch over a union: a new member breaks the build here until it is handled. */
export const unreachable = (value: never): never => {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
};
