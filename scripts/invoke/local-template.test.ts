import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { localTemplate } from './local-template.ts';

const BUILT = `
Parameters:
  TableName:
    Type: AWS::SSM::Parameter::Value<String>
  LayerTelemetryArn:
    Type: AWS::SSM::Parameter::Value<String>
Resources:
  Post:
    Type: AWS::Serverless::Function
    Properties:
      Layers:
        - Ref: LayerTelemetryArn
      Environment:
        Variables:
          TABLE_NAME:
            Ref: TableName
`;

const { text, variableNames } = localTemplate({
  text: BUILT,
  file: '/builds/post/template.yaml',
  functionId: 'Post',
  values: new Map([['TableName', 'main']]),
  layers: new Map([['Telemetry', '/builds/platform/Telemetry']]),
  variables: { AWS_ENDPOINT_URL: 'http://172.17.0.1:4567' },
});
const { Parameters, Resources } = parse(text);

describe('the template for a container', () => {
  test('has the values themselves where AWS looks them up', () => {
    expect(Parameters.TableName).toEqual({ Type: 'String', Default: 'main' });
  });

  test('takes a layer from the folder it was built to', () => {
    expect(Resources.Post.Properties.Layers).toEqual([{ Ref: 'Telemetry' }]);
    expect(Resources.Telemetry).toEqual({
      Type: 'AWS::Serverless::LayerVersion',
      Properties: { ContentUri: '../platform/Telemetry' },
    });
  });

  test('declares the variables that are added, and says which there are', () => {
    expect(Resources.Post.Properties.Environment.Variables).toEqual({
      TABLE_NAME: { Ref: 'TableName' },
      AWS_ENDPOINT_URL: 'http://172.17.0.1:4567',
    });
    expect(variableNames).toEqual(['TABLE_NAME', 'AWS_ENDPOINT_URL']);
  });
});
