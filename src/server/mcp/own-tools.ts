import { tellCancelled } from '../../app/cancelled-hook.js';
import * as z from 'zod';

import { checkHere } from '../../app/check-here.js';
import { findPlanId, findRunId, wholeId } from '../../app/find-stored.js';
import { keptPlan } from '../../app/plans/kept-plan.js';
import { planningTools } from '../../app/plans/planning-tools.js';
import { trustMissingForPlanning } from '../../app/trust/missing-trust.js';
import { adviceText, portia } from '../../domain/next-step.js';
import type { Plan } from '../../domain/plan/plan.js';
import { RUN_STATES } from '../../domain/run/run.js';
import { isJsonObject, type Json } from '../../domain/values/json.js';
import { cancelRun } from '../../executor/cancel-run.js';
import { answerByTool } from './answer-by-tool.js';
import type { Drives } from '../drives.js';
import { checkGivenPlan, givenPlan, startPlan } from './given-plans.js';
import { requireTrust } from '../require-trust.js';
import { recordResult, runResultSchema } from './results.js';
import type { Runs } from './runs.js';
import type { Serving } from './serving.js';
import { servedTool, type ServedTool } from './tool.js';

/** What the tools work with. */
export interface ToolParts {
  serving: Serving;
  drives: Drives;
  runs: Runs;
}

const PLAN = z.union([z.string(), z.record(z.string(), z.unknown())]).describe('The id of a plan, or a plan as JSON');
const RUN = z.string().describe('The id of a run');
const JSON_VALUE = z.unknown();
const READS = { readOnlyHint: true, openWorldHint: false };
const RUNS = { readOnlyHint: false, destructiveHint: true, openWorldHint: true };

/** Plans and runs as tools. Questions about calls and agreements are never answered by one of them. */
export function ownTools(parts: ToolParts): ServedTool[] {
  return [planTool(parts), checkTool(parts), runTool(parts), ...resumingTools(parts), ...readingTools(parts)];
}

/** The names that no plan can have as a tool. */
export const OWN_TOOLS = ['plan', 'check_plan', 'run_plan', 'resume', 'answer', 'cancel', 'show', 'list'];

function planTool({ serving }: ToolParts): ServedTool {
  return servedTool({
    name: 'plan',
    title: 'Make a plan',
    description: 'Turns a request into a plan and saves it. Nothing is run. run_plan runs it.',
    annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: true },
    args: z.object({
      request: z.string().describe('What is to be done'),
      inputs: z
        .array(z.object({ name: z.string(), description: z.string().optional() }))
        .optional()
        .describe('Inputs that the plan takes each time it is run'),
      output_schema: z.record(z.string(), z.unknown()).optional().describe('JSON Schema of the result'),
      exclude_tools: z.array(z.string()).optional().describe('Globs of tools that the plan is made without'),
    }),
    async run({ request, inputs = [], output_schema: schema, exclude_tools: exclude }, { signal }) {
      const { services } = serving;
      if (services.planner() === 'model') requireTrust(trustMissingForPlanning(services));
      const { reusePlans, examples } = services.settings;
      const wanted = {
        query: request,
        planInputs: inputs.map(({ name, description = null }) => ({ name, description })),
        ...(isJsonObject(schema) && { outputSchema: schema }),
        learns: examples.value === 'liked',
        tools: await planningTools(services, { exclude }),
        exclusion: (ids: readonly string[]) => `exclude_tools: ${JSON.stringify(ids)}`,
        signal,
      };
      const { plan } = await keptPlan(services, wanted, { reuse: reusePlans.value });
      return recordResult(plan, serving);
    },
  });
}

function checkTool({ serving }: ToolParts): ServedTool {
  return servedTool({
    name: 'check_plan',
    title: 'Check a plan',
    description: 'Says all that is wrong with a plan. Nothing is run or saved.',
    annotations: READS,
    args: z.object({ plan: PLAN }),
    async run({ plan }) {
      const { services } = serving;
      const check = async (read: Plan) => checkHere(read, services, services.store);
      const problems = await checkGivenPlan(plan, serving, check);
      const shown = problems.map((problem) => ({
        ...problem,
        ...(problem.fix !== undefined && { fix: adviceText(problem.fix) }),
      }));
      return recordResult(
        { is_valid: problems.every(({ severity }) => severity !== 'error'), problems: shown },
        serving,
      );
    },
  });
}

