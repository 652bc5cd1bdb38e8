import { inputsError } from '../config/check-inputs.js';
import { readInputs } from '../config/inputs.js';
import type { Json } from '../domain/json.js';
import { bareName } from '../domain/names.js';
import type { Plan } from '../domain/plan.js';
import { DEFAULT_END_USER, type Run } from '../domain/run.js';
import type { DriveOptions } from '../executor/open-run.js';
import { startRun } from '../executor/start-run.js';
import { loadSubPlans } from '../library/load-sub-plans.js';
import {
  createInputCheck,
  refuseBrokenPlans,
  refuseToolsThatAreOff,
  type InputCheck,
} from '../library/runnable-plan.js';
import { drive } from './drive.js';
import { exposedSecret } from './given-answers.js';
import { checkNamedTools } from './named-tools.js';
import type { FoundPlan } from './references.js';
import { requireTrustForRun } from './require-trust.js';
import type { Session } from './session.js';

/** The values that the flags give, by name. */
export async function readGivenInputs(session: Session): Promise<Record<string, Json>> {
  const { input = [], inputs } = session.options;
  if (input.length === 0 && inputs === undefined) return {};
  return readInputs({ inputs: input, inputsFile: inputs }, session.readText);
}

/** The input that has what is piped in. Standard input is read for no other reason than that a plan has this one. */
const PIPED = 'stdin';

/** The same, and what is piped in when the plan takes it. `names` are the plan's inputs. */
export async function readAllInputs(session: Session, names: string[]): Promise<Record<string, Json>> {
  const given = await readGivenInputs(session);
  if (!names.some((name) => bareName(name) === PIPED) || Object.hasOwn(given, PIPED)) return given;
  const { answers, answer = [] } = session.options;
  if (answers === '-' || answer.some((flag) => flag.endsWith('=@-'))) return given;
  const text = await session.readPiped();
  return text === undefined ? given : { ...given, [PIPED]: text };
}

/** Runs an approved plan from its first step. */
export async function startPlan(session: Session, found: FoundPlan, given: Record<string, Json>): Promise<number> {
  const { check, start } = await prepareRuns(session, found);
  const inputs = await completeInputs(session, check, given);
  return drive(session, { plan: found.plan }, async (options) => start(inputs, options));
}

/** A plan that can be run here, any number of times. */
export interface RunnablePlan {
  check: InputCheck;
  /** With inputs that are checked. */
  start(inputs: Record<string, Json>, options: DriveOptions): Promise<Run>;
}

/** Refuses a plan that cannot be run here. It is kept when its first run starts. */
export async function prepareRuns(session: Session, found: FoundPlan): Promise<RunnablePlan> {
  const { plan, name } = found;
  const subPlans = await loadSubPlans(plan, session.services.store);
  const plans = [plan, ...subPlans.values()];
  await requireTrustForRun(session, plans);
  const tools = await session.services.tools();
  await refuseBrokenPlans({ plan, subPlans, name }, tools);
  await checkNamedTools(session, plans);
  refuseToolsThatAreOff(plans, tools, session.services.toolEnvironment);
  const endUserId = session.options.endUser ?? DEFAULT_END_USER;
  let kept: Promise<Plan> | undefined;
  return {
    check: await createInputCheck(plan),
    async start(inputs, options) {
      kept ??= found.keep();
      return startRun(await kept, { ...options, inputs, endUserId });
    },
  };
}

/** Names of secrets whose values stand in flags. */
function secretsOnCommandLine({ options: { input = [] } }: Session, secrets: ReadonlySet<string>): string[] {
  const inline = input
    .filter((flag) => !/^[^=]*=@/.test(flag))
    .map((flag) => bareName(flag.replace(/:?=[^]*$/, '').trim()));
  return inline.filter((name) => secrets.has(name));
}

async function completeInputs(
  session: Session,
  check: InputCheck,
  given: Record<string, Json>,
): Promise<Record<string, Json>> {
  let checked = check(given);
  if (checked.missing.length > 0 && session.prompting.yes) {
    const { askInputs } = await import('./ask-inputs.js');
    checked = check({ ...given, ...(await askInputs(session, checked.missing, check.validate)) });
  }
  for (const problem of checked.problems) {
    if (problem.severity === 'warning') await session.warn(problem.message);
  }
  for (const name of secretsOnCommandLine(session, check.secrets)) await session.warn(exposedSecret(`-i ${name}`));
  const error = inputsError(checked);
  if (error !== undefined) throw error;
  return checked.values;
}
