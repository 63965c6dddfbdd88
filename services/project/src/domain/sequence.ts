/** Sequence numbers of a stream have 21 to 40 digits; more than DynamoDB's or JavaScript's numbers hold. */
const DIGITS = 40;

const SEQUENCE_NUMBER = /^\d{1,40}$/;

export const isSequenceNumber = (text: string): boolean => SEQUENCE_NUMBER.test(text);

/** A sequence number as text that sorts like the number. Within a shard they only rise. */
export const sortable = (sequenceNumber: string): string => sequenceNumber.padStart(DIGITS, '0');
