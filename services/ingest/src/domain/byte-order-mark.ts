const BYTE_ORDER_MARK = '\ufeff';

/** A text without the mark that editors and other systems put before it: it is no part of what is meant. */
export const withoutMark = (text: string): string =>
  text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
