/** JSON in ASCII. SQS refuses characters that an item or a payload may hold, and what is refused would hold up its source. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
