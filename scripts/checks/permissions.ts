import type { Resource, Template } from './cloudformation.ts';
import type { Finding } from './finding.ts';
import { listOf } from './json.ts';
import { functionsOf, resourcesOf } from './lambda-functions.ts';

/** Least privilege, as far as it can be seen in a template: one role per function, nothing that allows everything. */
export const checkPermissions = (template: Template): Finding[] => {
  const { file } = template;
  return [
    ...functionsOf(template).flatMap(({ id, role, properties }) => [
      ...(properties.Policies === undefined
        ? []
        : [
            {
              file,
              reason: `${id} has Policies, with which SAM attaches managed ones: give it a role with statements`,
            },
          ]),
      ...(role === undefined ? [{ file, reason: `${id} has no role of its own in this template` }] : []),
    ]),
    ...sharedRoles(template),
    ...resourcesOf(template, 'AWS::IAM::Role').flatMap((role) => checkRole(file, role)),
  ];
};

const sharedRoles = (template: Template): Finding[] => {
  const roles = functionsOf(template).flatMap(({ id, role }) => (role === undefined ? [] : [{ id, role }]));
  return roles
    .filter(({ role }, index) => roles.findIndex((other) => other.role === role) !== index)
    .map(({ id, role }) => ({ file: template.file, reason: `${id} shares ${role} with another function` }));
};

const checkRole = (file: string, { id, properties, statements }: Resource): Finding[] => [
  ...(listOf(properties.ManagedPolicyArns).length === 0
    ? []
    : [{ file, reason: `${id} has managed policies: spell out what it may do` }]),
  ...statements.flatMap(({ sid, effect, actions, resources, commented }) => {
    const name = sid ?? 'a statement without a Sid';
    const wildcards = actions.filter((action) => action.includes('*'));
    const reasoned = effect === 'Deny' || commented;
    return [
      ...(sid === undefined ? [{ file, reason: `${id} has a statement without a Sid (${actions.join(', ')})` }] : []),
      ...(resources.includes('*') && !reasoned
        ? [{ file, reason: `${id}: ${name} allows every resource and no comment beside it says why` }]
        : []),
      ...(wildcards.length > 0 && !reasoned
        ? [{ file, reason: `${id}: ${name} allows ${wildcards.join(', ')} and no comment beside it says why` }]
        : []),
      ...(actions.length === 0 ? [{ file, reason: `${id}: ${name} lists no actions` }] : []),
    ];
  }),
];
