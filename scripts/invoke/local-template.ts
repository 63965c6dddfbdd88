import { dirname, relative } from 'node:path';
import { isMap, isSeq, parseDocument, type YAMLMap } from 'yaml';
import { parameterName } from '../contract-names.ts';

export type LocalTemplate = {
  /** The service's built template. */
  readonly text: string;
  /** Where the result will be, for paths are relative to it. */
  readonly file: string;
  /** The function to be run, by its logical id. */
  readonly functionId: string;
  /** By template parameter. */
  readonly values: ReadonlyMap<string, string>;
  /** Folders of built layers, by the logical id that the platform's template gives them. */
  readonly layers: ReadonlyMap<string, string>;
  /** More environment variables for the function. */
  readonly variables: Readonly<Record<string, string>>;
};

/**
 * Turns a built template into one that `sam local invoke` understands: parameters are plain strings with their values
 * as defaults (it does not resolve SSM types), imported layers are the folders that the platform's build made (it
 * takes no parameter for one), and the function declares every variable that it is to be given. Returns the names of those
 * variables too: where this process has one of the same name, `sam local invoke` would pass that on instead.
 */
export const localTemplate = (input: LocalTemplate): { text: string; variableNames: readonly string[] } => {
  const document = parseDocument(input.text, { logLevel: 'silent' });
  const parameters = document.get('Parameters');
  if (isMap(parameters)) {
    for (const [name, value] of input.values) {
      const parameter = parameters.get(name);
      if (!isMap(parameter)) continue;
      parameter.set('Type', 'String');
      parameter.set('Default', value);
    }
  }
  const properties = functionProperties(document.get('Resources'), input.functionId);
  const layers = properties.get('Layers');
  if (isSeq(layers)) {
    properties.set('Layers', document.createNode(layers.toJSON().map((layer: unknown) => builtLayer(layer, input))));
  }
  for (const [id, folder] of input.layers) {
    const ContentUri = relative(dirname(input.file), folder);
    document.setIn(['Resources', id], { Type: 'AWS::Serverless::LayerVersion', Properties: { ContentUri } });
  }
  for (const [name, value] of Object.entries(input.variables)) {
    properties.setIn(['Environment', 'Variables', name], value);
  }
  const variables = properties.getIn(['Environment', 'Variables']);
  const variableNames = isMap(variables) ? variables.items.map(({ key }) => String(key)) : [];
  return { text: document.toString(), variableNames };
};

const builtLayer = (layer: unknown, { layers }: LocalTemplate): unknown => {
  const wanted = (layer as { Ref?: string }).Ref;
  const id = [...layers.keys()].find((one) => parameterName(`layer/${one.toLowerCase()}/arn`) === wanted);
  return id === undefined ? layer : { Ref: id };
};

const functionProperties = (resources: unknown, functionId: string): YAMLMap => {
  const properties = isMap(resources) ? resources.getIn([functionId, 'Properties']) : undefined;
  if (!isMap(properties)) throw new Error(`the built template has no function ${functionId}`);
  return properties;
};
