import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../toolchain/folders.mjs';

const COMMANDS = /new (SendMessageCommand|SendMessageBatchCommand|PublishCommand|PublishBatchCommand)\(/;

/** What is put there waits for somebody to look at it, and no lane serves it in turn. */
const ASIDE = ['packages/core/src/aws/quarantine-queue.ts', 'services/ingest/src/adapters/rejects-queue.ts'];

/** Where a sender takes its messages from that makes none itself. */
const MADE_IN: Readonly<Record<string, readonly string[]>> = {
  'packages/core/src/aws/topic-batches.ts': [
    'packages/core/src/aws/delivery-topic.ts',
    'services/fanout/src/adapters/ordered-topic.ts',
  ],
};

const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

const senders = globSync(['services/*/src/**/*.ts', 'packages/*/src/**/*.ts', 'scripts/ops/**/*.ts'], { cwd: ROOT })
  .filter((file) => !/\.(test|fake|contract)\.ts$/.test(file))
  .map((file) => ({ file, text: textOf(file) }))
  .filter(({ text }) => COMMANDS.test(text));

test('whoever sends to a topic or a queue is found', () => {
  expect(senders.map(({ file }) => file)).toEqual(
    expect.arrayContaining([
      'packages/core/src/aws/topic-batches.ts',
      'services/delivery/src/adapters/retry-queue.ts',
      'services/delivery/src/adapters/queue-batch.ts',
    ]),
  );
  expect(senders.map(({ file }) => file)).toEqual(expect.arrayContaining(ASIDE));
});

test.each(senders.filter(({ file }) => !ASIDE.includes(file)))(
  '$file sends in the group of an application, or of one of its endpoints, so that none waits for the tasks of another',
  ({ file, text }) => {
    for (const made of MADE_IN[file]?.map(textOf) ?? [text]) expect(made).toContain('MessageGroupId');
  },
);
