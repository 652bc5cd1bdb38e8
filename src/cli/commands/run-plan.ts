import { RUNS_AT_A_TIME } from '../../app/run-limits.js';
import { PortiaError } from '../../domain/errors.js';
import { defineCommand } from '../session/command.js';
import { flag } from '../session/flags.js';
import { DRIVE_FLAGS, INPUT_FLAGS, KEY_FLAGS, MODEL_FLAGS, QUEUE_FLAGS } from '../session/options.js';
import { keepEndUserData } from '../input/end-user-data.js';
import { loadPlan } from '../input/references.js';
import { createSession } from '../session/session.js';
import { readAllInputs, startPlan } from '../runs/start.js';
import { refuseKeyOfBatch } from '../runs/start-key.js';

const FLAGS = {
  ...MODEL_FLAGS,
  ...INPUT_FLAGS,
  ...KEY_FLAGS,
  ...DRIVE_FLAGS,
  ...QUEUE_FLAGS,
  batch: flag.text(
    '--batch <file>',
    'a run for each line of JSON (- for standard input), row of a table or entry of a list',
  ),
};

/** Runs a saved plan, once or for every line of a batch: what is handed in is taken as approved. */
export const command = defineCommand({
  about:
    'The plan is taken as approved; calls with side effects are still asked about.\n\n' +
    'With --batch the results are one run.result per line, in the order of the file, and nobody is asked. ' +
    'It exits with 0 when every line is COMPLETE, else 1 when one failed or could not start, else 8 when one ' +
    'waits for a person, else 3 or 4. After a signal, or when the disk fails (10), no more lines are started.',
  examples: [
    ['portia run-plan last', 'the newest plan'],
    ['portia run-plan plan.json', 'from a file'],
    ['portia run-plan process.yaml', 'JSON or YAML'],
    ['portia plan "add 1 + 2" | portia run-plan - --format value', 'in a pipe'],
    ['portia run-plan city.json -i city=London --stub weather_tool=sunny', 'with an input and a fixed result'],
    ['portia run-plan plan.json --queue', 'leave it to portia worker'],
    ['portia run-plan plan.json --at "in 2h"', 'the same, and it begins later'],
    ['portia run-plan plan.json --every "0 9 * * 1-5" --zone Europe/Berlin', 'a run every working day'],
    ['portia run-plan city.json --batch cities.ndjson --stub weather_tool=sunny', 'one run for each line'],
    ['portia run-plan city.json --batch cities.ndjson --format junit', 'the lines as a report of tests'],
  ],
  hasValue: true,
  whyNoYes:
    'run-plan needs none: whoever names a plan to run has approved it. ' +
    'Calls of tools that act are allowed by --approve TOOL.',
  flags: FLAGS,
  reports: ['junit'],
  async run(invocation) {
    const { batch, every, jobs: calls = RUNS_AT_A_TIME } = invocation.options;
    // In a batch, --jobs says how many runs are driven at a time.
    const session = await createSession(invocation, batch === undefined ? {} : { jobs: 1, calls });
    const [plan = ''] = invocation.parameters;
    if (batch !== undefined && every === undefined) {
      refuseKeyOfBatch(session);
      await keepEndUserData(session);
      const { runBatch } = await import('../batch/run-batch.js');
      return runBatch(session, plan, batch);
    }
    if (session.report !== undefined) throw onlyForBatch();
    const found = await loadPlan(session, plan);
    await keepEndUserData(session);
    const given = await readAllInputs(session, found.plan.plan_inputs);
    if (every === undefined) return startPlan(session, found, given);
    const { schedulePlan } = await import('../runs/schedule-plan.js');
    return schedulePlan(session, found, { every, given });
  },
});

function onlyForBatch(): PortiaError {
  return new PortiaError('usage', '--format junit is for --batch.', {
    why: 'It lists runs, and this is one.',
    fix: '--format json',
  });
}
