import { type Examination, type ExaminePorts, examine } from './examination.ts';
import type { AttemptOutcome } from './next-step.ts';
import { endpoint, REF } from './task.fake.ts';
import type { WebhookRequest } from './webhook-request.ts';

const NOW = 1_800_000_000_000;
const { orgId, appId, endpointId, messageId } = REF;
const begun: Examination = { orgId, appId, endpointId, messageId, body: '{"type":"a"}', ok: true, steps: [] };
const answered = (status: number): AttemptOutcome => ({
  kind: 'answered',
  status,
  body: new TextEncoder().encode('x'),
});

const setUp = (outcome: AttemptOutcome = answered(200), fields: Parameters<typeof endpoint>[0] = {}) => {
  const sent: WebhookRequest[] = [];
  const opened: number[] = [];
  let clock = NOW;
  const ports: ExaminePorts = {
    findEndpoint: async () => endpoint(fields),
    resolve: async () => ({ ok: true, detail: 'resolved' }),
    connect: async () => ({ ok: false, detail: 'refused' }),
    openSecrets: async (_ref, secrets) => {
      opened.push(secrets.length);
      return [new Uint8Array(24)];
    },
    openHeaders: async () => ({ 'x-own': 'yes' }),
    send: async (request) => {
      sent.push(request);
      return outcome;
    },
    now: () => {
      clock += 5;
      return clock;
    },
  };
  return { ports, sent, opened };
};

describe('a step of an examination', () => {
  test('adds its result and its time to those before', async () => {
    const { ports } = setUp();
    const resolved = await examine(begun, 'resolve', ports);
    expect(resolved).toEqual({
      ...begun,
      steps: [{ step: 'resolve', ok: true, detail: 'resolved', milliseconds: 5 }],
    });
    const connected = await examine(resolved, 'connect', ports);
    expect(connected.ok).toBe(false);
    expect(connected.steps.map(({ step, ok }) => [step, ok])).toEqual([
      ['resolve', true],
      ['connect', false],
    ]);
  });

  test('sends the example signed, under its own id, with the secrets and headers of now', async () => {
    const over = { sealed: new Uint8Array([2]), expiresAt: NOW / 1000 - 1 };
    const secrets = [{ sealed: new Uint8Array([1]) }, over];
    const { ports, sent, opened } = setUp(answered(204), { secrets, headers: new Uint8Array([3]), disabled: true });
    const { ok, steps } = await examine(begun, 'send', ports);
    expect(ok).toBe(true);
    expect(steps.map(({ step }) => step)).toEqual(['send', 'verify']);
    expect(opened).toEqual([1]);
    expect(sent[0]?.headers).toMatchObject({
      'webhook-id': messageId,
      'webhook-signature': expect.stringMatching(/^v1,/),
      'x-own': 'yes',
    });
    expect(new TextDecoder().decode(sent[0]?.body)).toBe(begun.body);
  });

  test.each([301, 404, 500])('tells an answer of %d from a success', async (status) => {
    const { ok, steps } = await examine(begun, 'send', setUp(answered(status)).ports);
    expect(ok).toBe(false);
    expect(steps.at(-1)).toMatchObject({ step: 'verify', ok: false, responseStatusCode: status, response: 'x' });
  });

  test.each([
    [{ kind: 'timed-out' }, 'no complete answer in time'],
    [{ kind: 'unreachable', reason: 'the connection was reset' }, 'the connection was reset'],
    [{ kind: 'blocked' }, 'the address is not allowed'],
  ] as const)('tells why there was no answer: %j', async (outcome, detail) => {
    const { steps } = await examine(begun, 'send', setUp(outcome).ports);
    expect(steps).toMatchObject([{ step: 'send', ok: false, detail }]);
  });

  test('of an endpoint that was deleted meanwhile ends there, and nothing is sent', async () => {
    const { ports, sent } = setUp(answered(200), { deletedAt: 'x' });
    await expect(examine(begun, 'send', ports)).resolves.toMatchObject({ ok: false, steps: [{ step: 'send' }] });
    expect(sent).toEqual([]);
  });
});
