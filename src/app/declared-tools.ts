import { badSettingsFile } from '../config/invalid-settings.js';
import type { DeclaredTool } from '../config/layer.js';
import type { Settings } from '../config/settings.js';
import type { Problem } from '../domain/errors.js';
import type { Now } from '../domain/values/ids.js';
import { httpProblems } from '../tools/http/http-problems.js';
import { createHttpTool } from '../tools/http/http-tool.js';
import type { Evaluate } from '../tools/setting-templates.js';
import type { Tool } from '../tools/tool.js';
import { compileSchema } from './compile-schema.js';
import { createOwnEvaluator } from './evaluator.js';
import type { ProcessFacts } from './this-process.js';

/** What tools that settings declare need from outside. */
export interface DeclaredToolParts extends Pick<ProcessFacts, 'cpuTime'> {
  now: Now;
}

/** The tools that settings declare. Throws `invalid-settings` with all that is wrong in a file. */
export function declaredTools({ http }: Settings, { now, cpuTime }: DeclaredToolParts): Tool[] {
  refuseProblems(http, ({ id, value }) => httpProblems(value, `/http/${id}`));
  const evaluator = createOwnEvaluator({ cpuTime });
  const evaluate: Evaluate = async (source, variables) =>
    evaluator(source, variables, { startedAt: now().toISOString() });
  return http.map(({ id, value, file }) => createHttpTool(id, value, { file, evaluate, compile: compileSchema }));
}

function refuseProblems<Declaration>(
  tools: readonly DeclaredTool<Declaration>[],
  problemsOf: (tool: DeclaredTool<Declaration>) => Problem[],
): void {
  for (const file of new Set(tools.map((tool) => tool.file))) {
    const problems = tools.filter((tool) => tool.file === file).flatMap(problemsOf);
    if (problems.length > 0) throw badSettingsFile(file, problems);
  }
}
