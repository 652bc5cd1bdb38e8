import { makeProject } from './portia.js';

/** A project with one tool module in plain JavaScript. */
export function makeToolProject(tools: string, files: Record<string, string | object>): string {
  return makeProject({ 'portia.json': { tools: { modules: ['./tools/*.mjs'] } }, 'tools/tools.mjs': tools, ...files });
}
