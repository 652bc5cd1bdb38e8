import { sentValue, type SentForm } from '../../clarifications/page-form.js';
import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { Person } from '../../domain/run/person.js';
import type { RunId } from '../../domain/values/ids.js';
import { setOwn, type Json } from '../../domain/values/json.js';
import { bareName } from '../../domain/values/names.js';
import { INPUT_FIELD, type StartForm } from '../../ui/pages/start-form.js';
import { prepareGiven } from '../prepare-given.js';
import type { Site } from './context.js';

/** What became of a form that starts a run. */
type Begun = { kind: 'started'; id: RunId } | { kind: 'refused'; faults: StartForm['faults'] };

/** Starts a run of a plan with the inputs of a form, once nothing is wrong with them. `by`: who sent it. */
export async function startSent(
  plan: Plan,
  { form, by }: { form: SentForm; by: Person },
  { services, drives, warn }: Site,
): Promise<Begun> {
  if (drives === undefined) {
    throw new PortiaError('usage', 'This server starts no runs.', {
      why: 'It was started without --drive.',
      fix: portia('run-plan', plan.id),
    });
  }
  const faults = new Map<string, string>();
  const inputs: Record<string, Json> = {};
  for (const { name, schema, default: standard } of plan.plan_inputs) {
    const own = bareName(name);
    const typed = form.text(INPUT_FIELD + own);
    if ((typed === undefined || typed === '') && standard !== undefined && schema?.['type'] !== 'array') continue;
    const value = sentValue(schema, form, INPUT_FIELD + own);
    if (value === undefined)
      faults.set(own, typed === undefined || typed === '' ? 'It is needed.' : 'It has another type.');
    else setOwn(inputs, own, value);
  }
  if (faults.size > 0) return { kind: 'refused', faults };
  const prepared = await prepareGiven(
    { plan, name: plan.id, keep: async () => plan },
    { services, endUser: undefined },
  );
  const checked = prepared.check(inputs);
  for (const { name } of checked.missing) faults.set(bareName(name), 'It is needed.');
  for (const { message, pointer } of checked.problems) faults.set(inputAt(pointer, plan), message);
  if (faults.size > 0) return { kind: 'refused', faults };
  const drive = await drives.start(prepared, checked.values, by);
  drive.ended.catch(async (error: unknown) => warn(String(error)));
  return { kind: 'started', id: drive.id };
}

/** The input that a problem is about; empty where it is about none. */
function inputAt(pointer: string, { plan_inputs: inputs }: Plan): string {
  const names = inputs.map(({ name }) => bareName(name));
  return names.find((name) => pointer === `/${name}` || pointer.startsWith(`/${name}/`)) ?? '';
}
