// What it costs to play a run again, beside running its plan with stubs, and to test a plan, beside running it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { bench, folder, portia, processorRatio } from './measure.js';
import { compute, loop, runPlan } from './projects.js';

const CALLS = 1_000;
const STUBS = ['--stub', 'calculator_tool=3'];

export function measureReplay() {
  bench('replay', 'a run of 1,000 calls played again / its plan run with stubs', 1.5, () => {
    const call = { kind: 'tool', tool_id: 'calculator_tool', args: { math_question: '{{ $n }} + 1' }, output: '$sum' };
    const { id } = runPlan(loop(CALLS, [call]), ...STUBS);
    return processorRatio(portia('replay', id), portia('run-plan', 'plan.json', '-q', ...STUBS), 5);
  });
  bench('replay', '100 cases of six steps in one test / one such run-plan', 4, () => {
    runPlan(Array.from({ length: 6 }, (_, index) => compute(`${index} + 1`, `$sum_${index}`)));
    const cases = Array.from({ length: 100 }, (_, index) => ({ name: `case ${index}`, expect: { state: 'COMPLETE' } }));
    mkdirSync(join(folder, 'tests'), { recursive: true });
    writeFileSync(join(folder, 'tests/six.test.json'), JSON.stringify({ plan: '../plan.json', cases }));
    return processorRatio(portia('test', 'tests/six.test.json', '-q'), portia('run-plan', 'plan.json', '-q'), 5);
  });
}
