import type { Json, JsonObject } from '../../src/domain/values/json.js';
import { saying, type End, type Fault, type Patience } from './fault.js';

type Steps = JsonObject[];

const MISFIT: [End, Patience] = ['no-plan', 'corrected'];

const plans = (name: string, change: (steps: Steps) => Json, [end, patience] = MISFIT): Fault => ({
  name,
  spoils({ content }, place) {
    if (place !== 'planning' || content === null) return undefined;
    const { steps } = JSON.parse(content) as { steps: Steps };
    return saying({ content: JSON.stringify(change(steps)) });
  },
  end,
  patience,
});

/** A change of the last step. */
const last = (name: string, change: JsonObject, outcome?: [End, Patience]): Fault =>
  plans(name, (steps) => ({ steps: [...steps.slice(0, -1), { ...steps.at(-1), ...change }] }), outcome);

/** Plans in the right form that cannot be run. */
export const PLAN_FAULTS: Fault[] = [
  plans('a plan without steps', () => ({ steps: [] })),
  plans('a plan of 10,000 steps', (steps) => ({ steps: Array.from({ length: 10_000 }, () => steps[0] ?? null) })),
  plans('a plan that is an error', () => ({ error: 'There is no such tool.' }), ['no-plan', 'once']),
  plans('the same output twice', ([first = {}]) => ({ steps: [first, first] })),
  plans('steps that wait for each other', ([first = {}, second = {}]) => ({
    steps: [
      { ...first, args: { text: '{{ $last }}' } },
      { ...second, args: { text: '{{ $first }}' } },
    ],
  })),
  last('a tool that is not there', { tool_id: 'post_tool' }),
  last('a tool with letters that look alike', { tool_id: 'nоte' }),
  last('a tool that every object has', { tool_id: 'constructor' }),
  plans('a kind that is not there', ([first = {}]) => ({ steps: [first, { kind: 'shell', command: 'rm -rf /' }] })),
  plans('10,000 steps in a block', ([first = {}]) => ({
    steps: [{ kind: 'for_each', over: '[1]', as: 'x', steps: Array.from({ length: 10_000 }, () => first) }],
  })),
  last('an output that nothing makes', { args: { text: '{{ $nobody }}' } }),
  last('an argument that the tool does not have', { args: { text: 'last', to: 'everybody' } }),
  last('an argument of another type', { args: { text: { no: true } } }),
  last('an expression that does not parse', { args: { text: '{{ $first + }}' } }),
  last('a condition that does not parse', { when: '$first and' }),
  plans('half a character in a task', ([first = {}]) => ({
    steps: [first, { task: 'Say it\ud83d', tool_id: 'note', inputs: [], output: '$last' }],
  })),
  last('a task of 5 MB', { kind: 'llm', task: 'x'.repeat(5 * 1024 * 1024) }),
];
