import { wellFormed } from '@fanfare/core/http/field';
import * as z from 'zod/mini';

const MAX_CHARACTERS = 4096;
const LAST_FORBIDDEN = 8;

/** Text that people read: no control characters from 0x00 to 0x08, at most 4096 characters so that it fits its item. */
export const text = z.string().check(
  z.maxLength(MAX_CHARACTERS, `must be at most ${MAX_CHARACTERS} characters`),
  z.refine(
    (given) => ![...given].some((one) => one.charCodeAt(0) <= LAST_FORBIDDEN),
    'must hold no control characters',
  ),
  wellFormed,
);
