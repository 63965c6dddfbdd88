import { type Answer, jsonText } from '@fanfare/core/http/answer';
import type { RowPage } from './walk.ts';

/** A page as the API's clients expect it: `prevIterator` is absent when there is nowhere to go back from. */
export const listAnswer = ({ rows, first, last, done }: RowPage): Answer => {
  const iterators = { iterator: last ?? null, ...(first === undefined ? {} : { prevIterator: `-${first}` }), done };
  return jsonText(200, `{"data":[${rows.map(({ json }) => json).join(',')}],${JSON.stringify(iterators).slice(1)}`);
};
