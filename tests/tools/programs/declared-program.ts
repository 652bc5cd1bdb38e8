import { onTestFinished } from 'vitest';

import { checkProjectSettings } from '../../../src/config/settings-schema.js';
import type { Clarification } from '../../../src/domain/run/clarification.js';
import type { JsonObject } from '../../../src/domain/values/json.js';
import { Guests } from '../../../src/processes/guests.js';
import { compileSchema } from '../../../src/tools/json-schema.js';
import { programProblems } from '../../../src/tools/programs/program-problems.js';
import type { ProgramSettings } from '../../../src/tools/programs/program-settings.js';
import { createProgramTool, type ProgramPlace } from '../../../src/tools/programs/program-tool.js';
import type { Tool, ToolProgress, ToolResult } from '../../../src/tools/tool.js';
import { evaluate } from '../../executor/bench.js';
import { toolContext, type ContextParts } from '../tool-context.js';

/** The settings of a program as a project has them, once they are found to be right. */
export function checkedProgram(settings: object): ProgramSettings {
  const checked = checkProjectSettings({ programs: { deploy: { description: 'Deploys.', ...settings } } });
  if (!checked.ok) throw new Error(checked.problems.map(({ message }) => message).join('\n'));
  const value = checked.settings.programs?.['deploy'] as ProgramSettings;
  const problems = programProblems(value, '/programs/deploy').map(({ message }) => message);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return value;
}

/** The tool of a program that runs in `/` or `directory`, with what it prints. */
export async function declaredProgram(
  settings: object,
  place: Partial<ProgramPlace> = {},
): Promise<{ tool: Tool; printed: () => string }> {
  const value = checkedProgram(settings);
  const guests = new Guests((pid, signal) => process.kill(pid, signal));
  onTestFinished(() => guests.endAll());
  let text = '';
  const tool = await createProgramTool('deploy', value, {
    place: { file: 'portia.json', command: value.command[0] ?? '', directory: '/', sources: async () => [], ...place },
    parts: {
      evaluate: async (source, variables) => evaluate(source, variables, { startedAt: '2026-01-02T03:04:05.000Z' }),
      compile: compileSchema,
      guests: async () => guests,
      environment: { PATH: process.env['PATH'] },
      print: async (more) => {
        text += more;
      },
      redact: (more) => more.replaceAll('hush-hush', '[TOKEN]'),
    },
  });
  return { tool, printed: () => text };
}

export interface Called extends Partial<ContextParts> {
  args?: JsonObject;
  answers?: Clarification[];
}

/** One call of such a program: its result, what it printed, and what it reported meanwhile. */
export async function callProgram(
  settings: object,
  { args = {}, answers = [], ...parts }: Called = {},
  place: Partial<ProgramPlace> = {},
): Promise<{ result: ToolResult; printed: string; progress: ToolProgress[] }> {
  const { tool, printed } = await declaredProgram(settings, place);
  const progress: ToolProgress[] = [];
  const context = toolContext({ projectRoot: '/', ...parts });
  const result = await tool.run({ ...context, answers, progress: (report) => progress.push(report) }, args);
  return { result, printed: printed(), progress };
}

/** A program that is a script of the shell; its arguments are `$1` and so on. */
export const script = (text: string, ...words: string[]) => ({ command: ['/bin/sh', '-c', text, 'sh', ...words] });

/** A script without arguments, as a tool of this effect. */
export const shell = (text: string, more: object = {}) => ({ ...script(text), ...more });

/** JSON Schema of an object with these properties. */
export const object = (properties: object, required: string[] = []) => ({ type: 'object', properties, required });
