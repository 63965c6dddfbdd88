import { InvalidArgumentError } from 'commander';

const LOWEST = 1024;
const HIGHEST = 65_535;

/** Parses the value of `--port`. */
export const parsePort = (text: string): number => {
  const port = Number(text);
  if (Number.isInteger(port) && port >= LOWEST && port <= HIGHEST) return port;
  throw new InvalidArgumentError(`A port is a whole number from ${LOWEST} to ${HIGHEST}.`);
};
