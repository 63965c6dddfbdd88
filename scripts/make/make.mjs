import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Does what the makefiles of this repository ask of make, and no more: `--makefile <file> <target>`, recipes of
 * plain commands, and variables from the environment.
 */
const [option, file, target] = process.argv.slice(2);
if (option !== '--makefile' || file === undefined || target === undefined) {
  console.error('usage: make --makefile <file> <target>');
  process.exit(2);
}

/** The lines under `target:` that begin with a tab. @type {(makefile: string, target: string) => string[]} */
const recipeOf = (makefile, target) => {
  const lines = makefile.split('\n');
  const at = lines.findIndex((line) => line.startsWith(`${target}:`));
  if (at === -1) return [];
  const end = lines.findIndex((line, index) => index > at && !line.startsWith('\t'));
  return lines.slice(at + 1, end === -1 ? undefined : end).map((line) => line.slice(1));
};

/** @type {(line: string) => string} */
const withVariables = (line) => line.replaceAll(/\$\((\w+)\)/g, (_, name) => process.env[name] ?? '');

const recipe = recipeOf(readFileSync(file, 'utf8'), target).map(withVariables);
if (recipe.length === 0) {
  console.error(`make: *** No rule to make target '${target}'.  Stop.`);
  process.exit(2);
}
for (const command of recipe) {
  console.log(command);
  const { status } = spawnSync(command, { shell: true, stdio: 'inherit' });
  if (status !== 0) process.exit(2);
}