function runTool({ serving, drives, runs }: ToolParts): ServedTool {
  return servedTool({
    name: 'run_plan',
    title: 'Run a plan',
    description:
      'Runs a plan. When a person has to answer, the run waits and says how: it loses nothing, and resume continues it.',
    annotations: RUNS,
    outputSchema: runResultSchema(),
    args: z.object({ plan: PLAN, inputs: z.record(z.string(), JSON_VALUE).optional().describe('By name') }),
    async run({ plan, inputs = {} }, call) {
      const found = await givenPlan(plan, serving);
      return runs.end(call, await startPlan(found, inputs, { serving, drives }));
    },
  });
}

function resumingTools({ serving, drives, runs }: ToolParts): ServedTool[] {
  const { services } = serving;
  return [
    servedTool({
      name: 'resume',
      title: 'Continue a run',
      description: 'Continues a run where it stopped. A finished step never runs again.',
      annotations: RUNS,
      outputSchema: runResultSchema(),
      args: z.object({ run: RUN }),
      async run({ run }, call) {
        const id = await findRunId(services.store, run);
        return runs.end(call, await drives.resume(id));
      },
    }),
    servedTool({
      name: 'answer',
      title: 'Answer questions of a run',
      description:
        'Answers open questions with what the person said; resume then continues. It does not agree to calls, ' +
        'verifications or unknown outcomes: only the person does, by a form or on the command line.',
      annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
      args: z.object({
        run: RUN,
        answers: z.record(z.string(), JSON_VALUE).describe('By the selector of each question'),
      }),
      async run({ run, answers }) {
        return answerByTool(await findRunId(services.store, run), answers, serving);
      },
    }),
    servedTool({
      name: 'cancel',
      title: 'Cancel a run',
      description: 'Ends a run. It cannot be resumed afterwards; what is done stays done.',
      annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: false },
      args: z.object({ run: RUN }),
      async run({ run }) {
        const id = await findRunId(services.store, run);
        await drives.stop(id, 'a client, which cancelled the run');
        const reason = 'cancelled by a client of portia mcp serve';
        const { state, error } = await cancelRun(services.store, id, { reason, tell: tellCancelled(services) });
        return recordResult({ run_id: id, state, error }, serving);
      },
    }),
  ];
}

function readingTools({ serving }: ToolParts): ServedTool[] {
  const { store } = serving.services;
  return [
    servedTool({
      name: 'show',
      title: 'Show a plan or a run',
      description: 'The whole record of a plan or a run.',
      annotations: READS,
      args: z.object({ id: z.string().describe('The id of a plan or a run, or last for the newest run') }),
      async run({ id }) {
        const planId = id.startsWith('plan-') ? await findPlanId(store, id) : await wholeId(store, id, 'plan');
        if (planId !== undefined) return recordResult((await store.readPlan(planId)) ?? {}, serving);
        return recordResult((await store.requireRun(await findRunId(store, id))).run, serving);
      },
    }),
    servedTool({
      name: 'list',
      title: 'List runs or plans',
      description: 'The newest runs or plans, newest first.',
      annotations: READS,
      args: z.object({
        kind: z.enum(['runs', 'plans']).default('runs'),
        state: z
          .enum(RUN_STATES)
          .optional()
          .describe('Only runs in this state; NEED_CLARIFICATION: they wait for a person'),
        limit: z.number().int().min(1).max(200).default(20),
      }),
      async run({ kind, state, limit }) {
        const list: Json[] = [];
        if (kind === 'plans') {
          const ids = (await store.listPlanIds()).slice(0, limit);
          for (const id of ids) list.push({ id, request: await store.readRequest(id) });
        } else {
          for await (const brief of store.listRuns({ state, limit })) list.push({ ...brief } as Json);
        }
        return recordResult({ [kind]: list, more: serving.spell(portia('list', kind)) }, serving);
      },
    }),
  ];
}
