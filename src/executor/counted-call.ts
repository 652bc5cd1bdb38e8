import type { EventOf } from '../domain/run/events.js';
import type { JsonObject } from '../domain/values/json.js';
import { EndUserData } from '../tools/end-user.js';
import type { CallTurn } from '../tools/tool.js';
import { brokenOff } from './call-outcome.js';
import { ownAnswers } from './call-questions.js';
import { actualAnswers, actualArguments } from './call-secrets.js';
import type { StepContext } from './run-context.js';
import type { RunResult } from './run-result.js';
import { runTool } from './run-tool.js';
import type { CallToDecide } from './consent.js';
import { ToolModels } from './tool-models.js';

/** What a call used, what it asked models, and what it kept of the end user: the names. */
export type Spent = Pick<EventOf<'tool.finished'>, 'usage' | 'model_calls' | 'end_user_data'>;

/** Runs the tool, with what it used of models. */
export async function runCounted(
  context: StepContext,
  call: CallToDecide,
  known: { facts: JsonObject; turn: CallTurn; idempotencyKey: string },
): Promise<{ result: RunResult; spent: Spent }> {
  const { recorder, path } = context;
  const models = new ToolModels(context);
  const endUserData = new EndUserData();
  const details = {
    ...known,
    kept: recorder.index.effect(call.key).kept,
    args: await actualArguments(context, call),
    answers: actualAnswers(context, [...recorder.questions.importedAnswers(path), ...ownAnswers(context, call)]),
    setEndUserData: endUserData.set,
    askModel: models.ask.bind(models),
  };
  try {
    const given = await playedCall(context, call);
    if (given !== undefined) return given;
    const result = await runTool(context, call.tool, details);
    // Before the result is recorded: a crash between loses nothing, and the same is kept again.
    const { all: learnt } = endUserData;
    const names = await context.endUser.keep(learnt && recorder.redact(learnt));
    const { usage } = models;
    const model_calls = await models.keep();
    return {
      result,
      spent: {
        ...(usage && { usage }),
        ...(model_calls && { model_calls }),
        ...(names.length > 0 && { end_user_data: names }),
      },
    };
  } catch (error) {
    const { usage } = models;
    if (usage !== undefined) recorder.append(brokenOff(context, call.tool, usage));
    throw error;
  } finally {
    models.settle();
  }
}

async function playedCall(
  { services, recorder }: StepContext,
  { tool, args, key }: CallToDecide,
): Promise<{ result: RunResult; spent: Spent } | undefined> {
  const given = await services.playback?.tool({ runId: recorder.run.id, key, tool, args });
  if (given === undefined) return undefined;
  const { result, usage } = given;
  return { result, spent: usage === undefined ? {} : { usage } };
}
