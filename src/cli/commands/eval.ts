import { portia, portiaTyped } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import {
  describeFailure,
  ExpressionError,
  namesInScope,
  resultAsJson,
} from '../../domain/expressions/expression-error.js';
import { parseExpression, type Expression } from '../../domain/expressions/expression.js';
import type { Json } from '../../domain/values/json.js';
import { bareName } from '../../domain/values/names.js';
import type { Output, Run } from '../../domain/run/run.js';
import type { Store } from '../../storage/store.js';
import { createOwnEvaluator } from '../../app/evaluator.js';
import { EXIT } from '../session/exit-codes.js';
import { defineCommand } from '../session/command.js';
import { flag, type OptionsOf } from '../session/flags.js';
import { INPUT_FLAGS } from '../session/options.js';
import { readGivenInputs } from '../input/given-inputs.js';
import { outputValue } from '../../app/output-value.js';
import { valueText } from '../output/output-value.js';
import { requireRun } from '../input/references.js';
import { createSession, writeText, type Session } from '../session/session.js';
import { untilStopped } from '../session/stopping.js';

const FLAGS = {
  ...INPUT_FLAGS,
  run: flag.text('--run <run>', 'the run whose inputs and outputs are used'),
  until: flag.text('--until <step>', 'the run as it was before this step: its path, name or output'),
};

type EvalOptions = OptionsOf<typeof FLAGS>;

/** Evaluates one expression over given inputs, and the inputs and outputs of a run. */
export const command = defineCommand({
  about: 'Inputs and outputs have their names, as in a plan. Prints text as it is, anything else as JSON.',
  examples: [
    ["portia eval '$result * 2' --run last", 'over the newest run'],
    ["portia eval '$exists($result)' --run last --until 0", 'as it was before its first step'],
    ["portia eval '$sum([1..10])'", 'without a run or inputs there are no names'],
    ["portia eval '$sum($amounts)' -i amounts:='[1, 2.5]'", 'over an input'],
  ],
  hasValue: true,
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    const [source = ''] = invocation.parameters;
    const known = await runOf(session);
    const inputs = new Map(
      Object.entries(await readGivenInputs(session)).map(([name, value]) => [bareName(name), value]),
    );
    await print(session, await evaluateOver(session, source, { ...known, inputs }));
    return EXIT.complete;
  },
});

type KnownRun = Omit<RunValues, 'inputs'>;

/** The run that is asked for, as it is or as it was. */
async function runOf(session: Session<EvalOptions>): Promise<KnownRun> {
  const { store } = session.services;
  const { run: text, until } = session.options;
  if (text === undefined && until !== undefined) throw untilOfNothing();
  if (text === undefined) return { run: undefined, store, outputs: new Map() };
  const run = await requireRun(session, text);
  if (until === undefined) return { run, store, outputs: namesOf(run) };
  const { replayUntil } = await import('../../app/replay/replay-run.js');
  const { cpuTime } = session.io;
  const past = await untilStopped(
    session.io,
    async (signal) => replayUntil(run.id, until, { store, signal, cpuTime }),
    stopped,
  );
  return { ...past, outputs: namesOf(past.run) };
}

function untilOfNothing(): PortiaError {
  return new PortiaError('usage', '--until needs a run.', {
    fix: portiaTyped('eval', "'$result' --run last --until STEP"),
  });
}

function stopped(signal: string): PortiaError {
  return new PortiaError('interrupted', `It was stopped by ${signal}.`, { fix: portia('eval', '--help') });
}

/** By bare name. An input wins over an output, as it does for the steps. */
function namesOf(run: Run): Map<string, Output> {
  const all = [...Object.entries(run.outputs.step_outputs), ...Object.entries(run.plan_run_inputs)];
  return new Map(all.map(([name, output]) => [bareName(name), output]));
}

interface RunValues {
  run: Run | undefined;
  /** Where its large values are. */
  store: Store;
  outputs: ReadonlyMap<string, Output>;
  /** Given with the command: they win over the run's. */
  inputs: ReadonlyMap<string, Json>;
}

async function evaluateOver(session: Session, source: string, values: RunValues): Promise<Json> {
  const { run } = values;
  try {
    const expression = parseExpression(source);
    const variables = await bindVariables(expression, values);
    const startedAt = run?.metadata.created_at ?? session.services.now().toISOString();
    const result = await createOwnEvaluator(session.io)(source, variables, { startedAt });
    return resultAsJson(result, source);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw expressionFailed(error, values);
  }
}

/** Only what the expression uses: large values are read from where they are kept. */
async function bindVariables(
  { source, variables, needs, functionValues }: Expression,
  { run, store, outputs, inputs }: RunValues,
): Promise<Record<string, Json>> {
  // Without a prototype, so that a name like __proto__ is a name like any other.
  const values: Record<string, Json> = Object.create(null);
  for (const [name, position] of variables) {
    const [given, output] = [inputs.get(name), outputs.get(name)];
    if (given !== undefined) values[name] = given;
    else if (output !== undefined && run !== undefined) values[name] = await outputValue(store, run, output);
    else if (needs.has(name)) throw new ExpressionError(`uses $${name}, which nothing defines`, source, position);
  }
  const hidden = [...functionValues].find((name) => inputs.has(name) || outputs.has(name));
  if (hidden === undefined) return values;
  throw new ExpressionError(`uses $${hidden}, which is a function of JSONata in expressions`, source, 1);
}

function expressionFailed(error: ExpressionError, { run, outputs, inputs }: RunValues): PortiaError {
  return new PortiaError('invalid-input', describeFailure(error, error.source), {
    why: namesInScope(new Set([...outputs.keys(), ...inputs.keys()])),
    fix: run === undefined ? portia('eval', '--help') : portia('show', run.id),
  });
}

/** The value alone: JSON where somebody asked for JSON, else text as it is. */
async function print(session: Session, value: Json): Promise<void> {
  const { services, options, format } = session;
  const asked = services.settings.format?.value;
  if (asked === 'json' || asked === 'ndjson' || options.fields !== undefined) {
    await session.print({ record: value, human: () => '' });
    return;
  }
  await writeText(session, `${valueText(value, format === 'value' ? 'compact' : 'pretty')}\n`);
}
