import type { Destination } from './destination.ts';

/** What the platform team has decided about destinations. */
export type DestinationRules = {
  /** Of the account that Fanfare runs in: credentials of one partition mean nothing in another. */
  readonly partition: string;
  readonly stage: string;
  /** Patterns of ARNs that may be delivered to without a role, by every application. */
  readonly allowed: readonly string[];
};

/** Reads the setting: patterns with commas in between, or `none`. */
export const parseAllowedDestinations = (setting: string): readonly string[] =>
  setting === 'none' ? [] : setting.split(',').map((pattern) => pattern.trim());

/**
 * Why a destination may not be delivered to; `undefined` when it may. Without a role it is reached with rights that all
 * applications share, so it must be one that the platform team has named, and never one of Fanfare's own: whoever could
 * put tasks into a lane's queue could deliver to anybody.
 */
export const unreachableReason = (destination: Destination, rules: DestinationRules): string | undefined => {
  if (destination.partition !== rules.partition) return `must be in the partition ${rules.partition}`;
  if (destination.role !== undefined) return undefined;
  const isOwn = `${destination.name}-`.startsWith(`fanfare-${rules.stage}-`);
  return !isOwn && rules.allowed.some((pattern) => matches(subjectOf(destination), pattern))
    ? undefined
    : 'must have a role: only what the platform team allows may be delivered to without one';
};

/** What is matched is what IAM is asked for: in a bucket, objects under the prefix. */
const subjectOf = ({ service, arn }: Destination): string => (service === 's3' ? `${arn}/` : arn);

/** As IAM's ArnLike: `*` and `?` within each of the six parts, the last of which may hold colons. */
const matches = (arn: string, pattern: string): boolean => {
  const [given, wanted] = [partsOf(arn), partsOf(pattern)];
  return wanted.length === given.length && wanted.every((part, index) => glob(part).test(given[index] ?? ''));
};

const PARTS = 6;

const partsOf = (arn: string): string[] => {
  const parts = arn.split(':');
  return parts.length <= PARTS ? parts : [...parts.slice(0, PARTS - 1), parts.slice(PARTS - 1).join(':')];
};

const glob = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  );
