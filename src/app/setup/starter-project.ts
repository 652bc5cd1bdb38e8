import { capitalised } from '../../domain/values/capitalised.js';
import { publishedSchema } from '../../domain/published-schemas.js';

/** A file that `portia init` writes. */
export interface StarterFile {
  /** From the project's root. */
  path: string;
  text: string;
  /** What it is for, in a few words. */
  what: string;
}

const SETTINGS = `{
  "tools": { "modules": ["tools/word-count.ts"] },
  "approvals": {}
}
`;

/** A function as a tool, in TypeScript that is JavaScript, too. */
export const functionTool = (id: string): string => `import { defineTool } from 'portia';
import { z } from 'zod';

export default defineTool({
  id: '${id}',
  name: '${nameOf(id)}',
  description: 'Counts the words of a text.',
  effect: 'read', // It changes nothing, so nobody is asked before a call.
  args: z.object({ text: z.string().describe('The text') }),
  output: z.number(),
  run: (_context, { text }) => text.split(/\\s+/).filter((word) => word !== '').length,
});
`;

const PLAN = `# yaml-language-server: $schema=plan.schema.json
plan_context:
  query: Count the words of a text, and ask when there are many
plan_inputs:
  - name: $text
    description: The text
    default: A run that stops and hands over instead of guessing.
steps:
  - kind: tool
    tool_id: word_count
    args:
      text: "{{ $text }}"
    output: $words
  - kind: user_verify
    when: $words > 5
    message: "The text has {{ $words }} words. Is that right?"
  - kind: compute
    expression: "{ 'text': $text, 'words': $words }"
    output: $result
`;

/** `word_count` as people read it: `Word count`. */
const nameOf = (id: string): string => capitalised(id.replaceAll('_', ' '));

/** Name of the example plan. */
export const STARTER_PLAN = 'first-plan.yaml';

/** What a new project begins with: settings, a tool, a plan that uses it, and the schema for editors. */
export function starterFiles(): StarterFile[] {
  const schema = `${JSON.stringify(publishedSchema('plan'), null, 2)}\n`;
  return [
    { path: 'portia.json', text: SETTINGS, what: 'settings of the project' },
    { path: 'tools/word-count.ts', text: functionTool('word_count'), what: 'a tool of your own' },
    { path: STARTER_PLAN, text: PLAN, what: 'a plan that uses it and asks a question' },
    { path: 'plan.schema.json', text: schema, what: 'lets editors complete and check plans' },
  ];
}

/** What a run leaves behind, and keys. */
const IGNORED = ['plans/', 'runs/', 'users/', '.env'];

/** The .gitignore with the missing lines added; undefined when nothing is missing. */
export function withIgnored(text: string): string | undefined {
  const lines = new Set(text.split('\n').map((line) => line.trim().replace(/^\//, '')));
  const missing = IGNORED.filter((entry) => !lines.has(entry) && !lines.has(entry.replace(/\/$/, '')));
  if (missing.length === 0) return undefined;
  const before = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return `${before}${missing.join('\n')}\n`;
}
