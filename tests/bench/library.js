// What many small runs cost: in a program, inside of another run, and as lines of a batch. Without the flushes, for which
// the disk is waited: this is processor time.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { BARE, bench, folder, isWanted, median, portia, usage } from './measure.js';
import { compute, writePlan } from './projects.js';

const [MEMORY, FILES, INNER, BATCH] = [
  '1,000 runs of three steps in one program, in memory / bare node',
  '200 runs of three steps in one program, in files / bare node',
  '100 runs of a plan in a plan / bare node',
  '100 runs of a batch / bare node',
];

const STEPS = [compute('1 + 2', '$one'), compute('$one * 2', '$pair'), compute('$pair + 1', '$last')];

export function measureLibrary() {
  if (![MEMORY, FILES, INNER, BATCH].some((name) => isWanted('library', name))) return;
  bench('library', MEMORY, 60, () => cost((count) => program(count, 'memory:'), 1_000));
  bench('library', FILES, 90, () => cost((count) => program(count, 'file:'), 200));
  bench('library', INNER, 40, () => cost(outerPlan, 100));
  bench('library', BATCH, 40, () => cost(batch, 100));
}

/** Processor time of so many runs, without what one takes, beside that of a Node that does nothing. */
function cost(command, count) {
  return median([1, 2, 3].map(() => (usage(command(count)).cpu - usage(command(1)).cpu) / usage(BARE).cpu));
}

/** A program that runs a plan so often, one run after the other. */
function program(count, store) {
  const file = join(folder, `runs-${count}-${store.slice(0, -1)}.mjs`);
  writeFileSync(
    file,
    `import { Portia } from ${JSON.stringify(resolve('dist/index.js'))};
     const portia = new Portia({ dir: ${JSON.stringify(folder)}, store: '${store}' });
     const plan = { plan_context: { query: 'bench', tool_ids: [] }, steps: ${JSON.stringify(STEPS)} };
     for (let run = 0; run < ${count}; run += 1) {
       const { state, error } = await portia.runPlan(plan);
       if (state !== 'COMPLETE') throw new Error(error?.message);
     }`,
  );
  return [file];
}

function outerPlan(count) {
  const inner = {
    kind: 'plan',
    plan: { plan_context: { query: 'inner', tool_ids: [] }, steps: STEPS },
    output: '$last',
  };
  writePlan('outer.json', [{ kind: 'for_each', over: `[1..${count}]`, as: 'n', steps: [inner], output: '$all' }]);
  return portia('run-plan', 'outer.json', '--format', 'value', '-q');
}

function batch(count) {
  writePlan('line.json', STEPS);
  writeFileSync(join(folder, 'lines.ndjson'), '{}\n'.repeat(count));
  return portia('run-plan', 'line.json', '--batch', 'lines.ndjson', '--json', '-q');
}
