import { badSettingsFile } from '../config/invalid-settings.js';
import type { DeclaredTool } from '../config/layer.js';
import type { RefuseOthers } from '../config/project-owner.js';
import type { Settings } from '../config/settings.js';
import type { Environment } from '../domain/environment.js';
import type { Problem } from '../domain/errors.js';
import type { Now } from '../domain/values/ids.js';
import { guestEnvironment } from '../processes/guest-environment.js';
import type { Guests } from '../processes/guests.js';
import { httpProblems } from '../tools/http/http-problems.js';
import { createHttpTool } from '../tools/http/http-tool.js';
import { programProblems } from '../tools/programs/program-problems.js';
import type { ProgramSettings } from '../tools/programs/program-settings.js';
import { createProgramTool, type ProgramParts, type ProgramPlace } from '../tools/programs/program-tool.js';
import type { Evaluate } from '../tools/setting-templates.js';
import type { Tool } from '../tools/tool.js';
import { compileSchema } from './compile-schema.js';
import { createOwnEvaluator } from './evaluator.js';
import type { ProcessFacts } from './this-process.js';
import { filesOfProgram, sourcesOf } from './trust/trusted-content.js';

/** What tools that settings declare need from outside. */
export interface DeclaredToolParts extends Pick<ProcessFacts, 'cpuTime'> {
  now: Now;
  shell: Environment;
  guests(): Promise<Guests>;
  /** Shows what a program prints. */
  print(text: string): Promise<void>;
  redact(text: string): string;
}

/** The tools that settings declare. Rejects with `invalid-settings`, with all that is wrong in a file. */
export async function declaredTools(
  { programs, http }: Settings,
  projectRoot: string,
  outside: DeclaredToolParts & { refuseOthers: RefuseOthers },
): Promise<Tool[]> {
  refuseProblems([
    ...programs.map((tool) => ({ ...tool, problems: programProblems(tool.value, `/programs/${tool.id}`) })),
    ...http.map((tool) => ({ ...tool, problems: httpProblems(tool.value, `/http/${tool.id}`) })),
  ]);
  const evaluator = createOwnEvaluator(outside);
  const evaluate: Evaluate = async (source, variables) =>
    evaluator(source, variables, { startedAt: outside.now().toISOString() });
  const parts: ProgramParts = {
    ...outside,
    evaluate,
    compile: compileSchema,
    environment: guestEnvironment(outside.shell, []),
  };
  const ofPrograms = programs.map(async (tool) => {
    const place = placeOf(tool, projectRoot);
    if (tool.origin === 'project') await outside.refuseOthers(place.files);
    return createProgramTool(tool.id, tool.value, { place, parts });
  });
  return [
    ...(await Promise.all(ofPrograms)),
    ...http.map(({ id, value, file }) => createHttpTool(id, value, { file, evaluate, compile: compileSchema })),
  ];
}

/** Its own path begins at the settings file; it runs in the project. */
function placeOf(
  { value, file, resolvePath }: DeclaredTool<ProgramSettings>,
  projectRoot: string,
): ProgramPlace & { files: string[] } {
  const { command, cwd } = value;
  const [program = ''] = command;
  const root = resolvePath('.');
  const files = () => filesOfProgram(value, { root, cwd: projectRoot });
  return {
    file,
    command: program.includes('/') ? resolvePath(program) : program,
    directory: cwd === undefined ? projectRoot : resolvePath(cwd),
    files: files(),
    sources: async () => sourcesOf(files(), root),
  };
}

function refuseProblems(tools: readonly { file: string; problems: Problem[] }[]): void {
  for (const file of new Set(tools.map((tool) => tool.file))) {
    const problems = tools.filter((tool) => tool.file === file).flatMap((tool) => tool.problems);
    if (problems.length > 0) throw badSettingsFile(file, problems);
  }
}
