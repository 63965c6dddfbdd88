import type { Mutation } from './mutation.ts';

const DELIVERY = 'services/delivery/src/domain';
const FAN_OUT = 'services/fanout/src/domain';
const INGEST = 'services/ingest/src/domain';

/** From acceptance over fan-out and the attempts to the due store. */
export const DELIVERY_MUTATIONS: readonly Mutation[] = [
  {
    name: 'schedules-before-it-records',
    file: `${DELIVERY}/deliver.ts`,
    text: `  const standing = await ports.record(task, record);
  if (standing.id !== record.id) return drop(task, standing, ports);
  const change = healthChange(record, outcome, state.endpoint, ports.failingLimitMs);
  const isChanged = change !== undefined && (await ports.changeHealth(task, change)) === 'changed';
  if (record.nextAttemptAt !== undefined) await schedule(task, record.nextAttemptAt, ports);
`,
    by: `  if (record.nextAttemptAt !== undefined) await schedule(task, record.nextAttemptAt, ports);
  const standing = await ports.record(task, record);
  if (standing.id !== record.id) return drop(task, standing, ports);
  const change = healthChange(record, outcome, state.endpoint, ports.failingLimitMs);
  const isChanged = change !== undefined && (await ports.changeHealth(task, change)) === 'changed';
`,
  },
  {
    name: 'any-copy-follows-up',
    file: `${DELIVERY}/follow-up.ts`,
    text: `  if (!isOurs) return { kind: 'nothing' };\n`,
    by: '',
  },
  {
    name: 'no-copy-follows-up',
    file: `${DELIVERY}/follow-up.ts`,
    text: 'if (standing.nextAttemptAt === undefined)',
    by: 'if (standing.attempt > 0)',
  },
  {
    name: 'does-not-look-whether-the-attempt-stands',
    file: `${DELIVERY}/deliver.ts`,
    text: `  if (state.standing !== undefined) return drop(task, state.standing, ports);\n`,
    by: '',
  },
  {
    name: 'does-not-follow-up-when-another-was-quicker',
    from: 101,
    file: `${DELIVERY}/deliver.ts`,
    text: `  if (standing.id !== record.id) return drop(task, standing, ports);`,
    by: `  if (standing.id !== record.id) return { kind: 'dropped', record: standing, scheduled: false };`,
  },
  {
    name: 'schedules-although-another-was-quicker',
    file: `${DELIVERY}/deliver.ts`,
    text: `  if (standing.id !== record.id) return drop(task, standing, ports);\n`,
    by: '',
  },
  {
    name: 'forgets-a-failed-item-of-the-batch',
    file: `${DELIVERY}/task-batch.ts`,
    text: '      return running;',
    by: `      return running.catch(() => ({ kind: 'dropped', scheduled: false }) as never);`,
  },
  {
    name: 'twins-in-the-batch-are-both-sent',
    file: `${DELIVERY}/task-batch.ts`,
    text: '      underWay.set(attempt, running);\n',
    by: '',
  },
  {
    name: 'gives-up-one-attempt-early',
    file: `${DELIVERY}/retry-policy.ts`,
    text: 'const base = delaysSeconds[attempt - 1];',
    by: 'const base = delaysSeconds[attempt];',
  },
  {
    name: 'sends-the-payload-printed-anew',
    file: `${DELIVERY}/webhook-request.ts`,
    text: `  unpackPayload({ encoding, bytes: new Uint8Array(Buffer.from(base64, 'base64')) });`,
    by: `  Buffer.from(JSON.stringify(JSON.parse(String(Buffer.from(unpackPayload({ encoding, bytes: new Uint8Array(Buffer.from(base64, 'base64')) }))))));`,
  },
  {
    name: 'does-not-wait-for-the-body-to-be-kept',
    file: 'packages/core/src/payload-object.ts',
    text: '  await keep(ref, packed.bytes);\n',
    by: '  keep(ref, packed.bytes).catch(() => undefined);\n',
  },
  {
    name: 'takes-a-body-that-cannot-be-read-for-gone',
    from: 101,
    file: 'services/delivery/src/adapters/message-bodies.ts',
    text: "(error: unknown) => ({ kind: 'failed', error })",
    by: "() => ({ kind: 'read', body: undefined })",
  },
  {
    name: 'believes-a-new-version-at-once',
    from: 101,
    file: `${FAN_OUT}/application-cache.ts`,
    text: '    entry.readAt - entry.versionSeenAt >= SETTLING_MS &&\n',
    by: '',
  },
  {
    name: 'serves-a-newer-message-from-an-older-cache',
    from: 201,
    file: `${FAN_OUT}/application-cache.ts`,
    text: '    entry.application.version >= version &&\n',
    by: '',
  },
  {
    name: 'an-endpoint-gets-messages-from-before-it-was-made',
    file: 'packages/events/src/matches.ts',
    text: '  message.appVersion >= endpoint.sinceVersion &&\n',
    by: '',
  },
  {
    name: 'takes-a-refused-task-for-published',
    file: 'packages/core/src/aws/topic-batches.ts',
    text: 'pending = pending.filter(({ Id }) => refused.has(Id));',
    by: 'pending = pending.filter(({ Id }) => refused.has(String(-Number(Id) - 1)));',
  },
  {
    name: 'records-over-what-stands',
    file: 'services/delivery/src/adapters/attempt-table.ts',
    text: `          ConditionExpression: 'attribute_not_exists(PK)',\n`,
    by: '',
  },
  {
    name: 'takes-an-event-id-that-is-taken',
    file: 'services/ingest/src/adapters/message-table.ts',
    text: '              Item,\n              ConditionExpression: ABSENT_OR_EXPIRED,',
    by: "              Item,\n              ConditionExpression: 'attribute_not_exists(PK) OR attribute_exists(PK)',",
  },
  {
    name: 'deletes-due-items-before-it-sends-them',
    file: `${DELIVERY}/sweep.ts`,
    text: '  const taken = queued.length === 0 ?',
    by: '  await ports.remove(entries.map(({ key }) => key));\n  const taken = queued.length === 0 ?',
  },
  {
    name: 'deletes-due-items-that-were-not-taken',
    file: `${DELIVERY}/sweep.ts`,
    text: 'entries.filter(isTaken)',
    by: 'entries.filter(() => true)',
  },
  {
    name: 'leaves-a-bucket-behind-that-holds-something',
    file: `${DELIVERY}/sweep.ts`,
    text: 'if (wasClosed && isEmpty && next === bucket)',
    by: 'if (wasClosed && next === bucket)',
  },
  {
    name: 'leaves-a-bucket-behind-that-is-written-into',
    file: `${DELIVERY}/sweep.ts`,
    text: 'if (wasClosed && isEmpty && next === bucket)',
    by: 'if (isEmpty && next === bucket)',
  },
  {
    name: 'answers-before-it-has-saved',
    file: `${INGEST}/accept.ts`,
    text: 'const saved = await save(',
    by: `const saved = [undefined, 'saved'][1]; void save(`,
  },
  {
    name: 'makes-another-message-for-a-standing-claim',
    file: `${INGEST}/accept.ts`,
    text: '? ok(standing) :',
    by: '? ok(fresh) :',
  },
  {
    name: 'forgets-the-organisation-in-keys',
    file: 'packages/core/src/keys.ts',
    text: 'export const applicationPartition = (ref',
    by: `export const applicationPartition = (ref: ApplicationRef) => partitionOf({ ...ref, orgId: 'all' });
const partitionOf = (ref`,
  },
];
