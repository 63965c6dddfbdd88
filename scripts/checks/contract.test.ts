import { type Contract, checkContract } from './contract.ts';
import { platformTemplate, SOUND_CONTRACT, soundTemplate } from './sound-template.fake.ts';

const reasons = (contract: Contract, template = soundTemplate(), platform = platformTemplate()): readonly string[] =>
  checkContract(contract, [platform, template]).findings.map(({ reason }) => reason);

const without = (key: keyof typeof SOUND_CONTRACT): Contract => {
  const { [key]: _left, ...rest } = SOUND_CONTRACT;
  return rest;
};

describe('the contract', () => {
  test('exports that are all imported, and imports that are all exported, pass', () => {
    expect(reasons(SOUND_CONTRACT)).toEqual([]);
  });

  test('an import that nobody exports is found', () => {
    expect(reasons(without('queue/webhook/arn'))).toEqual(['imports QueueWebhookArn, which nobody exports']);
  });

  test('an export that nobody imports is found', () => {
    expect(reasons({ ...SOUND_CONTRACT, 'bus/name': { description: 'the bus' } })).toEqual([
      expect.stringContaining('bus/name is imported by no template'),
    ]);
  });

  test('an export that says for whom it waits passes, and is told', () => {
    const contract = { ...SOUND_CONTRACT, 'bus/name': { description: 'the bus', waitsFor: 'whoever publishes' } };
    expect(reasons(contract)).toEqual([]);
    expect(checkContract(contract, [platformTemplate(), soundTemplate()]).notes).toEqual([
      '6 exports, 5 of them imported, 1 waiting for a reader',
      'bus/name waits for whoever publishes',
    ]);
  });

  test('an export that is imported and still waits is found', () => {
    const contract = { ...SOUND_CONTRACT, 'table/stream-arn': { description: 'the stream', waitsFor: 'fan-out' } };
    expect(reasons(contract)).toEqual(['table/stream-arn is imported, so it waits for nobody: delete its waitsFor']);
  });

  test('an export without a description is found', () => {
    expect(reasons({ ...SOUND_CONTRACT, 'table/stream-arn': {} })).toEqual(['table/stream-arn has no description']);
  });

  test('a name that breaks the rule is found', () => {
    const contract = { ...SOUND_CONTRACT, 'Bus/Name': { description: 'the bus', waitsFor: 'x' } };
    expect(reasons(contract)).toEqual([expect.stringContaining('Bus/Name is not a key')]);
  });

  test('two keys that would be one parameter are found', () => {
    const contract = { ...SOUND_CONTRACT, 'table/stream/arn': { description: 'again' } };
    expect(reasons(contract)).toEqual(['table/stream/arn and table/stream-arn are both TableStreamArn']);
  });

  test('an import with a default is found', () => {
    const type = 'AWS::SSM::Parameter::Value<String>';
    const template = soundTemplate(
      `QueueWebhookArn: { Type: ${type} }`,
      `QueueWebhookArn: { Type: ${type}, Default: x }`,
    );
    expect(reasons(SOUND_CONTRACT, template)).toEqual([expect.stringContaining('QueueWebhookArn has a default')]);
  });

  test('an import as another type is found', () => {
    const list = 'AWS::SSM::Parameter::Value<List<String>>';
    const template = soundTemplate(
      'QueueWebhookArn: { Type: AWS::SSM::Parameter::Value<String> }',
      `QueueWebhookArn: { Type: ${list} }`,
    );
    expect(reasons(SOUND_CONTRACT, template)).toEqual([expect.stringContaining(`as ${list}`)]);
  });

  test('a name that the platform stack publishes unlisted, and one it does not publish, are found', () => {
    expect(reasons(SOUND_CONTRACT, soundTemplate(), platformTemplate('layer/other/arn'))).toEqual([
      'imports LayerTelemetryArn, which nobody exports',
      expect.stringContaining('layer/other/arn is imported by no template'),
      expect.stringContaining('publishes layer/other/arn'),
      expect.stringContaining('lists layer/telemetry/arn'),
    ]);
  });
});
