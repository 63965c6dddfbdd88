import type { FindApplication } from '@fanfare/core/find-application';
import type { Refusal } from '@fanfare/core/http/answer';
import type { ApplicationRef, AttemptRef, MessageRef } from '@fanfare/core/keys';
import type { ExpungePayload } from '@fanfare/core/payload-object';
import { err, ok, type Result } from '@fanfare/core/result';

/** What decides whether there is something to expunge. */
export type Expungeable = {
  /** Epoch seconds. */
  readonly expiresAt: number;
  /** Milliseconds since 1970, when it was done before. */
  readonly expungedAt?: number | undefined;
};

export type Expunged = 'expunged' | 'expunged-before';

/** What this use case needs from the outside. Reads see every write that was answered. */
export type ExpungePorts = {
  readonly findApplication: FindApplication;
  /** By id or event id. */
  readonly findMessage: (
    application: ApplicationRef,
    idOrEventId: string,
  ) => Promise<(Expungeable & { readonly ref: MessageRef }) | undefined>;
  readonly findAttempt: (
    message: MessageRef,
    attemptId: string,
  ) => Promise<(Expungeable & { readonly ref: AttemptRef }) | undefined>;
  /** Takes the payload away and has every task of the application that was made before held against its message. */
  readonly expungeMessage: (ref: MessageRef, nowMs: number) => Promise<Expunged>;
  /** Removes the object that may have its payload, in all its versions. To do it again, or where none is, is nothing. */
  readonly expungePayload: ExpungePayload;
  /** Takes the body of the endpoint's answer away. */
  readonly expungeAttempt: (ref: AttemptRef, nowMs: number) => Promise<Expunged>;
  readonly now: () => number;
};

export type ExpungeCall = {
  readonly orgId: string;
  readonly application: string;
  readonly message: string;
};

/** What was done, by ids alone. */
export type Done = MessageRef & { readonly attemptId?: string; readonly outcome: Expunged };

/**
 * Takes the payload of a message away for good. When this is answered, nobody can read it here any more, and no attempt that
 * begins then sends it. Doing it again changes nothing, but completes what died half way: the message is marked first, so that
 * an object which is still there is not read any more.
 */
export const expungeMessage = async (call: ExpungeCall, ports: ExpungePorts): Promise<Result<Done, Refusal>> => {
  const message = await findMessage(call, ports);
  if (!message.ok) return message;
  const { ref, expungedAt } = message.value;
  const outcome = expungedAt === undefined ? await ports.expungeMessage(ref, ports.now()) : 'expunged-before';
  await ports.expungePayload(ref);
  return ok({ ...ref, outcome });
};

/** Takes away what an endpoint answered to one attempt. Doing it again changes nothing. */
export const expungeAttempt = async (
  call: ExpungeCall & { readonly attempt: string },
  ports: ExpungePorts,
): Promise<Result<Done, Refusal>> => {
  const message = await findMessage(call, ports);
  if (!message.ok) return message;
  const attempt = await ports.findAttempt(message.value.ref, call.attempt);
  if (attempt === undefined || isOver(attempt, ports)) return missing('attempt');
  const done = attempt.expungedAt !== undefined;
  const outcome = done ? 'expunged-before' : await ports.expungeAttempt(attempt.ref, ports.now());
  return ok({ ...message.value.ref, attemptId: call.attempt, outcome });
};

const findMessage = async ({ orgId, application, message }: ExpungeCall, ports: ExpungePorts) => {
  const found = await ports.findApplication(orgId, application);
  if (found === undefined) return missing('application');
  const wanted = await ports.findMessage({ orgId, appId: found.appId }, message);
  return wanted === undefined || isOver(wanted, ports) ? missing('message') : ok(wanted);
};

const isOver = ({ expiresAt }: Expungeable, { now }: Pick<ExpungePorts, 'now'>): boolean => expiresAt * 1000 <= now();

const missing = (what: string) => err({ kind: 'not-found', detail: `There is no such ${what}.` } as const);
