import type { ModelChoice } from '../../config/model-choice.js';
import { PortiaError } from '../../domain/errors.js';
import { MODEL_ROLES, type ModelRole } from '../../domain/values/model-roles.js';
import type { DoctorInputs } from './doctor.js';

interface ChoosingServices {
  modelChoice(this: void, role: ModelRole): ModelChoice;
  fallbackChoices(this: void, role: ModelRole): ModelChoice[];
  withKey(this: void, choice: ModelChoice): Promise<ModelChoice>;
}

/** With the keys that programs print: whether they do is checked, too. */
export async function chosenModels({
  modelChoice,
  fallbackChoices,
  withKey,
}: ChoosingServices): Promise<Pick<DoctorInputs, 'models' | 'fallbacks'>> {
  const ready = async (choice: ModelChoice) =>
    withKey(choice).catch((error: unknown): ModelChoice => {
      if (error instanceof PortiaError) return { kind: 'none', error };
      throw error;
    });
  const roles = await Promise.all(
    MODEL_ROLES.map(async (role) => {
      const fallbacks = await Promise.all(fallbackChoices(role).map(ready));
      return { role, model: await ready(modelChoice(role)), fallbacks };
    }),
  );
  const of = (role: ModelRole) => roles.find((one) => one.role === role);
  return {
    models: ofRoles((role) => of(role)?.model ?? modelChoice(role)),
    fallbacks: ofRoles((role) => of(role)?.fallbacks ?? []),
  };
}

function ofRoles<Value>(valueOf: (role: ModelRole) => Value): Record<ModelRole, Value> {
  return {
    planning: valueOf('planning'),
    execution: valueOf('execution'),
    introspection: valueOf('introspection'),
    summarizer: valueOf('summarizer'),
  };
}
