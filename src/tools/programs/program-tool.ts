import { selectorName } from '../../domain/run/clarification.js';
import { digestValue } from '../../domain/values/digest.js';
import type { JsonObject } from '../../domain/values/json.js';
import type { ToolEffect } from '../../domain/values/tool-effects.js';
import type { Guests } from '../../processes/guests.js';
import { declaredArguments, declaredTool } from '../declared-tool.js';
import type { ModuleSource } from '../module-sources.js';
import { notDone } from '../not-done.js';
import { schemaArguments, type CompileSchema } from '../schema-arguments.js';
import { NotFilled, type Evaluate } from '../setting-templates.js';
import type { Tool, ToolContext, ToolResult } from '../tool.js';
import { notStarted, resultOfProgram } from './program-result.js';
import type { ProgramSettings } from './program-settings.js';
import { programWords } from './program-words.js';
import { runProgram } from './run-program.js';

/** A program with the places that its settings mean. */
export interface ProgramPlace {
  /** The settings file, as a person writes it. */
  file: string;
  /** Absolute path of the program, or a name that is looked for in PATH. */
  command: string;
  /** Absolute path of the folder in which it runs. */
  directory: string;
  /** The files beside the settings that it consists of, as they are now. */
  sources(): Promise<ModuleSource[]>;
}

/** What programs need from outside. */
export interface ProgramParts {
  evaluate: Evaluate;
  compile: CompileSchema;
  guests(): Promise<Guests>;
  /** What every program sees of the environment. */
  environment: Readonly<Record<string, string | undefined>>;
  print(text: string): Promise<void>;
  redact(text: string): string;
}

/** The tool that settings declare as a program. */
export async function createProgramTool(
  id: string,
  settings: ProgramSettings,
  { place, parts }: { place: ProgramPlace; parts: ProgramParts },
): Promise<Tool> {
  const { effect = 'once', sends } = settings;
  const digestNow = async () => {
    const sources = await place.sources();
    return digestValue([settings, ...sources.map(({ path, digest }) => [path, digest])]);
  };
  const digest = await digestNow();
  return {
    ...declaredTool(id, settings),
    effect,
    source: 'program',
    sends,
    origin: { file: place.file, digest },
    ...schemaArguments(id, declaredArguments(settings), parts.compile),
    async run(context, args) {
      if ((await digestNow()) !== digest) return hasChanged(place);
      return callProgram({ id, settings, effect, place, parts }, { context, args });
    },
  };
}

interface ProgramTool {
  id: string;
  settings: ProgramSettings;
  effect: ToolEffect;
  place: ProgramPlace;
  parts: ProgramParts;
}

interface Call {
  context: ToolContext;
  args: JsonObject;
}

async function callProgram(tool: ProgramTool, call: Call): Promise<ToolResult> {
  const { settings, place, parts } = tool;
  let words: string[];
  try {
    words = await programWords(settings, { args: call.args, evaluate: parts.evaluate });
  } catch (error) {
    if (error instanceof NotFilled) return notDone(error.message, true);
    throw error;
  }
  const { context } = call;
  const variables = (settings.env ?? []).map((name) => ({ name, value: context.environment.variable(name) }));
  const ended = await runProgram({
    guests: await parts.guests(),
    command: place.command,
    args: words,
    environment: {
      ...parts.environment,
      ...Object.fromEntries(variables.map(({ name, value }) => [name, value])),
      ...callVariables(context),
    },
    directory: place.directory,
    input: settings.stdin === 'json' ? `${JSON.stringify(callDocument(call))}\n` : undefined,
    signal: context.signal,
    progress: (report) => context.progress(report),
    setEndUserData: context.setEndUserData,
    print: parts.print,
    redact: parts.redact,
  });
  if ('error' in ended) return notStarted(ended.error, place);
  const missing = variables.filter(({ value }) => value === undefined).map(({ name }) => name);
  return resultOfProgram(ended, { ...tool, missing });
}

/** What a program with `"stdin": "json"` reads, on one line. */
function callDocument({ context, args }: Call): JsonObject {
  const { answers, idempotencyKey, runId, stepPath, endUserId, endUser } = context;
  const { name = null, email = null, phoneNumber: phone_number = null, additionalData } = endUser;
  return {
    args,
    answers: Object.fromEntries(answers.map((answer) => [selectorName(answer), answer.response])),
    idempotency_key: idempotencyKey,
    run_id: runId,
    step_path: stepPath,
    end_user_id: endUserId,
    end_user: { name, email, phone_number, additional_data: additionalData },
  };
}

/** The same as variables, for programs that read nothing. */
export function callVariables({ idempotencyKey, runId, stepPath, endUserId }: ToolContext): Record<string, string> {
  return {
    PORTIA_IDEMPOTENCY_KEY: idempotencyKey,
    ...(runId !== null && { PORTIA_RUN_ID: runId }),
    PORTIA_STEP_PATH: stepPath,
    PORTIA_END_USER_ID: endUserId,
  };
}

/** Nobody agreed to what is there now. */
function hasChanged({ file, command }: ProgramPlace): ToolResult {
  const message =
    `${command}, or another file that its command names, has changed since portia read ${file}. ` +
    'Nothing was started; the same command again shows the change';
  return notDone(message);
}
