import { marshall } from '@aws-sdk/util-dynamodb';
import { MARSHALL_OPTIONS } from './table-client.ts';

test.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])('a map may have a field called %s', (name) => {
  expect(marshall({ metadata: { [name]: 'x' } }, MARSHALL_OPTIONS)).toEqual({
    metadata: { M: { [name]: { S: 'x' } } },
  });
});
