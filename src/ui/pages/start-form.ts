import { fieldText, type SentForm } from '../../clarifications/page-form.js';
import { fieldFor } from '../../clarifications/form-field.js';
import type { Plan, PlanInput } from '../../domain/plan/plan.js';
import { bareName } from '../../domain/values/names.js';
import { describeSchema } from '../../domain/values/schema-words.js';
import { isSecretSchema } from '../../domain/values/secret-values.js';
import { control } from './controls.js';
import { markup, type Inlay, type Markup } from './markup.js';
import { button, fieldError, hidden, joinedWords } from './parts.js';

/** Before the names of inputs in a form. */
export const INPUT_FIELD = 'in.';

/** A form that starts a run, with what was typed before. */
export interface StartForm {
  csrf: string;
  typed: SentForm | undefined;
  /** What is wrong with inputs, by their names without `$`; under the empty name what is wrong beside them. */
  faults: ReadonlyMap<string, string>;
}

/** A field for each input, made from its schema. `says`: what a start brings about. */
export function startForm(plan: Plan, { csrf, typed, faults }: StartForm, says: Inlay): Markup {
  const fault = faults.get('');
  const fields = plan.plan_inputs.map((input, index) => inputField(input, { index, typed, faults }));
  return markup`<form class="start" method="post" action="/plans/${plan.id}/start">${hidden('csrf', csrf)}${fault !== undefined && fieldError('start-e', fault)}${fields}${button('Start', { solid: true })}${says}</form>`;
}

function inputField(
  { name, description, default: standard, schema }: PlanInput,
  { index, typed, faults }: { index: number; typed: SentForm | undefined; faults: StartForm['faults'] },
): Markup {
  const own = bareName(name);
  const { field } = fieldFor(schema);
  const about = [description, schema === undefined ? undefined : describeSchema(schema)];
  const isSecret = isSecretSchema(schema);
  const known = standard === undefined ? undefined : fieldText(standard);
  const value = typed === undefined ? known : typed.text(INPUT_FIELD + own);
  return control(field, {
    name: INPUT_FIELD + own,
    id: `input-${index}`,
    label: own,
    ...(isSecret || value === undefined ? {} : { value }),
    ...(field['type'] === 'array' && { values: typed?.all(INPUT_FIELD + own) ?? listOf(standard) }),
    isRequired: standard === undefined && field['type'] !== 'array',
    isSecret,
    error: faults.get(own),
    hint: joinedWords(about) || undefined,
  });
}

function listOf(standard: PlanInput['default']): string[] {
  return Array.isArray(standard) ? standard.map(String) : [];
}
