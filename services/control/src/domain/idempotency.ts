import { type LostRace, untilSettled, type Waiting } from '@fanfare/core/contended';
import type { Answer, Refusal } from '@fanfare/core/http/answer';
import { err, ok, type Result } from '@fanfare/core/result';

/** What a repeat of a call is known by. */
export type CallIdentity = {
  readonly orgId: string;
  /** Hash of the caller's idempotency key and of what it was used on. */
  readonly keyHash: string;
  /** Hash of the body. */
  readonly fingerprint: string;
};

/** The first answer to a call. It never holds a secret: no operation that answers with one keeps its answer. */
export type KeptAnswer = CallIdentity & {
  readonly answer: Answer;
  /** Epoch seconds after which it counts as gone. */
  readonly expiresAt: number;
};

export type AnswerPorts = Waiting & {
  /** `undefined` when the call was not answered before, or too long ago. */
  readonly findAnswer: (call: CallIdentity) => Promise<KeptAnswer | undefined>;
  readonly now: () => number;
};

const KEPT_SECONDS = 12 * 60 * 60;

/** What a change writes along with itself, so that both stand or neither does. `undefined` for a call without a key. */
export type Keep = (answer: Answer) => KeptAnswer | undefined;

/**
 * Makes a change, however often its call is repeated: a repeat is answered as the first call was. Two repeats at the same
 * time race for the kept answer; the one that loses finds it.
 */
export const answerOnce = (
  call: CallIdentity | undefined,
  ports: AnswerPorts,
  change: (keep: Keep) => Promise<Result<Answer, Refusal> | LostRace>,
): Promise<Result<Answer, Refusal>> =>
  untilSettled(async () => {
    if (call === undefined) return change(() => undefined);
    const kept = await ports.findAnswer(call);
    if (kept === undefined) {
      const expiresAt = Math.floor(ports.now() / 1000) + KEPT_SECONDS;
      return change((answer) => ({ ...call, answer, expiresAt }));
    }
    return kept.fingerprint === call.fingerprint ? ok(kept.answer) : err(KEY_REUSED);
  }, ports);

const KEY_REUSED: Refusal = { kind: 'conflict', detail: 'This idempotency key was used with another body.' };
