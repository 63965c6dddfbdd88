import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLE, root } from './bundle.ts';

/** A client of the parameter store that gets the same answer to every request. */
const PROGRAM = `
  import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
  import { HttpResponse } from '@smithy/core/protocols';
  const body = new TextEncoder().encode('{"__type":"ParameterNotFound","message":"there is none"}');
  const handle = async () => ({ response: new HttpResponse({ statusCode: 400, headers: {}, body }) });
  const client = new SSMClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    requestHandler: { handle },
    streamCollector: async (bytes) => bytes,
  });
  export const error = await client.send(new GetParameterCommand({ Name: 'x' })).catch((thrown) => thrown);
`;

describe('errors that a bundle leaves out', () => {
  test('still arrive with their name, message and status', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fanfare-'));
    try {
      const outfile = join(folder, 'program.mjs');
      await build({ ...BUNDLE, stdin: { contents: PROGRAM, resolveDir: root }, outfile });
      const { error } = (await import(outfile)) as { error: Error & { $metadata: { httpStatusCode: number } } };
      expect(error).toMatchObject({ name: 'ParameterNotFound', $metadata: { httpStatusCode: 400 } });
      expect(error.message).toBe('there is none');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('are told apart by their class nowhere', () => {
    const sources = globSync('{packages,services}/*/src/**/*.ts', { cwd: root });
    const imports = sources.flatMap((file) =>
      [
        ...readFileSync(join(root, file), 'utf8').matchAll(
          /import \{([^}]*)\} from '@aws-sdk\/client-(kms|sns|sqs|ssm)'/g,
        ),
      ]
        .flatMap(([, names = '']) => names.split(','))
        .map((name) => name.replace('type ', '').trim()),
    );
    expect(imports).toContain('SQSClient');
    expect(imports.filter((name) => /(Exception|Error|Fault|NotFound)$/.test(name))).toEqual([]);
  });
});
