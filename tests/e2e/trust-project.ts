import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { makeProject, UNTRUSTED } from '../support/portia.js';

export const tool = (tool_id: string, args: object, output = '$result') => ({ kind: 'tool', tool_id, args, output });
export const plan = (...steps: object[]) => ({ plan_context: { query: 'q', tool_ids: [] }, steps });

/** A module that leaves a trace when it is loaded. */
export const GREET = `import { writeFileSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';
writeFileSync(new URL('LOADED', import.meta.url), '');
export const greet = defineTool({ id: 'greet', name: 'Greeter', description: 'Greets.', effect: 'read',
  args: z.object({ name: z.string() }), run: async (_context, { name }) => 'Hello, ' + name + '!' });
`;

export const OWN_TOOL = {
  'portia.json': { tools: { modules: ['./greet.mjs'] } },
  'greet.mjs': GREET,
  'greet.json': plan(tool('greet', { name: 'Ada' })),
  'add.json': plan(tool('calculator_tool', { math_question: '1 + 2' })),
};

export interface Visit {
  cwd: string;
  env: Record<string, string>;
}

/** A project that is not trusted, with the home folder of the user outside of it. */
export function makeVisit(files: Record<string, string | object>): Visit & { env: { HOME: string } } {
  const home = makeProject();
  const cwd = makeProject(files);
  return { cwd, env: { ...UNTRUSTED, HOME: home } };
}

export const isLoaded = (cwd: string) => existsSync(join(cwd, 'LOADED'));
