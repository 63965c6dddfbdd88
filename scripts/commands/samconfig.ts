/**
 * Writes every samconfig.toml anew from its template and the contract: `npm run samconfig`.
 *
 * @needs nothing
 */
import { Command } from 'commander';
import { runCommand } from '../environment/run-command.ts';
import { writeSamconfigs } from '../samconfig.ts';

const command = new Command('npm run samconfig --').description('Writes every samconfig.toml anew from its template.');

await runCommand(command, async () => {
  const changed = writeSamconfigs();
  console.log(changed.length === 0 ? 'Every samconfig.toml is up to date.' : `Wrote ${changed.join(', ')}.`);
});
