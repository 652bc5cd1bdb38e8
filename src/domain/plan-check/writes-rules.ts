import type { Step } from '../plan/plan.js';
import { toolsOfStep } from '../plan/plan-steps.js';
import type { ProblemList } from './problem-list.js';
import type { KnownTool } from './known-tools-and-plans.js';

/** `writes`: globs of files in the project, on a step whose tools can make files. */
export function checkWrites(
  step: Step,
  at: string,
  { problems, tools }: { problems: ProblemList; tools: ReadonlyMap<string, KnownTool> | undefined },
): void {
  if ((step.kind !== undefined && step.kind !== 'react') || step.writes === undefined) return;
  const pointer = `${at}/writes`;
  for (const [index, glob] of step.writes.entries()) {
    const wrong = problemOf(glob);
    if (wrong === undefined) continue;
    const fix = 'Name files of the project by their path from its folder: reports/*.md';
    problems.error('bad-writes', { message: `${JSON.stringify(glob)} ${wrong}.`, pointer: `${pointer}/${index}`, fix });
  }
  const known = toolsOfStep(step).map((id) => tools?.get(id));
  if (known.every((tool) => tool?.effect === 'read')) {
    problems.warn('unused-writes', { message: 'No tool of this step writes files.', pointer, fix: 'Remove writes.' });
  }
}

function problemOf(glob: string): string | undefined {
  if (glob.trim() === '') return 'names no file';
  if (glob.includes('{{')) return 'has a template, and writes is taken literally';
  if (glob.startsWith('!')) return 'begins with !, and writes only says what may be made';
  const segments = glob.split(/[/\\]/);
  if (glob.startsWith('/') || glob.startsWith('~') || segments.includes('..')) return 'is not inside the project';
  return undefined;
}
