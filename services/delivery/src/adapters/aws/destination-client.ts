import type { Destination } from '@fanfare/core/destinations/destination';
import type { DestinationMessage } from '../../domain/destination-message.ts';

/** What AWS answered to a message that it took. The text is short, and nothing of it is a secret. */
export type Taken = { readonly status: number; readonly text: string };

/** A client of one service in one region, with one role's rights. Throws whatever the SDK throws. */
export type DestinationClient = {
  readonly put: (destination: Destination, message: DestinationMessage, abortSignal: AbortSignal) => Promise<Taken>;
};

export type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
};

/** The settings of every client, as the SDK takes them. */
export type ClientSettings = {
  readonly region: string;
  /** Absent for the function's own. */
  readonly credentials?: () => Promise<Credentials>;
  readonly maxAttempts: number;
  readonly requestHandler: object;
};

export type OpenClient = (settings: ClientSettings) => DestinationClient;

/** A failure that AWS told of in an answer that was none as HTTP. */
export class EntryRefused extends Error {
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(code: string, status: number) {
    super(code);
    this.name = code;
    this.$metadata = { httpStatusCode: status };
  }
}

/** A message's attributes as queues and topics take them. */
export const textAttributes = (attributes: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  );
