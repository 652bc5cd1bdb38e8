import * as z from 'zod';

import { defineTool } from '../../../src/tools/define-tool.js';

/** A tool that must not be called twice, and what it was called with. */
export function publishing() {
  const published: string[] = [];
  const tool = defineTool({
    id: 'publish_tool',
    name: 'Publish',
    description: 'Publishes a version.',
    effect: 'once',
    args: z.object({ version: z.string() }),
    run(_context, { version }) {
      published.push(version);
      return `published ${version}`;
    },
  });
  return { tool, published };
}

const publish = { kind: 'tool', tool_id: 'publish_tool', args: { version: '{{ $version }}' }, output: '$done' };

/** Asks what changed, then publishes, which needs a consent. */
export const RELEASE = {
  plan_context: { query: 'Release a version', tool_ids: ['publish_tool'] },
  plan_inputs: [{ name: '$version', description: 'The version', schema: { type: 'string' } }],
  steps: [{ kind: 'user_input', message: 'What changed?', output: '$changes' }, publish],
};

/** Only publishes. */
export const PUBLISH = { ...RELEASE, plan_context: { query: 'Publish', tool_ids: ['publish_tool'] }, steps: [publish] };

/** A plan with this one step that asks. */
export const asking = (step: object) => ({
  plan_context: { query: 'Ask', tool_ids: [] },
  steps: [step, { kind: 'compute', expression: '"done"', output: '$end' }],
});
