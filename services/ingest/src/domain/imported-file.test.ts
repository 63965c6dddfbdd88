import { contentHash, isTooLarge, ownerOf, rejectedKey, reportKey, reportKeyOf } from './imported-file.ts';

const ORG_ID = 'org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const APP_ID = 'app_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const GIGABYTE = 1024 ** 3;
const file = { file: `${ORG_ID}/customer-7/a.jsonl`, etag: '"1"', bytes: 10, version: 'v1' };

test('the key of a file says whose it is, by the id or the uid of the application', () => {
  expect(ownerOf(`${ORG_ID}/customer-7/a.jsonl`)).toEqual({ orgId: ORG_ID, application: 'customer-7' });
  expect(ownerOf(`${ORG_ID}/${APP_ID}/2026/november.jsonl.gz`)).toEqual({ orgId: ORG_ID, application: APP_ID });
});

test.each([
  ['no organisation', 'customer-7/a.jsonl'],
  ['an organisation that is none', 'org_1/customer-7/a.jsonl'],
  ['no application', `${ORG_ID}/a.jsonl`],
  ['an application that cannot be one', `${ORG_ID}/customer#7/a.jsonl`],
  ['an application’s id that is none', `${ORG_ID}/app_1/a.jsonl`],
  ['an empty name', `${ORG_ID}/customer-7/.jsonl`],
  ['another ending', `${ORG_ID}/customer-7/a.csv`],
])('a key with %s is nobody’s', (_title, key) => {
  expect(ownerOf(key)).toBeUndefined();
});

test('neither a report nor a list of refused lines is a file of events', () => {
  for (const name of ['a.jsonl', 'a.jsonl.gz']) {
    const key = `${ORG_ID}/customer-7/${name}`;
    expect(ownerOf(reportKey(key))).toBeUndefined();
    const task = { file: key, id: 'qtask_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ' };
    // The role of the function may put these: `ReportBesideFiles` in its template.
    expect(reportKeyOf(task)).toMatch(/\.report\.json$/);
    expect(rejectedKey(task, 1)).toMatch(/\.rejected-.{4}\.ndjson$/);
    for (const beside of [reportKeyOf(task), rejectedKey(task, 1)]) expect(ownerOf(beside)).toBeUndefined();
  }
});

test('a plain file has 10 GB at the most, and a packed one 2', () => {
  const packed = `${file.file}.gz`;
  expect(isTooLarge({ ...file, bytes: 10 * GIGABYTE })).toBe(false);
  expect(isTooLarge({ ...file, bytes: 10 * GIGABYTE + 1 })).toBe(true);
  expect(isTooLarge({ ...file, file: packed, bytes: 2 * GIGABYTE })).toBe(false);
  expect(isTooLarge({ ...file, file: packed, bytes: 2 * GIGABYTE + 1 })).toBe(true);
});

test('a file is the same when it is put again as it was, and not with another name or content', () => {
  expect(contentHash({ ...file, version: 'v2' })).toBe(contentHash(file));
  for (const other of [{ etag: '"2"' }, { file: `${ORG_ID}/customer-8/a.jsonl` }, { bytes: 11 }]) {
    expect(contentHash({ ...file, ...other })).not.toBe(contentHash(file));
  }
});
