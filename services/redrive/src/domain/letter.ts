/** A message of a queue of failed work. */
export type Letter = {
  readonly id: string;
  /** By which it is deleted or given back, for as long as it is hidden. */
  readonly handle: string;
  /** When it was first sent, not when it failed. */
  readonly sentAtMs: number;
  readonly body: string;
  readonly group?: string;
  readonly attributes: Attributes;
};

/** As SQS has them: a type, and text or bytes. */
export type Attributes = Readonly<Record<string, Attribute>>;
export type Attribute = { readonly type: string; readonly text?: string; readonly bytes?: Uint8Array };

/** A message as it is to be sent. */
export type Outgoing = Pick<Letter, 'body' | 'group' | 'attributes'> & { readonly deduplicationId?: string };

/** What a redrive needs of queues. Each call may throw; whoever took messages then leaves them hidden until their time is over. */
export type LetterQueue = {
  /** Takes up to ten messages, hidden from others for some seconds. None does not mean that there are none. */
  readonly receive: (queueUrl: string, most: number, hiddenSeconds: number) => Promise<readonly Letter[]>;
  /** Sends up to ten messages, in order. Answers why, for each that was refused; the others were taken. */
  readonly send: (queueUrl: string, messages: readonly Outgoing[]) => Promise<readonly Refused[]>;
  /** Deletes messages. Answers how many stay. */
  readonly remove: (queueUrl: string, handles: readonly string[]) => Promise<number>;
  /** Hides messages for so long from now on; 0 gives them back. One that is not hidden any more is passed over. */
  readonly hide: (queueUrl: string, handles: readonly string[], seconds: number) => Promise<void>;
  /** Messages that are there, hidden ones included. Approximate, for about a minute. */
  readonly depth: (queueUrl: string) => Promise<number>;
};

export type Refused = { readonly index: number; readonly reason: string };
