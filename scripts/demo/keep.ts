import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../environment/environment.ts';
import { environmentFolder } from '../environment/folders.ts';

/** Leaves the environment running, with a receiver in a process of its own in place of ours. Returns its log. */
export const keepRunning = (environment: Environment, receiverPort: number): string => {
  const file = join(environmentFolder(environment.name), 'received.jsonl');
  const serve = fileURLToPath(new URL('../receiver/serve.ts', import.meta.url));
  const child = spawn(process.execPath, [serve, String(receiverPort), file], { detached: true, stdio: 'ignore' });
  child.unref();
  if (child.pid === undefined) throw new Error('the receiver could not be started');
  environment.keep(child.pid);
  return file;
};

/** What a person needs to go on by hand. */
export const keptText = (environment: Environment, appId: string, receivedFile: string): string => `
  base URL   ${environment.baseUrl}
  token      ${environment.token}
  received   ${receivedFile}

  Send another message, then look at the end of that file:

  curl -sS '${environment.baseUrl}/api/v1/app/${appId}/msg' \\
    -H 'authorization: Bearer ${environment.token}' -H 'content-type: application/json' \\
    -d '{"eventType":"order.placed","payload":{"order":"A-1002"}}'

  npm run deploy -- <service> --env ${environment.name}    redeploy what you changed
  npm run down                          stop it`;

export const nextText = `
  npm run demo -- --keep    leave it running and talk to it with curl
  npm run dev               an environment to develop against
  npm test                  everything that must pass`;
