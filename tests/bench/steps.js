// What a step costs, and whether steps that only read overlap.
import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

import { bench, folder, median, portia, usage } from './measure.js';
import { eventsOf, loop, runPlan, writePlan } from './projects.js';

export function measureSteps() {
  bench('steps', '200 calculator steps: overhead per step / append + fdatasync', 4, () => {
    const pairs = [];
    for (let run = 0; run < 7; run += 1) {
      const { ms, bytes } = timePerStep();
      pairs.push(ms / timePerAppend(bytes));
    }
    return median(pairs);
  });

  bench('steps', 'ten reads of 200 ms side by side, by a concurrent tool / one of them', 1.3, () => timeOfTen('share'));
  bench('steps', 'ten reads of 200 ms side by side, each in a process of its own / one of them', 3, () =>
    timeOfTen('wait'),
  );

  bench('steps', '10,000 steps: one of the last / one of the first', 1.5, () =>
    median([1, 2, 3].map(() => growthOf(runPlan(loop(10_000)).id))),
  );

  bench('steps', 'peak memory of a loop of 100,000 iterations / of 10,000', 4, () => {
    const peak = (count) => {
      writePlan('loop.json', loop(count));
      return usage(portia('run-plan', 'loop.json', '--format', 'value', '-q')).megabytes;
    };
    return peak(100_000) / peak(10_000);
  });
}

function timeOfTen(tool) {
  const read = (index) => ({ kind: 'tool', tool_id: tool, args: { text: `${index}` }, output: `$read_${index}` });
  const ten = Array.from({ length: 10 }, (_, index) => read(index));
  makeWaitTools();
  return median([1, 2, 3, 4, 5].map(() => timeOfRun(ten, '--jobs', '10') / timeOfRun([read(0)])));
}

/** Tools that read for 200 ms: one works in a process for each call, the other makes several calls in one process. */
function makeWaitTools() {
  writeFileSync(join(folder, 'portia.json'), JSON.stringify({ tools: { modules: ['./wait.mjs'] } }));
  const code = `import { setTimeout } from 'node:timers/promises';
    import { defineTool } from 'portia';
    import * as z from 'zod';
    const make = (id, concurrent) => defineTool({ id, concurrent, name: id, description: 'Waits.', effect: 'read',
      args: z.object({ text: z.string() }), run: async () => setTimeout(200, 'done') });
    export default [make('wait', false), make('share', true)];`;
  writeFileSync(join(folder, 'wait.mjs'), code);
}

/** Milliseconds from the first step's beginning to the end, by the run's own events. */
function timeOfRun(steps, ...flags) {
  return timeOfEvents(eventsOf(runPlan(steps, ...flags).id));
}

function timeOfEvents(events) {
  const started = events.find((event) => event.type === 'step.started');
  return Date.parse(events.at(-1).ts) - Date.parse(started.ts);
}

/** Time of the last 500 of 10,000 steps to that of 500 after the first 100. */
function growthOf(id) {
  const ends = eventsOf(id)
    .filter((event) => event.type === 'step.completed' && event.path.includes('['))
    .map((event) => Date.parse(event.ts));
  const last = ends.at(-1) - ends.at(-501);
  return last / (ends[600] - ends[100]);
}

/**
 * Milliseconds per step and the bytes that it leaves in the log, without the start of the process and without the
 * calculator's own work: its result is fixed.
 */
function timePerStep() {
  const steps = Array.from({ length: 200 }, (_, index) => ({
    kind: 'tool',
    tool_id: 'calculator_tool',
    args: { math_question: `${index} + 1` },
    output: `$n_${index}`,
  }));
  const { id } = runPlan(steps, '--stub', 'calculator_tool=1');
  const log = readFileSync(join(folder, 'runs', id, 'events.ndjson'), 'utf8');
  return { ms: timeOfEvents(eventsOf(id)) / 200, bytes: Math.round(log.length / 200) };
}

/** Milliseconds of one append and fdatasync of that size, on the same disk, to a file that begins empty as a log does. */
function timePerAppend(size) {
  const bytes = Buffer.alloc(size, 'x');
  const name = join(folder, 'runs', 'append.log');
  const file = openSync(name, 'ax');
  const start = performance.now();
  for (let index = 0; index < 200; index += 1) {
    writeSync(file, bytes);
    fdatasyncSync(file);
  }
  const ms = (performance.now() - start) / 200;
  closeSync(file);
  rmSync(name);
  return ms;
}
