import type { Clarification, ClarificationRequest } from '../domain/run/clarification.js';
import type { JsonSchema } from '../domain/values/json.js';
import { answerSchema } from '../domain/run/secret-answers.js';
import { inputHandle } from './record-creation.js';
import type { StepContext } from './run-context.js';
import type { Got, StepStop } from './outcomes.js';
import type { SecretUse } from './secret-places.js';

/** Asks under a key with this suffix, so that it differs from others. */
export type Ask = (suffix: string, requests: ClarificationRequest[]) => Promise<Got<Clarification[]>>;

/** Secrets that another process was given are asked for again, all at once: nothing keeps them. Gives what stops the step, if anything. */
export async function askForLost(
  context: StepContext,
  lost: readonly SecretUse[],
  ask: Ask,
): Promise<StepStop | undefined> {
  const open: Clarification[] = [];
  for (const use of new Map(lost.map((found) => [found.handle, found])).values()) {
    const stop = await askForOne(context, use, ask);
    if (stop?.kind === 'suspended') open.push(...stop.clarifications);
    else if (stop !== undefined) return stop;
  }
  return open.length === 0 ? undefined : { kind: 'suspended', clarifications: open };
}

/** An answer that was given to a process before this one is lost, too: then the question is asked once more. */
async function askForOne(context: StepContext, use: SecretUse, ask: Ask): Promise<StepStop | undefined> {
  const request = requestFor(context, use);
  for (let round = 1; ; round += 1) {
    const asked = await ask(`secret:${use.name}:${round}`, [request]);
    if (!asked.ok) return asked.stop;
    const held = context.secrets.find(asked.value[0]?.id ?? '');
    if (held === undefined) continue;
    context.secrets.hold(use.handle, held);
    return undefined;
  }
}

function requestFor(context: StepContext, { handle, name }: SecretUse): ClarificationRequest {
  const { about, schema } = origin(context, handle);
  return {
    category: 'Input',
    user_guidance: `The secret ${name} is needed again, because secrets are not kept.${about === '' ? '' : ` ${about}`}`,
    argument_name: name,
    schema,
    output: `$${name}`,
    source: 'portia',
  };
}

/** What asked for it first: a question, or an input of the plan. */
function origin(context: StepContext, handle: string): { about: string; schema: JsonSchema } {
  const question = context.recorder.run.outputs.clarifications.find(({ id }) => id === handle);
  const input = context.plan.plan_inputs.find(({ name }) => inputHandle(context.recorder.run.id, name) === handle);
  const schema = question === undefined ? input?.schema : answerSchema(question);
  return {
    about: question?.user_guidance ?? input?.description ?? '',
    schema: schema ?? { type: 'string', format: 'password' },
  };
}
