import type { Json, JsonObject, JsonSchema } from '../../domain/values/json.js';
import { bareName } from '../../domain/values/names.js';
import type { Plan, PlanInput, SubPlanStep } from '../../domain/plan/plan.js';
import { takesPrivate } from '../../domain/plan/private-data.js';
import { isSecretSchema } from '../../domain/values/secret-values.js';
import { subPlanKey, type SubPlanReference } from '../../domain/plan/sub-plans.js';
import type { Effects } from '../effects.js';
import { fillArguments, type FilledArguments } from '../expressions.js';
import { privateValues } from '../private-values.js';
import { failed, type Got, type StepOutcome } from '../outcomes.js';
import { lostUses, withSecrets, type SecretPlace } from '../secret-places.js';
import { runSubPlan } from '../sub-run.js';

/** Runs another plan as a run of its own; gives what it comes to. Its questions are asked in this run. */
export async function runPlanStep(effects: Effects, step: SubPlanStep): Promise<StepOutcome> {
  const { context } = effects;
  const plan = context.subPlans.get(subPlanKey(step.plan as SubPlanReference));
  if (plan === undefined) {
    const message = 'The plan of this step is not here.';
    return failed(context, { code: 'plan-missing', message, retryable: false });
  }
  const filled = await fillArguments(context, step.inputs, schemaOfInputs(plan, Object.keys(step.inputs)));
  if (!filled.ok) return filled.stop;
  const inputs = toBareNames(plan, filled.value);
  return runSubPlan(context, plan, {
    secrets: inputs.secrets,
    arePrivate: takesPrivate(step, privateValues(context)),
    read: () => readInputs(effects, { plan, ...inputs }),
  });
}

/** What a new run of the plan is started with. Its secrets are asked for again when this process does not hold them. */
async function readInputs(
  effects: Effects,
  { plan, args, secrets }: FilledArguments & { plan: Plan },
): Promise<Got<Record<string, Json>>> {
  const { context } = effects;
  const lost = lostUses(secrets, context.secrets);
  const stop = lost.length === 0 ? undefined : await effects.askForLost(lost);
  if (stop !== undefined) return { ok: false, stop };
  const checked = await context.services.checkInputs(plan, withSecrets(args, secrets, context.secrets));
  if (checked.ok) return { ok: true, value: checked.values };
  const message = `The inputs for ${plan.id} do not fit: ${checked.problem}`;
  return { ok: false, stop: failed(context, { code: 'invalid-input', message, retryable: false }) };
}

/** Secrets are passed on to inputs that are secrets, too; any other gets the placeholder. */
function toBareNames({ plan_inputs: inputs }: Plan, { args, secrets }: FilledArguments): FilledArguments {
  const passed = secrets.filter(({ path }) => isSecretSchema(inputNamed(inputs, path[0] ?? '')?.schema));
  return {
    args: Object.fromEntries(Object.entries(args).map(([name, value]) => [bareName(name), value])),
    secrets: passed.map((place): SecretPlace => {
      const [name = '', ...rest] = place.path;
      return { ...place, path: [bareName(name), ...rest] };
    }),
  };
}

function inputNamed(inputs: readonly PlanInput[], name: string): PlanInput | undefined {
  return inputs.find((input) => bareName(input.name) === bareName(name));
}

/** The schemas that the plan gives its inputs, under the names that the step spells them with. */
function schemaOfInputs({ plan_inputs: inputs }: Plan, names: string[]): JsonSchema {
  const named = names.map((name) => [name, inputNamed(inputs, name)?.schema ?? {}]);
  return { properties: Object.fromEntries(named) as JsonObject };
}
