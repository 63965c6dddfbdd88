import { refOf, type Statement, type Template } from './cloudformation.ts';
import type { Finding } from './finding.ts';
import { keyOf } from './imports.ts';
import { at, type Json, listOf } from './json.ts';
import { functionsOf, resourcesOf } from './lambda-functions.ts';
import type { TerraformFacts } from './terraform-facts.ts';

const REDRIVER = 'redrive-step';
const TAKE = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'];
const PUT_BACK = ['sqs:SendMessage'];

/**
 * Holds the role that redrives against every store of failed work that the contract leads to: a lane that is new would be
 * listed by `npm run ops -- dlq list`, and its redrive be denied.
 */
export const checkRedrivenStores = (facts: TerraformFacts, templates: readonly Template[]): Finding[] => {
  const redriver = templates.flatMap((template) => functionsOf(template)).find(({ name }) => name === REDRIVER);
  if (redriver === undefined) return [{ file: 'services', reason: `no function is named ${REDRIVER}` }];
  const { file, statements } = redriver;
  const mayNot = (actions: readonly string[], queue: string): Finding[] =>
    actions
      .filter((action) => !allows(statements, action, (resource) => queueNamed(resource, facts) === queue))
      .map((action) => ({ file, reason: `${REDRIVER} may not ${action} on ${queue}, a store of failed work` }));
  const stores = Object.entries(facts.exports).flatMap(([key, arn]) => {
    if (/^destination\/[a-z-]+\/arn$/.test(key)) {
      const isNamed = (resource: Json): boolean => keyOf(refOf(resource), Object.keys(facts.exports)) === key;
      return ['sqs:ReceiveMessage', 's3:ListBucket'].some((action) => allows(statements, action, isNamed))
        ? []
        : [{ file, reason: `${REDRIVER} may not take records from ${key}` }];
    }
    const queue = /^queue\/[a-z-]+\/arn$/.test(key) ? facts.queues.find((one) => one.arn === arn) : undefined;
    if (queue === undefined || key.endsWith('-rejects/arn')) return [];
    const deadLetters = facts.queues.find((one) => one.arn === queue.deadLetterArn);
    return deadLetters === undefined
      ? mayNot(TAKE, queue.name)
      : [...mayNot(TAKE, deadLetters.name), ...mayNot(PUT_BACK, queue.name)];
  });
  return [...stores, ...templates.flatMap((template) => forgetful(template, calledBy(statements)))];
};

/** Functions, without the stage, that a role may call. */
const calledBy = (statements: readonly Statement[]): readonly string[] =>
  statements
    .filter(({ actions }) => actions.includes('lambda:InvokeFunction'))
    .flatMap(({ resources }) => resources)
    .flatMap((resource) => CALLED.exec(String(at(resource, 'Fn::Sub')))?.[1] ?? []);

const CALLED = /:function:fanfare-\$\{Stage\}-([a-z-]+):live$/;

/** Nobody waits for a call that is made again, so what it fails at needs a place to come back to. */
const forgetful = (template: Template, called: readonly string[]): Finding[] =>
  functionsOf(template)
    .filter(({ name }) => name !== undefined && called.includes(name))
    .filter(
      ({ id }) =>
        !resourcesOf(template, 'AWS::Lambda::EventInvokeConfig').some(
          ({ properties }) =>
            refOf(properties.FunctionName) === id &&
            at(properties.DestinationConfig, 'OnFailure', 'Destination') !== undefined,
        ),
    )
    .map(({ id, file }) => ({
      file,
      reason: `${id} is called again by ${REDRIVER} and has no on-failure destination`,
    }));

const allows = (statements: readonly Statement[], action: string, isIt: (resource: Json) => boolean): boolean =>
  statements.some(
    ({ effect, actions, resources }) => effect === 'Allow' && actions.includes(action) && resources.some(isIt),
  );

/** The name of the queue that an ARN of a template is of: an import, or text with imports and the stage in it. */
const queueNamed = (resource: Json, { exports, queues }: TerraformFacts): string | undefined => {
  const nameOf = (parameter: string | undefined): string | undefined => {
    const arn = exports[keyOf(parameter, Object.keys(exports)) ?? ''];
    return queues.find((queue) => queue.arn === arn)?.name;
  };
  const [text] = listOf(at(resource, 'Fn::Sub'));
  if (typeof text !== 'string') return nameOf(refOf(resource));
  return text
    .replace(/\$\{(\w+)\}/g, (_whole, name: string) => (name === 'Stage' ? 'local' : (nameOf(name) ?? '')))
    .split(':')
    .at(-1);
};
