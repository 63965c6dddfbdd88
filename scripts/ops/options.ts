import { isId } from '@fanfare/core/ids';
import { InvalidArgumentError } from 'commander';

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** With an offset, because nobody at three in the morning thinks of time zones. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** Parses a time in the past, in milliseconds since 1970. */
export const parsePast = (text: string): number => {
  const [, amount, unit] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  const at = unit === undefined ? timeOf(text) : Date.now() - Number(amount) * (UNIT_MS[unit] ?? 0);
  if (at === undefined) {
    throw new InvalidArgumentError('It is a time with its offset, such as 2026-11-25T10:00:00Z, or 90m, 2h, 3d.');
  }
  if (at > Date.now()) throw new InvalidArgumentError('It lies in the future.');
  return at;
};

const timeOf = (text: string): number | undefined => {
  const at = TIME.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
};

/** Parses the id of an application; uids are names that its owner may give to another one. */
export const parseAppId = (text: string): string => {
  if (isId('app', text)) return text;
  throw new InvalidArgumentError("It is an application's id, such as app_2vAbC..., and not its uid.");
};

/** Parses the id of an endpoint. */
export const parseEndpointId = (text: string): string => {
  if (isId('ep', text)) return text;
  throw new InvalidArgumentError("It is an endpoint's id, such as ep_2vAbC..., and not its uid.");
};

/** Parses the name of a replay, which becomes part of keys. */
export const parseReplayName = (text: string): string => {
  if (/^[\w.-]{1,64}$/.test(text)) return text;
  throw new InvalidArgumentError('It has 1 to 64 letters, digits, dots, hyphens or underscores.');
};
