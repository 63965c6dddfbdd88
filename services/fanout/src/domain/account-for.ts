import { concurrently } from '@fanfare/core/concurrently';
import type { WantedAttempt } from '@fanfare/core/deliveries/delivery-tasks';
import type { MessageRef } from '@fanfare/core/keys';
import { startsAt } from '@fanfare/events/starts-at';
import { type Account, type Addressed, accountOf, firstAttempt, type LastAttempt } from './accounted.ts';
import type { ApplicationOf } from './application-cache.ts';
import { type FanOutPorts, type InsertedMessage, publicationsOf } from './fan-out.ts';
import { type Cursors, cursorsOf, inLogs, type LogPorts } from './in-log.ts';
import { coalesced, type WakeUp, wakeUpsOf } from './wake-up.ts';

/** A message as the walk finds it: whose it is and who gets it, without its payload. */
export type FoundMessage = {
  readonly ref: MessageRef;
  readonly message: Addressed;
  /** How often something was missing of it, when it is looked at again. */
  readonly timesMissing?: number;
};

export type AccountPorts = LogPorts &
  Pick<FanOutPorts, 'publish' | 'wake' | 'mintCopyId' | 'now'> & {
    /** A look-up for some messages, all accepted before it is asked for. */
    readonly applications: () => ApplicationOf;
    /** The last automatic attempt of each endpoint that has one. `strong`: as of this moment. */
    readonly lastAttempts: (ref: MessageRef, reading: 'strong' | 'eventual') => Promise<readonly LastAttempt[]>;
    /** Whether a task waits in its endpoint's park, as of this moment. */
    readonly isParked: (ref: ParkedRef) => Promise<boolean>;
    /** The whole message, as of this moment. */
    readonly wholeMessage: (ref: MessageRef) => Promise<InsertedMessage['message'] | undefined>;
  };

/** A task by what its place in the park is made of. */
export type ParkedRef = MessageRef & WantedAttempt & { readonly acceptedAt: number };

export type AccountOptions = {
  readonly overdueMs: number;
  /** Whether endpoints that were changed since get the message: an operator may say so. */
  readonly undecided: 'leave' | 'publish';
};

/** What a message needed. */
export type Accounted = FoundMessage & {
  /** Attempts that nothing stood for: published as tasks, or, of an ordered endpoint, had it woken. */
  readonly published: readonly WantedAttempt[];
  readonly undecided: readonly string[];
  readonly pendingUntil?: number;
  /** Why its tasks were not published, and would not be another time. */
  readonly problem?: string;
};

const MESSAGES_AT_ONCE = 10;

/** A parked task waits for its endpoint, for days if need be: nobody looks again sooner than this. */
const PARKED_RECHECK_MS = 6 * 60 * 60_000;

/**
 * Publishes what is missing of some messages, through the same code as fan-out. A message seems complete by a cheap look, or
 * is looked at a second time as it stands at this moment before anything is said to be missing. To publish what is there
 * after all does no harm: attempts have derived keys.
 */
export const accountFor = async (
  messages: readonly FoundMessage[],
  options: AccountOptions,
  ports: AccountPorts,
): Promise<readonly Accounted[]> => {
  const applicationOf = ports.applications();
  const judged = await concurrently(MESSAGES_AT_ONCE, messages, (found) =>
    accountForOne(found, options, { ...ports, applicationOf }),
  );
  await ports.publish(judged.flatMap(({ publications }) => publications));
  const wakeUps = coalesced(judged.flatMap((one) => one.wakeUps));
  if (wakeUps.length > 0) await ports.wake(wakeUps);
  return judged.map(({ publications: _publications, wakeUps: _wakeUps, ...accounted }) => accounted);
};

type Judged = Accounted &
  Pick<ReturnType<typeof publicationsOf>, 'publications'> & { readonly wakeUps: readonly WakeUp[] };

type LookPorts = AccountPorts & { readonly applicationOf: ApplicationOf };

