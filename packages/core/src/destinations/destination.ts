import { err, ok, type Result } from '../result.ts';
import { parseRole } from './role.ts';

/** The services that can be delivered to, by the name that their ARNs have. */
export const SERVICES = ['sqs', 'sns', 'events', 'kinesis', 's3', 'lambda'] as const;
export type Service = (typeof SERVICES)[number];

/** A resource of AWS that is delivered to: what an endpoint's URL says when it is an ARN. */
export type Destination = {
  readonly service: Service;
  /** Without what stands behind the question mark. */
  readonly arn: string;
  readonly partition: string;
  /** Empty for a bucket, whose ARN has none. */
  readonly region: string;
  /** Twelve digits; empty for a bucket. */
  readonly account: string;
  /** Of the queue, topic, bus, stream, bucket or function. */
  readonly name: string;
  /** What the keys of a bucket's objects start with, without a slash at either end. */
  readonly prefix?: string;
  /** Of a function. */
  readonly qualifier?: string;
  /** ARN of the role that is assumed to reach it. */
  readonly role?: string;
  /** As it stands in the text. What counts is `externalIdOf`. */
  readonly externalId?: string;
};

/** Whether an endpoint's URL names a destination of AWS, well-formed or not. */
export const isDestination = (url: string): boolean => /^arn:/i.test(url);

const EXAMPLE: Record<Service, string> = {
  sqs: 'arn:aws:sqs:<region>:<account>:<queue>',
  sns: 'arn:aws:sns:<region>:<account>:<topic>',
  events: 'arn:aws:events:<region>:<account>:event-bus/<bus>',
  kinesis: 'arn:aws:kinesis:<region>:<account>:stream/<stream>',
  s3: 'arn:aws:s3:::<bucket>/<prefix>',
  lambda: 'arn:aws:lambda:<region>:<account>:function:<function>[:<alias or version>]',
};

/** Each service's own rules for names. Source: the API references of CreateQueue, CreateTopic and so on. */
const RESOURCE: Record<Service, RegExp> = {
  sqs: /^(?<name>(?=.{1,80}$)[\w-]+(\.fifo)?)$/,
  sns: /^(?<name>(?=.{1,256}$)[\w-]+(\.fifo)?)$/,
  events: /^event-bus\/(?<name>[\w./-]{1,256})$/,
  kinesis: /^stream\/(?<name>[\w.-]{1,128})$/,
  s3: /^(?<name>(?=.{3,63}\/)(?!\d+\.\d+\.\d+\.\d+\/)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*)\/(?<prefix>.+)$/,
  lambda: /^function:(?<name>[\w-]{1,64})(:(?<qualifier>\$LATEST|[\w-]{1,128}))?$/,
};

const ARN = /^arn:(?<partition>aws[a-z-]*):(?<service>[a-z0-9-]+):(?<region>[^:]*):(?<account>[^:]*):(?<resource>.+)$/;
const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;
const ACCOUNT = /^\d{12}$/;

/**
 * Reads a destination: an ARN, and behind a question mark the role to assume (`role`) and the external id that it is
 * assumed with (`externalId`). The problem says what to change, and repeats nothing that was given.
 */
export const parseDestination = (text: string): Result<Destination, string> => {
  const [arn = '', ...rest] = text.split('?');
  const parts = ARN.exec(arn)?.groups;
  if (parts === undefined) return err('must be an ARN: arn:<partition>:<service>:<region>:<account>:<resource>');
  const { partition = '', region = '', account = '', resource = '' } = parts;
  const service = SERVICES.find((one) => one === parts.service);
  if (service === undefined) return err(`must be an ARN of one of these services: ${SERVICES.join(', ')}`);
  const placed = service === 's3' ? region === '' && account === '' : REGION.test(region) && ACCOUNT.test(account);
  const named = RESOURCE[service].exec(resource)?.groups;
  if (!placed || named === undefined) return err(`must look like ${EXAMPLE[service]}`);
  const prefix = named.prefix === undefined ? undefined : parsePrefix(named.prefix);
  if (prefix?.ok === false) return prefix;
  const access = parseAccess(rest.join('?'), partition);
  if (!access.ok) return access;
  const { name = '', qualifier } = named;
  return ok({
    ...{ service, partition, region, account, name },
    arn: prefix === undefined ? arn : `arn:${partition}:s3:::${name}/${prefix.value}`,
    ...(prefix === undefined ? {} : { prefix: prefix.value }),
    ...(qualifier === undefined ? {} : { qualifier }),
    ...access.value,
  });
};

/** The text of a destination, the same for the same destination. */
export const formatDestination = ({ arn, role, externalId }: Destination): string => {
  const access = [
    role === undefined ? [] : [`role=${role}`],
    externalId === undefined ? [] : [`externalId=${externalId}`],
  ];
  const query = access.flat().join('&');
  return query === '' ? arn : `${arn}?${query}`;
};

const MAX_PREFIX_CHARACTERS = 512;

/** Keys that every tool of S3 copes with. Source: S3 User Guide, "Object key naming guidelines". */
const parsePrefix = (given: string): Result<string, string> => {
  const prefix = given.replace(/\/$/, '');
  const segments = prefix.split('/');
  if (prefix.length > MAX_PREFIX_CHARACTERS)
    return err(`must have a prefix of at most ${MAX_PREFIX_CHARACTERS} characters`);
  return segments.every((segment) => /^[\w!.*'()-]+$/.test(segment) && segment !== '.' && segment !== '..')
    ? ok(prefix)
    : err("must have a prefix of segments between slashes, of letters, digits and !-_.*'() only");
};

type Access = Pick<Destination, 'role' | 'externalId'>;

const parseAccess = (query: string, partition: string): Result<Access, string> => {
  const pairs = query === '' ? [] : query.split('&').map(pairOf);
  const names = pairs.map(([name]) => name);
  if (names.some((name) => name !== 'role' && name !== 'externalId') || new Set(names).size < names.length) {
    return err('may have role and externalId behind the question mark, each of them once, and nothing else');
  }
  const { role, externalId } = Object.fromEntries(pairs) as Access;
  if (role === undefined) {
    return externalId === undefined ? ok({}) : err('has an externalId and no role to use it with');
  }
  const problem = parseRole(role, partition);
  return problem === undefined ? ok({ role, ...(externalId === undefined ? {} : { externalId }) }) : err(problem);
};

const pairOf = (text: string): readonly [string, string] => {
  const [name = '', ...value] = text.split('=');
  return [name, decoded(value.join('='))];
};

/** Client libraries may escape what stands behind the question mark. */
const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
