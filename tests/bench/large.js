// What takes minutes to measure: a hundred thousand runs, a hundred thousand turns of a loop, thirty thousand steps.
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { bench, folder, isWanted, median, node, portia, seconds, time, usage } from './measure.js';
import { compute, loop, makeManyRuns, runPlan, writePlan } from './projects.js';

const MANY = 100_000;
const ASK = { kind: 'user_input', message: 'Which?', output: '$which' };
const PAUSED = { status: 8 };

export function measureLarge() {
  measureManyRuns();
  measureManyTurns();
  bench('large', 'check of 30,000 steps, seconds', 1, () => {
    writePlan('long.json', [
      compute('1', '$n_0'),
      ...Array.from({ length: 29_999 }, (_, index) => compute(`$n_${index} + 1`, `$n_${index + 1}`)),
    ]);
    return seconds(() => portia('check', 'long.json'));
  });
}

function measureManyRuns() {
  const at = (command) => `${command} of a whole id at 100,000 runs / at 10`;
  const all = 'all 100,000 runs as NDJSON (list), seconds of processor time';
  if (![at('show'), at('resume'), at('answer'), all].some((name) => isWanted('large', name))) return;
  rmSync(join(folder, 'runs'), { recursive: true, force: true });
  const copied = runPlan([compute('1 + 1', '$two')]).id;
  writePlan('ask.json', [ASK]);
  const { id } = JSON.parse(node(portia('run-plan', 'ask.json', '--json', '-q'), PAUSED).stdout);
  node(portia('resume', id, '--answer', 'which=this'));
  const commands = { show: ['show', id], resume: ['resume', id], answer: ['answer', id, 'which=this'] };
  const fastest = (args) => Math.min(...Array.from({ length: 9 }, () => time(portia(...args))));
  const measureAll = () => Object.entries(commands).map(([name, args]) => [name, fastest(args)]);
  makeManyRuns(copied, 10);
  const few = Object.fromEntries(measureAll());
  makeManyRuns(copied, MANY);
  for (const [name, args] of Object.entries(commands)) {
    bench('large', at(name), 1.2, () => fastest(args) / few[name]);
  }
  bench('large', all, 2.5, () => median([1, 2, 3].map(() => usage(portia('list', '--format', 'ndjson')).cpu)));
  rmSync(join(folder, 'runs'), { recursive: true });
}

function measureManyTurns() {
  const resumed = (what) => `resume after 100,000 iterations, ${what}`;
  if ([resumed('seconds'), resumed('MB of memory')].some((name) => isWanted('large', name))) {
    writePlan('turns.json', [...loop(MANY), ASK]);
    const paused = () => JSON.parse(node(portia('run-plan', 'turns.json', '--json', '-q'), PAUSED).stdout).id;
    const resume = (id) => portia('resume', id, '--answer', 'which=this', '--format', 'value', '-q');
    bench('large', resumed('seconds'), 3, () => seconds(() => resume(paused())));
    bench('large', resumed('MB of memory'), 250, () => usage(resume(paused())).megabytes);
  }
  const three = (what) => `loop of 100,000 × 3 steps, ${what}`;
  if (![three('MB of memory'), three('MB of its snapshot')].some((name) => isWanted('large', name))) return;
  writePlan('three.json', loop(MANY, [compute('$n + 1', '$a'), compute('$a * 2', '$b'), compute('$b - $n', '$c')]));
  const { megabytes, stdout } = usage(portia('run-plan', 'three.json', '--json', '-q'));
  bench('large', three('MB of memory'), 250, () => megabytes);
  const file = join(folder, 'runs', `${JSON.parse(stdout).id}.json`);
  bench('large', three('MB of its snapshot'), 1, () => statSync(file).size / 1e6);
}
