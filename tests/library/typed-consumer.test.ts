import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import type { Json, Run } from '../../src/index.js';
import { lastWritten } from '../support/folder-listing.js';
import { codeBlocks, fileOf } from '../support/page-examples.js';
import { portia as cli } from '../support/portia.js';
import { makeConsumer, printed, runProgram } from './consumer-project.js';

const PROGRAM = `
import { Portia, PortiaError, defineTool } from 'portia';
import type {
  Answer, Clarification, ClarificationHandler, ClarificationId, ClarificationRequest, ErrorCode, Json, JsonSchema, Model, ModelReply,
  ModelRequest, Output, Plan, PlanId, PlanInput, PortiaOptions, Run, RunEvent, RunId, RunState, Running, Step, Tool, ToolContext, ToolResult,
} from 'portia';
import * as z from 'zod';

const tool: Tool = defineTool({
  id: 'mail_tool',
  name: 'Mail',
  description: 'Sends mail.',
  args: z.object({ to: z.email(), lines: z.array(z.string()).default([]) }),
  async run(context: ToolContext, { to, lines }): Promise<ToolResult> {
    const count: number = lines.length;
    const recipient: string = to;
    if (context.answers.length === 0) {
      const ask: ClarificationRequest = { category: 'Input', user_guidance: 'Subject?', argument_name: 'subject' };
      return { kind: 'clarifications', clarifications: [ask] };
    }
    return { kind: 'output', value: { recipient, count } };
  },
});

const model: Model = {
  id: 'own/model',
  async complete(request: ModelRequest, { signal }): Promise<ModelReply> {
    signal.throwIfAborted();
    return { text: request.messages.map((message) => message.text).join(), toolCalls: [], usage: { calls: 1, input_tokens: 1, output_tokens: 1 } };
  },
};

const clarificationHandler: ClarificationHandler = {
  async ask(questions: Clarification[], { signal }): Promise<Answer[]> {
    signal.throwIfAborted();
    return questions.flatMap((question) => {
      switch (question.category) {
        case 'Multiple Choice':
          return [{ id: question.id, response: question.options[0] ?? null, channel: 'api' as const }];
        case 'Action':
          console.log(question.action_url);
          return [];
        default:
          return [];
      }
    });
  },
};

export async function main(maybe: string | undefined): Promise<Run> {
  const options: PortiaOptions = { dir: maybe, store: 'memory:', model, tools: [tool], clarificationHandler, environment: process.env };
  const portia = new Portia(options);
  const input: PlanInput = { name: 'city', description: null, schema: { type: 'string' } satisfies JsonSchema };
  const plan: Plan = await portia.plan('add 1 + 2', { planInputs: [input], signal: AbortSignal.timeout(1000) });
  const step: Step | undefined = plan.steps[0];
  if (step?.kind === 'tool') console.log(step.tool_id, step.args);
  const running: Running = portia.runPlan(plan, { inputs: { city: 'Oslo' }, endUser: 'ada' });
  for await (const event of running.events) report(event);
  const run: Run = await running;
  const state: RunState = run.state;
  const output: Output | null = run.outputs.final_output;
  const value: Json = output !== null && 'value' in output ? (output.value as Json) : state;
  console.log(value);
  for (const question of run.outputs.clarifications) {
    const id: ClarificationId = question.id;
    await portia.resolveClarification(run, id, 'yes');
  }
  const runId: RunId = run.id;
  const planId: PlanId = run.plan_id;
  await Promise.all([portia.resume(runId), portia.runPlan(planId), portia.run('add 1 + 2')]);
  return portia.resume(run, { signal: AbortSignal.timeout(10) });
}

function report(event: RunEvent): void {
  if (event.type === 'step.failed') console.log(event.path, event.error.message);
  if (event.type === 'tool.finished' && event.outcome.kind === 'output') console.log(event.outcome.output);
}

export function codeOf(error: unknown): ErrorCode | undefined {
  return error instanceof PortiaError ? error.code : undefined;
}

// @ts-expect-error -- a plan is not a number
export const wrong = () => new Portia().runPlan(5);
// @ts-expect-error -- nothing of that name is public
export type { Recorder } from 'portia';
`;

