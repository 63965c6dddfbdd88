import type { ReceiverAsks } from './next-step.ts';

/** The header of an answer by which a receiver says what is to follow. */
export const CONTROL_HEADER = 'webhook-delivery';

/** Reads the header's value; `undefined` for what says nothing that we know. The farther-reaching of two wins. */
export const receiverAsks = (header: string | undefined): ReceiverAsks | undefined => {
  const words = header?.split(',').map((word) => word.trim().toLowerCase()) ?? [];
  if (words.includes('disable')) return 'disable';
  return words.includes('abort-message') ? 'abort-message' : undefined;
};
