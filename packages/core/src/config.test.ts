import * as z from 'zod/mini';
import { name, readConfig } from './config.ts';

const schema = z.object({ STAGE: name, TABLE_NAME: name });

test('a complete configuration is read', () => {
  expect(readConfig(schema, { STAGE: 'dev', TABLE_NAME: 'table', OTHER: 'x' })).toEqual({
    STAGE: 'dev',
    TABLE_NAME: 'table',
  });
});

test('one message names every variable that is missing or empty', () => {
  expect(() => readConfig(schema, { STAGE: '' })).toThrow(/STAGE.*TABLE_NAME/);
});