const BUILDING_PROGRAM = `
import { expr, Input, PlanBuilder, Portia, StepOutput } from 'portia';
import type { Condition, Expression, PlanBuilderOptions, Reference, Run, Schema, Value } from 'portia';
import { fromResponse, PlanBuilder as DeprecatedPlanBuilder, prettyPrint } from 'portia/plan';
import type { Plan, PlanInput, Step, StepArguments, Variable } from 'portia/plan';
import { plan as pagePlan } from './page.js';
import * as z from 'zod';

const schema: Schema = z.object({ sum: z.number() });
const options: PlanBuilderOptions = { now: () => new Date() };
const isLarge: Condition = expr\`\${StepOutput('added')} > 10\`;
const values: Value[] = [1, StepOutput('ten')];
const built = new PlanBuilder('Add', options)
  .input('ten', { default: 10 })
  .computeStep(({ ten }) => {
    const reference: Reference = ten.at('0');
    const expression: Expression = expr\`\${ten} + \${values}[0]\`;
    return { expression, output: 'added', when: expr\`$exists(\${reference})\` };
  })
  .if_(isLarge)
  .exit(({ added }) => ({ message: \`\${added} is more than \${Input('ten')}\` }))
  .endif()
  .finalOutput({ outputSchema: { type: 'string' } });
// @ts-expect-error -- the plan has no such name
export const wrong = () => built.exit(({ addd }) => ({ when: addd }));

const step: StepArguments = ['Say it', 'llm_tool', '$said', [{ name: '$ten' } satisfies Variable], null, schema];
const deprecated: Plan = new DeprecatedPlanBuilder('Say').step(...step).plan_input('$ten', 'Ten').build();
const steps: Step[] = fromResponse(JSON.parse(JSON.stringify(deprecated))).steps;
const input: PlanInput | undefined = deprecated.plan_inputs[0];

export async function main(): Promise<unknown> {
  const run: Run = await new Portia({ store: 'memory:' }).runPlan(built.build());
  const read: Run = await new Portia().runPlan(pagePlan);
  return [run.state, run.outputs.final_output, read.state, read.outputs.final_output, prettyPrint(deprecated), steps.length, input?.name];
}
console.log(JSON.stringify(await main()));
`;

/** The example of the page about the library that begins with this line. */
function pageExample(beginning: string): string {
  const found = codeBlocks('docs/library.md').find(({ text }) => text.startsWith(beginning));
  if (found === undefined) throw new Error(`The page has no example that begins with ${beginning}.`);
  return found.text;
}

describe('a TypeScript program', () => {
  const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');
  // The build for tests leaves them out, because they are needed here only.
  beforeAll(() => {
    if (lastWritten('dist/types') >= lastWritten('src')) return;
    const types = spawnSync(process.execPath, ['.config/build-types.js'], { encoding: 'utf8' });
    expect({ status: types.status, stdout: types.stdout }).toEqual({ status: 0, stdout: '' });
  });

  test('when it reads the built types then they name no package but those that come with portia', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object };
    const files = readdirSync('dist/types', { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    const text = files.map((name) => readFileSync(join('dist/types', name), 'utf8')).join('');
    const named = [...text.matchAll(/^(?:im|ex)port .* from '([^.'][^']*)';$/gm)].map(([, name = '']) => name);
    expect(Object.keys(dependencies)).toEqual(expect.arrayContaining([...new Set(named)]));
    expect(named).toContain('zod');
  });

  const options = {
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noPropertyAccessFromIndexSignature: true,
    skipLibCheck: false,
    declaration: true,
    noEmitOnError: true,
    outDir: 'out',
    types: ['node'],
    typeRoots: [resolve('node_modules/@types')],
  };

  const checkedWith = (module: string, moduleResolution: string, files: Record<string, string>) => {
    const dir = makeConsumer({
      'types.ts': PROGRAM,
      ...files,
      'tsconfig.json': { compilerOptions: { ...options, module, moduleResolution }, include: ['*.ts'] },
    });
    const checked = spawnSync(process.execPath, [tsc, '-p', dir, '--singleThreaded'], { encoding: 'utf8' });
    expect(checked).toMatchObject({ stdout: '', status: 0 });
    expect(readFileSync(join(dir, 'out/types.d.ts'), 'utf8')).toContain('): Promise<Run>;');
    return dir;
  };

  test('when it is checked strictly for a bundler then the built types are all there', () => {
    checkedWith('esnext', 'bundler', {});
  });

  test('when it is checked strictly for Node and builds plans, also as on the page about the library, then they run', async () => {
    const dir = checkedWith('nodenext', 'nodenext', {
      'program.ts': BUILDING_PROGRAM,
      'page.ts': pageExample("import { expr, PlanBuilder } from 'portia';"),
      'orders.csv': 'state,amount\nopen,10\npaid,5\nopen,2.5\n',
      'orders.json': fileOf('docs/library.md', 'orders.json'),
    });
    const [state, said, readState, total, pretty, ...rest] = printed(await runProgram(dir, 'out/program.js')) as Json[];
    expect({ state, said }).toEqual({ state: 'COMPLETE', said: { value: '11 is more than 10', summary: null } });
    expect({ readState, total }).toMatchObject({ readState: 'COMPLETE', total: { value: 12.5 } });
    expect({ pretty, rest }).toMatchObject({
      pretty: expect.stringContaining('- Say it') as string,
      rest: [1, '$ten'],
    });

    const byHand = await cli(['run-plan', 'orders.json'], { cwd: dir });
    const runs = JSON.parse((await cli(['list', 'runs', '--json'], { cwd: dir })).stdout) as Run[];
    const plans = new Set(runs.map(({ plan_id }) => plan_id));
    expect({ code: byHand.code, runs: runs.length, plans: plans.size }).toEqual({ code: 0, runs: 2, plans: 1 });
  });
});
