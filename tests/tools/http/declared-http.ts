import { checkProjectSettings } from '../../../src/config/settings-schema.js';
import { httpProblems } from '../../../src/tools/http/http-problems.js';
import type { HttpSettings } from '../../../src/tools/http/http-settings.js';
import { createHttpTool } from '../../../src/tools/http/http-tool.js';
import { compileSchema } from '../../../src/tools/json-schema.js';
import type { Tool } from '../../../src/tools/tool.js';
import { evaluate } from '../../executor/bench.js';

/** The tool as a project's settings declare it, once they are found to be right. */
export function declaredHttp(settings: object): Tool {
  const checked = checkProjectSettings({ http: { ticket: { description: 'Makes a ticket.', ...settings } } });
  if (!checked.ok) throw new Error(checked.problems.map(({ message }) => message).join('\n'));
  const value = checked.settings.http?.['ticket'] as HttpSettings;
  const problems = httpProblems(value, '/http/ticket').map(({ message }) => message);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const startedAt = '2026-01-02T03:04:05.000Z';
  return createHttpTool('ticket', value, {
    file: 'portia.json',
    evaluate: async (source, variables) => evaluate(source, variables, { startedAt }),
    compile: compileSchema,
  });
}
