import type { Finding, Report } from './finding.ts';
import { at, type Json, listOf } from './json.ts';
import { orComplaint, runTool } from './tool.ts';

/** Biome's format, lint and import rules over everything. A warning counts as a finding. */
export const checkBiome = async (signal: AbortSignal): Promise<Report> => ({
  findings: await biomeFindings('.', signal),
});

/** What Biome finds in a folder of its own, which may hold a copy of biome.json. */
export const biomeFindings = async (folder: string, signal: AbortSignal): Promise<readonly Finding[]> => {
  const program = `${import.meta.dirname}/../../node_modules/.bin/biome`;
  const ran = await runTool(program, ['check', '--reporter=gitlab', '--max-diagnostics=none', '.'], {
    signal,
    cwd: folder,
  });
  return orComplaint(gitlabFindings(ran.stdout), 'biome', ran);
};

const gitlabFindings = (stdout: string): readonly Finding[] => {
  const start = stdout.indexOf('[');
  if (start === -1) return [];
  return listOf(JSON.parse(stdout.slice(start)) as Json).map((issue) => ({
    file: `${String(at(issue, 'location', 'path'))}:${String(at(issue, 'location', 'lines', 'begin'))}`,
    reason: `${String(at(issue, 'check_name'))}: ${String(at(issue, 'description'))}`,
  }));
};
