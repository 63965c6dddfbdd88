import type { Message } from './attempts.ts';
import { nameOfMessage } from './names.ts';
import type { World } from './world.ts';

/** Who was told that a message is called off was told the truth, and so was who was told that it has begun. */
export const brokenSchedule = ({ id, record }: Message, { ledger }: World): string[] => {
  const name = nameOfMessage(id);
  const isRequested = [...ledger.requests.keys()].some((label) => label.startsWith(`${name}>`));
  const isCalledOff = record.cancelledAt !== undefined;
  return [
    ...(ledger.calledOff.has(id) && !isCalledOff ? [`${name} was called off, and nobody knows of it`] : []),
    ...(ledger.begun.has(id) && isCalledOff
      ? [`${name} had begun when somebody wanted to call it off, and is called off`]
      : []),
    ...(isCalledOff && isRequested ? [`${name} was called off and sent`] : []),
  ];
};