const accountForOne = async (found: FoundMessage, options: AccountOptions, ports: LookPorts): Promise<Judged> => {
  const look = async (reading: 'strong' | 'eventual'): Promise<Account> => {
    const application = await ports.applicationOf(found.ref, found.message.appVersion);
    const attempts = await ports.lastAttempts(found.ref, reading);
    const account = accountOf(found.message, application, attempts, { nowMs: ports.now(), ...options });
    if (options.undecided === 'leave') return account;
    const asked = account.undecided.map((endpointId) => firstAttempt(endpointId, found.message));
    return { ...account, missing: [...account.missing, ...asked], undecided: [] };
  };

  const first = await look('eventual');
  if (first.missing.length === 0) return judgedOf(found, first, []);
  const application = await ports.applicationOf(found.ref, found.message.appVersion);
  const cursors = await cursorsOf(found.ref, found.message, application, ports);
  const { account, forgotten } = withoutThoseInLogs(found, await look('strong'), cursors, options, ports);
  const { missing, ...rest } = await withoutParked(found, account, ports);
  const judged = { ...judgedOf(found, rest, [...missing, ...forgotten]), wakeUps: wakeUpsFor(found, forgotten, ports) };
  if (missing.length === 0) return judged;
  const message = await ports.wholeMessage(found.ref);
  if (message === undefined) return judgedOf(found, rest, []);
  const { publications, problem } = publicationsOf({ ref: found.ref, message }, missing, application, ports);
  return { ...judged, publications, ...(problem === undefined ? {} : { problem }) };
};

/** What stands in a log that somebody works through, or is blocked, is in good hands. */
const withoutThoseInLogs = (
  { message }: FoundMessage,
  account: Account,
  cursors: Cursors,
  { overdueMs }: AccountOptions,
  ports: LookPorts,
): { readonly account: Account; readonly forgotten: Account['missing'] } => {
  const rules = { overdueMs, nowMs: ports.now() };
  const { outside, forgotten, lookAgainAt } = inLogs(message, account.missing, cursors, rules);
  return { account: { ...account, missing: outside, ...lookingAgain(account, lookAgainAt) }, forgotten };
};

/** When a message is to be looked at again, whichever of its endpoints is the first to need it. */
const lookingAgain = (
  { pendingUntil = Number.POSITIVE_INFINITY }: Pick<Account, 'pendingUntil'>,
  at: number = Number.POSITIVE_INFINITY,
): Pick<Account, 'pendingUntil'> => {
  const first = Math.min(pendingUntil, at);
  return Number.isFinite(first) ? { pendingUntil: first } : {};
};

/** Told apart by the time from those that were lost: topic and queue drop what they have had minutes ago. */
const wakeUpsFor = (
  { ref, message }: FoundMessage,
  forgotten: readonly WantedAttempt[],
  ports: Pick<AccountPorts, 'now'>,
): WakeUp[] => {
  const ids = forgotten.map(({ endpointId }) => endpointId);
  const wakeAt = ports.now();
  return wakeUpsOf(ref, { order: message.order, correlationId: ref.messageId }, ids).map(({ wake, ...rest }) => ({
    wake: { ...wake, wakeAt },
    ...rest,
  }));
};

/** What is parked is in good hands: somebody looks at it when something can be sent to its endpoint. */
const withoutParked = async (
  { ref, message }: FoundMessage,
  account: Account,
  ports: AccountPorts,
): Promise<Account> => {
  const acceptedAt = startsAt(message);
  const parked = await Promise.all(
    account.missing.map(({ endpointId, attempt }) => ports.isParked({ ...ref, endpointId, attempt, acceptedAt })),
  );
  if (!parked.includes(true)) return account;
  return {
    ...account,
    missing: account.missing.filter((_, index) => !parked[index]),
    ...lookingAgain(account, ports.now() + PARKED_RECHECK_MS),
  };
};

const judgedOf = (
  found: FoundMessage,
  { undecided, pendingUntil }: Pick<Account, 'undecided' | 'pendingUntil'>,
  published: readonly WantedAttempt[],
): Judged => ({
  ...found,
  published,
  undecided,
  ...(pendingUntil === undefined ? {} : { pendingUntil }),
  publications: [],
  wakeUps: [],
});
