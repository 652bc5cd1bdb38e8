import { PortiaError } from '../../domain/errors.js';
import { adviceLines } from '../../domain/next-step.js';
import { toolsNeeded, toolsProbablyMeant } from '../../planner/needed-tools.js';
import { toolsMeant, type ToolDescription } from '../../planner/offered-tools.js';
import type { ToolOff } from '../../planner/planning-prompt.js';
import { isOff } from '../../tools/readiness.js';
import type { NotReady } from '../../tools/tool.js';
import { describeTool, readyTools, requestText, type PlanRequest } from './planning.js';

type Off = ToolDescription & NotReady;

/** The refusal of a request that needs tools that are off; undefined when it needs none of them without any doubt. */
export function lackOfTools(request: PlanRequest): PortiaError | undefined {
  // A plan that is changed exists already: only the change may need something.
  const asked = request.refine?.hint ?? request.query;
  const needed = toolsNeeded(offIn(request), { ...wordsOf(request), request: asked });
  const [first, ...others] = needed.map(({ id }) => id);
  if (first === undefined) return undefined;
  const what = others.length === 0 ? `${first}, which is off` : `tools that are off: ${[first, ...others].join(', ')}`;
  const without = (request.exclusion ?? flagsFor)(needed.map(({ id }) => id));
  return new PortiaError('no-plan', `The request needs ${what}.`, {
    why: [...new Set(needed.map(({ why }) => why))].join('\n'),
    fix: adviceLines([
      ...needed.map(({ fix }) => fix),
      `To plan without ${others.length === 0 ? 'it' : 'them'}: ${without}`,
    ]),
  });
}

const flagsFor = (ids: readonly string[]): string => ids.map((id) => `--exclude-tool ${id}`).join(' ');

/** The tools that are off and that the request may mean, for the model. A person is told of those that it probably means. */
export function toolsOffFor(request: PlanRequest): ToolOff[] {
  const off = offIn(request);
  const words = wordsOf(request);
  for (const { id, why, fix } of toolsProbablyMeant(off, words)) request.note?.(`${id} is off: ${why} ${fix}`);
  const meant = new Set(toolsMeant([...words.ready, ...off], words.request).map(({ id }) => id));
  return off.filter(({ id }) => meant.has(id));
}

/** The tools among those to plan with that are off, and what they lack. */
export function offIn({ tools }: PlanRequest): Off[] {
  return tools.flatMap(({ tool, readiness }) => (isOff(readiness) ? [{ ...describeTool(tool), ...readiness }] : []));
}

function wordsOf(request: PlanRequest): { ready: ToolDescription[]; request: string } {
  return { ready: readyTools(request).map(describeTool), request: requestText(request) };
}
