// What it costs to play a run again, beside running its plan with stubs.
import { bench, portia, processorRatio } from './measure.js';
import { loop, runPlan } from './projects.js';

const CALLS = 1_000;
const STUBS = ['--stub', 'calculator_tool=3'];

export function measureReplay() {
  bench('replay', 'a run of 1,000 calls played again / its plan run with stubs', 1.5, () => {
    const call = { kind: 'tool', tool_id: 'calculator_tool', args: { math_question: '{{ $n }} + 1' }, output: '$sum' };
    const { id } = runPlan(loop(CALLS, [call]), ...STUBS);
    return processorRatio(portia('replay', id), portia('run-plan', 'plan.json', '-q', ...STUBS), 5);
  });
}
