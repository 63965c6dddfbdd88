import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** Clients none of whose errors is told apart by its class anywhere in this repository. */
const CLIENTS = ['kms', 'sns', 'sqs', 'ssm'] as const;

/** An error's schema, which begins with the mark of its kind. */
const ERROR_SCHEMA = /^export var \w+\$ = \[-3, n0,[\s\S]*?^\];$/gm;
const REGISTRATION = /^n0_registry\.registerError\(.*\);$/gm;

/**
 * Each AWS client registers a class and a schema for every error of its service, so that no bundler can leave one out:
 * 70 KB for the parameter store alone, of which a function reads one parameter. Without the registration an error still
 * arrives with its name, message, status and retry behaviour, as the client's base class.
 */
export const unnamedErrors: Plugin = {
  name: 'unnamed-errors',
  setup: (build) => {
    const filter = new RegExp(`/@aws-sdk/client-(${CLIENTS.join('|')})/dist-es/schemas/schemas_0\\.js$`);
    build.onLoad({ filter }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      return { contents: text.replaceAll(ERROR_SCHEMA, '').replaceAll(REGISTRATION, ''), loader: 'js' };
    });
  },
};
