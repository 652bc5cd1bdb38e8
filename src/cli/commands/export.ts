import { PortiaError } from '../../domain/errors.js';
import { advice, portia, portiaTyped } from '../../domain/next-step.js';
import { defineCommand } from '../session/command.js';
import { EXIT } from '../session/exit-codes.js';
import { flag, type OptionsOf } from '../session/flags.js';
import { createSession } from '../session/session.js';

const PYTHON_SDK = 'python-sdk';
const OTLP = 'otlp';
const RECORDING = 'recording';

const FLAGS = {
  redact: flag.toggle('--redact', 'without the data of the run, for a report: it can be shown, not resumed'),
  as: flag.text('--as <form>', 'otlp: a trace of OpenTelemetry, as JSON; recording: to be played again', {
    choices: [OTLP, RECORDING],
  }),
  requests: flag.toggle('--no-requests', 'with --as recording: without what models were sent'),
  content: flag.toggle('--content', 'with --as otlp: arguments, results and questions, too'),
  for: flag.text('--for <program>', 'as this program reads it', { choices: [PYTHON_SDK] }),
};

type ExportOptions = OptionsOf<typeof FLAGS>;

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
    ['portia export last --as otlp -o trace.json', 'its calls as a trace of OpenTelemetry'],
    ['portia export last --as recording -o orders.ndjson', 'then: portia replay orders.ndjson'],
    ['portia export agent.json --for python-sdk -o sdk.json', 'a plan, to a file'],
  ],
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    const [text = ''] = invocation.parameters;
    const { for: program, as: form } = session.options;
    refuseContradictions(session.options, text);
    if (form === RECORDING) {
      const { exportRecording } = await import('../runs/export-recording.js');
      await exportRecording(session, text);
      return EXIT.complete;
    }
    if (form !== undefined) {
      const { exportTraces } = await import('../runs/export-traces.js');
      await exportTraces(session, text);
      return EXIT.complete;
    }
    if (program === undefined) {
      const { exportFile } = await import('../runs/export-file.js');
      return exportFile(session, text);
    }
    if (program !== PYTHON_SDK) throw unknownProgram(program);
    const { exportForSdk } = await import('../runs/export-for-sdk.js');
    await exportForSdk(session, text);
    return EXIT.complete;
  },
});

function refuseContradictions({ as: form, for: program, redact, content }: ExportOptions, text: string): void {
  if (form !== undefined && form !== OTLP && form !== RECORDING) throw unknownForm(form, text);
  if (redact && program === PYTHON_SDK) throw redactedForSdk(text);
  if (content && form !== OTLP) {
    throw new PortiaError('usage', '--content is for --as otlp.', { fix: portia('export', text, '--as', OTLP) });
  }
  const other = redact ? '--redact' : program === undefined ? undefined : `--for ${program}`;
  if (form === undefined || other === undefined) return;
  throw new PortiaError('usage', `--as ${form} and ${other} contradict each other.`, {
    why:
      form === OTLP
        ? 'A trace has no data of the run, unless --content is given.'
        : 'Nothing can be played without the data of the run.',
    fix: portia('export', text, '--as', form),
  });
}

function unknownForm(form: string, text: string): PortiaError {
  return new PortiaError('usage', `Nothing is exported as ${form}.`, { fix: portia('export', text, '--as', OTLP) });
}

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
