import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { writeVersionHashes } from './version-hash.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fanfare-hash-'));
  mkdirSync(join(folder, 'Post'));
  writeFileSync(join(folder, 'Post/index.mjs'), 'export const handler = () => 1;');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const TEMPLATE = `Resources:
  Post:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: Post
      MemorySize: 256
      Role:
        Fn::GetAtt: [PostRole, Arn]
  PostRole:
    Type: AWS::IAM::Role
`;

const hashWith = (parameters: Record<string, string>, template = TEMPLATE): string => {
  const file = join(folder, 'template.yaml');
  writeFileSync(file, template);
  writeVersionHashes(file, new Map(Object.entries(parameters)));
  return parse(readFileSync(file, 'utf8')).Resources.Post.Properties.AutoPublishCodeSha256;
};

describe('the hash that makes SAM publish a version', () => {
  test('is the same for the same code, properties and values, in any order and when written twice', () => {
    const first = hashWith({ TableName: 'main', ApiId: 'a1' });
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(hashWith({ ApiId: 'a1', TableName: 'main' })).toBe(first);
    writeVersionHashes(join(folder, 'template.yaml'), new Map(Object.entries({ ApiId: 'a1', TableName: 'main' })));
    const again = parse(readFileSync(join(folder, 'template.yaml'), 'utf8'));
    expect(again.Resources.Post.Properties.AutoPublishCodeSha256).toBe(first);
  });

  test('changes with a value that the stack imports', () => {
    expect(hashWith({ TableName: 'main' })).not.toBe(hashWith({ TableName: 'other' }));
  });

  test('changes with the code', () => {
    const before = hashWith({});
    writeFileSync(join(folder, 'Post/index.mjs'), 'export const handler = () => 2;');
    expect(hashWith({})).not.toBe(before);
  });

  test("changes with the function's own properties", () => {
    expect(hashWith({})).not.toBe(hashWith({}, TEMPLATE.replace('256', '512')));
  });

  test('leaves every other resource as it was', () => {
    hashWith({});
    const { Resources } = parse(readFileSync(join(folder, 'template.yaml'), 'utf8'));
    expect(Resources.PostRole).toEqual({ Type: 'AWS::IAM::Role' });
    expect(Resources.Post.Properties.Role).toEqual({ 'Fn::GetAtt': ['PostRole', 'Arn'] });
  });
});
