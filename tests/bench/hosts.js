// What a tool of one's own costs: the start of its process, and each call in it.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { BARE, bench, folder, isWanted, median, portia } from './measure.js';
import { writePlan } from './projects.js';

const [START, CALL, NONE] = [
  'run-plan with one tool in TypeScript, its process included / bare node',
  'one more call of a tool of one’s own: what it takes more than in code / bare node',
  'run-plan without a tool of one’s own: in a project with some / in one without',
];

/** 1 kB each way. */
const ECHO = `import { defineTool } from 'portia';
  import * as z from 'zod';
  export const echo = defineTool({ id: 'echo', name: 'Echo', description: 'Gives back.', effect: 'read',
    args: z.object({ text: z.string() }), run: async (_context, { text }) => text });`;
const TEXT = 'x'.repeat(1_000);

export function measureHosts() {
  if (![START, CALL, NONE].some((name) => isWanted('hosts', name))) return;
  const settings = join(folder, 'portia.json');
  writeFileSync(settings, JSON.stringify({ tools: { modules: ['./echo.ts'] } }));
  writeFileSync(join(folder, 'echo.ts'), ECHO);
  writePlan('echo.json', [{ kind: 'tool', tool_id: 'echo', args: { text: TEXT }, output: '$said' }]);
  writePlan('sum.json', [{ kind: 'compute', expression: '1 + 2', output: '$sum' }]);

  bench('hosts', START, 10, () => ofPairs(portia('run-plan', 'echo.json', '-q'), BARE));
  bench('hosts', CALL, 0.025, () => median([1, 2, 3].map(() => extraPerCall() / (processorTime(BARE, 10) / 10))));
  bench('hosts', NONE, 1.15, () => {
    const run = portia('run-plan', 'sum.json', '-q');
    return ofPairs(run, [...run, '--no-project']);
  });
  writeFileSync(settings, '{}');
}

function ofPairs(args, baseline) {
  processorTime(args, 1);
  return median([1, 2, 3, 4, 5].map(() => processorTime(args, 3) / processorTime(baseline, 3)));
}

/** Seconds of a call in a process of its own beyond those of the same call in the program's own. */
function extraPerCall() {
  const [few, many] = [500, 3_500];
  const perCall = (run) => (run(many) - run(few)) / (many - few);
  return (
    perCall((count) => processorTime(program(count, 'host'), 1)) -
    perCall((count) => processorTime(program(count, 'code'), 1))
  );
}

/** A program that has the tool called so often: the one that portia.json names, or its own. */
function program(count, where) {
  const file = join(folder, `${where}-${count}.mjs`);
  const steps = [{ kind: 'tool', tool_id: 'echo', args: { text: TEXT }, output: '$said' }];
  const loop = [{ kind: 'for_each', over: `[1..${count}]`, as: 'n', steps, output: '$all', collect: '$count([1])' }];
  const library = JSON.stringify(resolve('dist/index.js'));
  const zod = JSON.stringify(resolve('node_modules/zod/index.js'));
  const options = where === 'host' ? 'trustProject: true' : 'trustProject: false, tools: [echo]';
  writeFileSync(
    file,
    `import { defineTool, Portia } from ${library};
     import * as z from ${zod};
     ${ECHO.replace(/^\s*import .*$/gm, '').replace('export const', 'const')}
     const portia = new Portia({ dir: ${JSON.stringify(folder)}, store: 'memory:', ${options} });
     const plan = { plan_context: { query: 'bench', tool_ids: ['echo'] }, steps: ${JSON.stringify(loop)} };
     const run = await portia.runPlan(plan);
     if (run.state !== 'COMPLETE') throw new Error(run.error?.message);
     await portia.close();`,
  );
  return [file];
}

/** Seconds of processor time of so many starts of Node, with all the processes that each starts. */
function processorTime(args, times) {
  const script = 'for i in $(seq $TIMES); do "$@" >/dev/null 2>&1 || exit 1; done; times';
  const env = { PATH: process.env.PATH, HOME: folder, CI: '1', PORTIA_TRUST_PROJECT: '1', TIMES: String(times) };
  const command = ['-c', script, 'bash', process.execPath, ...args];
  const [, children] = execFileSync('bash', command, { cwd: folder, env, encoding: 'utf8' }).trim().split('\n');
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)]
    .map(([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds))
    .reduce((sum, value) => sum + value, 0);
}
