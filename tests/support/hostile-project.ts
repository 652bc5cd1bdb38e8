import type { Run } from '../../src/domain/run/run.js';
import { portiaHere } from './portia-here.js';
import { makeToolProject } from './tool-project.js';

/** Would act in a page that took it for HTML, in a text, an attribute, an address or a script. */
export const HOSTILE = `"><img src=x onerror="window.acted=1"><script>window.acted=1</script>' onfocus='window.acted=1' \u202e`;

const TOOL = `import { defineTool } from 'portia';
import * as z from 'zod';
const hostile = ${JSON.stringify(HOSTILE)};
export const send = defineTool({ id: 'send', name: hostile, description: hostile, effect: 'once',
  args: z.object({ to: z.string(), text: z.string() }), output: z.any(), run: async (_context, args) => args });
export const ask = defineTool({ id: 'ask', name: hostile, description: 'Asks.', effect: 'read', args: z.object({}), output: z.any(),
  run: (context) => context.answers.length > 0 ? hostile : { kind: 'clarifications', clarifications: [
    { category: 'Action', user_guidance: hostile, action_url: 'javascript:window.acted=1' },
    { category: 'Custom', user_guidance: hostile, name: 'note', data: { [hostile]: [{ [hostile]: hostile }] } },
    { category: 'Multiple Choice', user_guidance: hostile, argument_name: 'size', options: [hostile, 'other'] },
    { category: 'Value Confirmation', user_guidance: hostile, argument_name: 'amount', value: hostile },
  ] } });
`;

const compute = (name: string, expression: string, output: string) => ({ kind: 'compute', name, expression, output });

/** Pauses with a question, and has values, a loop and a branch that was not taken. */
const ROUNDS_PLAN = {
  plan_context: { query: `Remind ${HOSTILE}` },
  plan_inputs: [{ name: 'tone', default: HOSTILE }],
  steps: [
    compute(`Orders ${HOSTILE}`, "[1..30].{'id': 'O-' & $, 'customer': $tone}", '$orders'),
    {
      kind: 'for_each',
      name: 'Each',
      over: '$orders',
      as: 'order',
      steps: [compute('Write', "'Dear ' & $order.customer", '$text')],
      collect: '$text',
      output: '$sent',
    },
    {
      kind: 'if',
      branches: [{ when: '$count($sent) > 100', steps: [compute('Many', '1', '$many')] }],
      else: [compute('Few', '2', '$few')],
    },
    { kind: 'user_input', message: `How many ${HOSTILE}?`, schema: { type: 'number' }, output: '$minimum' },
    compute('Result', '$minimum', '$result'),
  ],
};

/** Asks, loops and acts. `expression` makes the list that it loops over. */
const filesPlan = (expression: string) => ({
  plan_context: { query: `Remind ${HOSTILE}` },
  plan_inputs: [
    { name: 'tone', default: HOSTILE, description: HOSTILE },
    { name: 'limit', schema: { type: 'number', minimum: 1 } },
  ],
  steps: [
    { kind: 'compute', name: `Orders ${HOSTILE}`, expression, output: '$orders' },
    { kind: 'user_input', message: `How many ${HOSTILE}?`, output: '$minimum' },
    {
      kind: 'for_each',
      over: '$orders',
      as: 'order',
      steps: [
        {
          kind: 'tool',
          tool_id: 'file_writer_tool',
          args: { filename: '{{ $order }}.txt', content: '{{ $tone }}{{ $limit }}{{ $minimum }}' },
          output: '$file',
        },
      ],
    },
    { kind: 'compute', expression: '1', output: '$unused' },
    { kind: 'compute', expression: '$orders', output: '$result' },
  ],
});

/** A project in which all texts of others are hostile. */
export function hostileProject(): string {
  const plan = (...steps: object[]) => ({ plan_context: { query: HOSTILE, tool_ids: ['send', 'ask'] }, steps });
  return makeToolProject(TOOL, {
    'send.json': plan(
      { kind: 'tool', tool_id: 'send', args: { to: HOSTILE, text: 'Hello' }, output: '$sent' },
      { kind: 'user_verify', message: 'All right?' },
    ),
    'ask.json': plan({ kind: 'tool', tool_id: 'ask', args: {}, output: '$asked' }),
    'rounds.json': ROUNDS_PLAN,
    'a.json': filesPlan('[1, 2]'),
    'b.json': filesPlan('[1, 3]'),
  });
}

/** The run of a plan of the project as it is when it waits. */
export async function waitingRun(cwd: string, file: string, ...more: string[]): Promise<Run> {
  const { stdout } = await portiaHere(['run-plan', file, '--no-prompt', '--json', ...more], { cwd });
  return JSON.parse(stdout) as Run;
}

/** Starts a run of every plan. Gives the paths of the pages that show them. */
export async function hostilePages(cwd: string): Promise<string[]> {
  const { id: asking } = await waitingRun(cwd, 'ask.json');
  const { id: sending } = await waitingRun(cwd, 'send.json');
  const { id: looping } = await waitingRun(cwd, 'rounds.json');
  const { plan_id: one } = await waitingRun(cwd, 'a.json', '-i', 'limit:=1');
  const { plan_id: other } = await waitingRun(cwd, 'b.json', '-i', 'limit:=1');
  await portiaHere(['comment', one, '1', HOSTILE, '--by', HOSTILE.replace(/ \u202e/, '')], { cwd });
  const ofRun = ['', '/rounds?loop=1', '/events', '/values/%24orders', '/prompts'].map(
    (path) => `/runs/${looping}${path}`,
  );
  const ofPlans = [`/plans/${one}`, `/plans/${other}?compare=${one}`];
  return ['/inbox', '/runs', '/plans', `/runs/${asking}/cancel`, `/runs/${sending}`, ...ofRun, ...ofPlans];
}
