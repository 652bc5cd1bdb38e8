import { PortiaError } from '../../domain/errors.js';
import { advice, portia, portiaTyped } from '../../domain/next-step.js';
import { defineCommand } from '../session/command.js';
import { EXIT } from '../session/exit-codes.js';
import { flag } from '../session/flags.js';
import { createSession } from '../session/session.js';

const PYTHON_SDK = 'python-sdk';

const FLAGS = {
  redact: flag.toggle('--redact', 'without the data of the run, for a report: it can be shown, not resumed'),
  for: flag.text('--for <program>', 'as this program reads it', { choices: [PYTHON_SDK] }),
};

/** Writes a run for another place, or a plan or a run for another program. */
export const command = defineCommand({
  about:
    'The file has the run with its events, the runs and plans inside it, and all values: whoever has it can read them. ' +
    'Each line is JSON. Signatures go with it, so it counts elsewhere who agreed to what. ' +
    'With --for python-sdk the JSON is what the models Plan and PlanRun of the Python SDK 0.9 accept. Steps and keys ' +
    'that it does not have are refused by name, with their places; nothing is left out silently.',
  examples: [
    ['portia export last -o run.ndjson', 'then, elsewhere: portia import run.ndjson'],
    ['portia export last --redact -o report.ndjson', 'then: portia show report.ndjson'],
    ['portia export last --for python-sdk', 'the newest run'],
    ['portia export agent.json --for python-sdk -o sdk.json', 'a plan, to a file'],
  ],
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    const [text = ''] = invocation.parameters;
    const program = session.options.for;
    if (program === undefined) {
      const { exportFile } = await import('../runs/export-file.js');
      return exportFile(session, text);
    }
    if (program !== PYTHON_SDK) throw unknownProgram(program);
    if (session.options.redact) throw redactedForSdk(text);
    const { exportForSdk } = await import('../runs/export-for-sdk.js');
    await exportForSdk(session, text);
    return EXIT.complete;
  },
});

function redactedForSdk(text: string): PortiaError {
  return new PortiaError('usage', `--redact is not for ${PYTHON_SDK}.`, {
    why: 'What the Python SDK reads has all values, and a report is only shown.',
    fix: advice`For a report: ${portia('export', text, '--redact', '-o', 'report.ndjson')}`,
  });
}

function unknownProgram(name: string): PortiaError {
  return new PortiaError('usage', `Nothing is written for ${name}.`, {
    fix: portiaTyped('export', `PLAN --for ${PYTHON_SDK}`),
  });
}
