import { listAnswer } from './list-answer.ts';

test('rows are shown as the text they are, with the way on and the way back', () => {
  const rows = [
    { id: 'msg_2', json: '{"price":1.50}' },
    { id: 'msg_1', json: '{}' },
  ];
  expect(listAnswer({ rows, first: 'msg_2', last: 'msg_1', done: false })).toEqual({
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: '{"data":[{"price":1.50},{}],"iterator":"msg_1","prevIterator":"-msg_2","done":false}',
  });
});

test('an empty list has no way back, and its iterator is null', () => {
  expect(listAnswer({ rows: [], done: true }).body).toBe('{"data":[],"iterator":null,"done":true}');
});
