import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { makeProject } from '../support/portia.js';
import { portiaHere as portia } from '../support/portia-here.js';
import { playModel, readRun, story } from '../support/scenario.js';

const PLAN = 'plan-a89efeb0-51ef-4f2c-b435-a936c27c3cfc';
const RUN = 'prun-18d9aa91-0066-413f-af32-b979bce89821';

/** A project with a run of the Python SDK, whose first step has asked for the name of a file. */
function waitingProject(toolId: string | null): string {
  const question = {
    ...{ id: 'clar-18d9aa91-0066-413f-af32-b979bce89822', category: 'Input', argument_name: 'filename' },
    ...{ response: null, step: 0, user_guidance: 'Which file?', resolved: false },
  };
  return makeProject({
    'a.txt': 'what is in it',
    [`plans/${PLAN}.json`]: {
      id: PLAN,
      plan_context: { query: 'Read it.', tool_ids: toolId === null ? [] : [toolId] },
      steps: [
        { task: 'Read the file', inputs: [], tool_id: toolId, output: '$text', condition: null },
        { task: 'Say it loud', inputs: [{ name: '$text' }], tool_id: 'llm_tool', output: '$loud', condition: null },
      ],
    },
    [`runs/${RUN}.json`]: {
      ...{ id: RUN, plan_id: PLAN, current_step_index: 0, state: 'NEED_CLARIFICATION', end_user_id: 'ada' },
      outputs: { clarifications: [question], step_outputs: {}, final_output: null },
      plan_run_inputs: {},
    },
  });
}

const asked = /filename = a\.txt \(asked: Which file\?\)/;

test.each<[string, RegExp, object]>([
  ['is told the answer', asked, { filename: 'a.txt' }],
  ['leaves the argument out', asked, {}],
])(
  'when a run of the Python SDK is answered and the model %s then nobody is asked again',
  async (_name, match, args) => {
    const cwd = waitingProject('file_reader_tool');
    const server = await playModel([
      { match, reply: { toolCalls: [{ name: 'file_reader_tool', arguments: args }] } },
      { match: /Say it loud/, reply: { text: 'WHAT IS IN IT' } },
    ]);
    const answered = await portia(['answer', RUN, 'filename=a.txt'], { cwd });
    expect(answered.code).toBe(0);
    expect(readRun(cwd, RUN).state).toBe('READY_TO_RESUME');
    const resumed = await portia(['resume', RUN, '--model', 'openai/gpt-4o'], { cwd, env: server.environment });
    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining('WHAT IS IN IT') as string });
    expect(readRun(cwd, RUN).outputs.clarifications).toMatchObject([{ resolved: true, response: 'a.txt' }]);
    expect(story(cwd, RUN).slice(0, 3)).toEqual(['run.imported', 'clarification.resolved', 'run.resumed']);
    // An answer belongs to its step alone.
    expect(JSON.stringify(server.requests[1])).not.toContain('Which file?');
  },
);

test('when a step without a tool has asked in the Python SDK then its model is told the answer', async () => {
  const cwd = waitingProject(null);
  const server = await playModel([
    { match: asked, reply: { text: 'read' } },
    { match: /Say it loud/, reply: { text: 'READ' } },
  ]);
  expect(await portia(resumeAnswered, { cwd, env: server.environment })).toMatchObject({ code: 0 });
});

/** Adds a tool `echo_tool` that gives back what it was called with and what it was answered. */
function addTool(cwd: string, filename: string): void {
  const tool = `import { defineTool } from 'portia';
import * as z from 'zod';
export const echo = defineTool({
  id: 'echo_tool', name: 'Echo', description: 'Echoes.', effect: 'read',
  args: z.object({ filename: ${filename} }), output: z.any(),
  run: ({ answers }, args) => ({ args, answered: answers.map(({ response }) => response) }),
});
`;
  writeFileSync(join(cwd, 'tools.mjs'), tool);
  writeFileSync(join(cwd, 'portia.json'), JSON.stringify({ tools: { modules: ['./tools.mjs'] } }));
}

const resumeAnswered = ['resume', RUN, '--answer', 'filename=a.txt', '--model', 'openai/gpt-4o'];

test('when the tool of the step has asked in the Python SDK then it is given the answer', async () => {
  const cwd = waitingProject('echo_tool');
  addTool(cwd, 'z.string().optional()');
  const server = await playModel([
    { match: asked, reply: { toolCalls: [{ name: 'echo_tool', arguments: {} }] } },
    { match: /"answered":\s*\["a\.txt"\]/, reply: { text: 'A.TXT' } },
  ]);
  expect(await portia(resumeAnswered, { cwd, env: server.environment })).toMatchObject({ code: 0 });
});

test('when the answer does not fit the argument then that is asked for', async () => {
  const cwd = waitingProject('echo_tool');
  addTool(cwd, 'z.int()');
  const server = await playModel([{ match: asked, reply: { toolCalls: [{ name: 'echo_tool', arguments: {} }] } }]);
  expect(await portia(resumeAnswered, { cwd, env: server.environment })).toMatchObject({ code: 8 });
  expect(readRun(cwd, RUN).outputs.clarifications).toMatchObject([
    { resolved: true },
    { resolved: false, argument_name: 'filename', schema: { type: 'integer' } },
  ]);
});
