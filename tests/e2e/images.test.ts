import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { carryOver } from '../support/exported-run.js';
import { allBytes } from '../support/folder-listing.js';
import { GIF, JPEG, PNG } from '../support/images.js';
import { chatReply, type Answer } from '../support/json-server.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject, portia } from '../support/portia.js';
import { onlyRun, printedError, readEvents } from '../support/scenario.js';
import { startSeeingServer, type Seen } from '../support/seeing-server.js';
import { call, message, response } from './responses-server.js';

const FILES = { 'chart.png': PNG, 'old.gif': GIF, 'lies.png': JPEG };
const shown = (type: string, { length }: Buffer): string => `${type} ${length}`;
const SEES_PNG = shown('image/png', PNG);

const INPUT = { name: '$image', description: 'what to look at' };
const LLM = { kind: 'llm', task: 'What is in it?', inputs: [INPUT], output: '$said' };
const TOOL = (args: object) => ({
  kind: 'tool',
  tool_id: 'image_understanding_tool',
  args: { task: 'What is in it?', ...args },
  output: '$said',
});

interface Given {
  steps: object[];
  answer?: ((seen: Seen, count: number) => Answer) | undefined;
  settings?: object;
  files?: Record<string, string | object>;
  /** Beside the project. */
  outside?: Record<string, Buffer>;
  args?: string[];
  viaBinary?: boolean;
}

async function ask(given: Given) {
  const { steps, answer = () => chatReply('A dot.'), settings = {}, files = {}, outside = {}, args, viaBinary } = given;
  const server = await startSeeingServer(answer);
  const cwd = makeProject({
    'portia.json': settings,
    'plan.json': { plan_context: { query: 'q' }, plan_inputs: [{ name: '$image', default: 'chart.png' }], steps },
    ...files,
  });
  for (const [name, content] of Object.entries({ ...FILES, ...outside })) writeFileSync(join(cwd, name), content);
  const env = { OPENAI_BASE_URL: server.baseUrl, OPENAI_API_KEY: 'sk-test', PORTIA_MODEL: 'openai/gpt-eye' };
  const run = viaBinary ? portia : portiaHere;
  const ended = await run(['run-plan', 'plan.json', ...(args ?? [])], { cwd, env });
  return { ended, cwd, env, server };
}

const imageValue = (bytes: Buffer, name: string) => ({
  type: 'image',
  mime_type: 'image/png',
  data: bytes.toString('base64'),
  name,
});
const valueOf = (stdout: string): unknown => JSON.parse(stdout).outputs.final_output.value;

describe('an input that is an image', () => {
  test.each(['chat', 'responses'])('when a step of a model that speaks %s has one then it sees it', async (api) => {
    const answer = () => (api === 'chat' ? chatReply('A dot.') : response([message('A dot.')]));
    const settings = { model_settings: { 'openai/gpt-eye': { api } } };
    const { ended, server, cwd, env } = await ask({ steps: [LLM], answer, settings, viaBinary: true });
    expect(ended).toMatchObject({ code: 0 });
    expect(valueOf(ended.stdout)).toBe('A dot.');
    expect(server.seen).toMatchObject([{ images: [SEES_PNG], order: ['system', 'user'] }]);
    expect(server.seen[0]?.text).toContain('Input $image (what to look at; shown as an image):');
    const show = await portiaHere(['show', 'last', '--all', '--as', 'tree', '--verbose'], { cwd, env });
    const written = `${allBytes(cwd)}${show.stdout}${show.stderr}`;
    expect(written).not.toContain(PNG.toString('base64').slice(0, 20));
  });

  test('when its name lies then it is shown as what its bytes are', async () => {
    const { ended, server } = await ask({ steps: [LLM], args: ['-i', 'image=lies.png'] });
    expect(ended).toMatchObject({ code: 0 });
    expect(server.seen).toMatchObject([{ images: [shown('image/jpeg', JPEG)] }]);
  });

  test('when a name stands in the task, or names no file, then it is only a text', async () => {
    const steps = [{ ...LLM, task: 'Spell {{ $image }}.', inputs: [], output: '$spelt' }, LLM];
    const { ended, server } = await ask({ steps, args: ['-i', 'image=not-there.png'] });
    expect(ended).toMatchObject({ code: 0 });
    expect(server.seen.map(({ images }) => images)).toEqual([[], []]);
    expect(server.seen[0]?.text).toContain('Spell not-there.png.');
  });

  test('when the server does not count then an image is estimated, not its Base64', async () => {
    const answer = () => {
      const { body } = chatReply('A dot.') as { body: object };
      return { body: { ...body, usage: undefined } };
    };
    const { ended } = await ask({ steps: [LLM], answer });
    const { usage } = JSON.parse(ended.stdout);
    expect(usage).toMatchObject({ calls: 1, estimated: true });
    expect(usage.input_tokens).toBeGreaterThan(1_500);
    expect(usage.input_tokens).toBeLessThan(2_000);
  });

  test('when it is outside the project then the step fails, and no model is asked', async () => {
    const { ended, server, cwd } = await ask({ steps: [LLM], args: ['-i', 'image=../secret.png'] });
    expect(ended.code).toBe(1);
    expect(onlyRun(cwd).error).toMatchObject({ code: 'invalid-input', message: expect.stringContaining('outside') });
    expect(server.seen).toEqual([]);
  });

  test('when the items of a loop are files then each is seen alone', async () => {
    const list = { kind: 'tool', tool_id: 'list_files_tool', args: { pattern: '*.{png,gif}' }, output: '$files' };
    const inner = { ...LLM, inputs: [{ name: '$file' }] };
    const steps = [list, { kind: 'for_each', over: '$files', as: '$file', steps: [inner], output: '$all' }];
    const { ended, server } = await ask({ steps });
    expect(ended).toMatchObject({ code: 0 });
    expect(server.seen.map(({ images }) => images)).toEqual([
      [SEES_PNG],
      [shown('image/jpeg', JPEG)],
      [shown('image/gif', GIF)],
    ]);
  });

  test("when a value may be the user's own then no address in it is fetched, and a warning says so", async () => {
    const read = { kind: 'tool', tool_id: 'file_reader_tool', args: { filename: 'where.txt' }, output: '$image2' };
    const { ended, server, cwd } = await ask({
      steps: [read, { ...LLM, inputs: [{ name: '$image2' }] }],
      files: { 'where.txt': 'https://evil.example/dot.png?all=secret' },
    });
    expect(ended).toMatchObject({ code: 0 });
    expect(server.seen).toMatchObject([{ images: [] }]);
    const warnings = readEvents(cwd, onlyRun(cwd).id).filter(({ type }) => type === 'warning');
    expect(warnings).toMatchObject([{ message: expect.stringContaining('$image2 is not shown to the model') }]);
  });

  test('when it is an address that is not public then it is not fetched', async () => {
    const { ended, server, cwd } = await ask({
      steps: [LLM],
      args: ['-i', 'image=https://localhost:1/dot.JPEG?size=2'],
    });
    expect(ended.code).toBe(1);
    expect(onlyRun(cwd).error).toMatchObject({ message: expect.stringContaining('is not on the public internet') });
    expect(server.seen).toEqual([]);
  });
});

describe('an image that is given with -i name=@file', () => {
  const ASK = { kind: 'user_input', message: 'Which part?', output: '$part' };
  const given = async (steps: object[], args: string[] = []) => {
    const asked = await ask({ steps, args: ['-i', 'image=@../scan.png', ...args], outside: { '../scan.png': PNG } });
    const { cwd, env } = asked;
    return { ...asked, resume: async (flags: string[]) => portiaHere(['resume', 'last', ...flags], { cwd, env }) };
  };

  test('when it is elsewhere then the model sees it, and people see its name and size', async () => {
    const { ended, server, cwd, env } = await given([LLM]);
    expect(ended).toMatchObject({ code: 0 });
    expect(server.seen).toMatchObject([{ images: [SEES_PNG] }]);
    expect(server.seen[0]?.text).toContain('[image scan.png, 1 kB]');
    const digest = createHash('sha256')
      .update(JSON.stringify(imageValue(PNG, 'scan.png')))
      .digest('hex');
    expect(onlyRun(cwd).plan_run_inputs).toMatchObject({
      $image: { output_name: '$image', summary: '[image scan.png, 1 kB]', digest: expect.stringContaining(digest) },
    });
    const show = await portiaHere(['show', 'last', '--as', 'tree', '--verbose'], { cwd, env });
    expect(show.stdout).toContain('[image scan.png, 1 kB]');
    const bytes = PNG.toString('base64').slice(0, 20);
    for (const text of [show.stdout, JSON.stringify(readEvents(cwd, onlyRun(cwd).id))])
      expect(text).not.toContain(bytes);
  });

  test('when the run goes on in another project then the image is there', async () => {
    const { ended, server, cwd, env } = await given([ASK, LLM]);
    expect(ended).toMatchObject({ code: 8 });
    const there = makeProject({});
    await carryOver(onlyRun(cwd).id, cwd, there);
    const resumed = await portiaHere(['resume', 'last', '--answer', 'part=the left one'], { cwd: there, env });
    expect(resumed).toMatchObject({ code: 0 });
    expect(server.seen).toMatchObject([{ images: [SEES_PNG] }]);
  });

  test('when the kept bytes were changed then the run does not use them', async () => {
    const { cwd, server, resume } = await given([ASK, LLM]);
    const folder = join(cwd, 'runs', onlyRun(cwd).id, 'memory');
    const kept = readdirSync(folder).map((name) => join(folder, name));
    const image = kept.find((file) => readFileSync(file, 'utf8').includes(PNG.toString('base64'))) ?? '';
    chmodSync(image, 0o600);
    writeFileSync(image, JSON.stringify(imageValue(GIF, 'scan.png')));
    const resumed = await resume(['--answer', 'part=left']);
    expect(resumed.code).toBe(1);
    expect(onlyRun(cwd).error).toMatchObject({
      code: 'unreadable',
      message: expect.stringMatching(/The stored value .* cannot be used/),
    });
    expect(server.seen).toEqual([]);
  });

  test('when no file has the name then the nearest one is named, and there is no run', async () => {
    const { ended } = await ask({ steps: [LLM], args: ['-i', 'image=@chrat.png'] });
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(printedError(ended.stderr)).toMatchObject({ code: 'not-found', why: expect.stringContaining('chart.png') });
  });
});

describe('a model that cannot see', () => {
  test.each([
    [400, 'messages[1].content must be a string'],
    [500, 'image input is not supported - hint: if this is unexpected, you may need to provide the mmproj'],
  ])('when its server says %i, %s, then the error names the setting, and it is asked once', async (status, words) => {
    const answer = () => ({ status, body: { error: { message: words } } });
    const { ended, server, cwd } = await ask({ steps: [LLM], answer });
    expect(ended.code).toBe(1);
    const { error } = onlyRun(cwd);
    expect(error).toMatchObject({
      code: 'invalid-settings',
      message: 'openai/gpt-eye did not take the image.',
      why: expect.stringContaining(words),
      fix: expect.stringContaining('{"model_settings": {"openai/gpt-eye": {"images": false}}}'),
    });
    expect(server.seen).toHaveLength(1);
  });

  test('when the settings say so then it is given names only, and the tool says why it cannot look', async () => {
    const settings = { model_settings: { 'openai/gpt-eye': { images: false } } };
    const { ended, server, cwd } = await ask({
      steps: [{ ...LLM, output: '$name' }, TOOL({ image_file: 'chart.png' })],
      settings,
    });
    expect(ended.code).toBe(1);
    expect(server.seen).toMatchObject([{ images: [] }]);
    expect(server.seen[0]?.text).toContain('chart.png');
    expect(onlyRun(cwd).error).toMatchObject({ message: expect.stringContaining('openai/gpt-eye is shown no images') });
  });
});

describe('an image that a tool gives', () => {
  const shoot = `import { defineTool } from 'portia';
    import * as z from 'zod';
    const tool = (id, value, more) => defineTool({ id, name: id, description: id, effect: 'read', args: z.object({}), run: () => value, ...more });
    export const shot = tool('shot', [{ type: 'image', mime_type: 'image/png', data: '${PNG.toString('base64')}' }, 'taken']);
    export const named = tool('named', 'old.gif');
    export const published = tool('published', 'old.gif', { isPublic: true });
    export const asks = defineTool({ id: 'asks', name: 'asks', description: 'asks', effect: 'read', args: z.object({}),
      run: ({ environment, signal }) => environment.askModel({ text: 'Look.', images: ['data:image/png;base64,${PNG.toString('base64')}'] }, signal) });
    export const address = tool('address', 'https://evil.example/dot.png');`;
  const module = { settings: { tools: { modules: ['./tools.mjs'] } }, files: { 'tools.mjs': shoot } };
  const REACT = { kind: 'react', task: 'Look.', tools: ['shot', 'named', 'published', 'address'], output: '$said' };

  const turns: Record<string, (seen: Seen, count: number) => Answer> = {
    chat: (_seen, count) => {
      if (count > 1) return chatReply('A dot.');
      const calls = REACT.tools.map((name) => ({ id: name, type: 'function', function: { name, arguments: '{}' } }));
      return chatReply('', { tool_calls: calls });
    },
    responses: (_seen, count) => response(count > 1 ? [message('A dot.')] : REACT.tools.map((name) => call(name, {}))),
  };

  test.each(['chat', 'responses'])(
    'when an agent that speaks %s gets some then it sees them behind all results, and Base64 is nowhere',
    async (api) => {
      const { settings, files } = module;
      const { ended, server, cwd } = await ask({
        steps: [REACT],
        answer: turns[api],
        settings: { ...settings, model_settings: { 'openai/gpt-eye': { api } } },
        files,
      });
      expect(ended).toMatchObject({ code: 0 });
      const [, second] = server.seen;
      // Neither what public tools name nor an address is looked at: the one may be a trap, the other carries data away.
      expect(second).toMatchObject({ images: [SEES_PNG, shown('image/gif', GIF)] });
      expect(second?.order.at(-1)).toBe('user');
      expect(second?.text).toContain('["[image/png, 1 kB]","taken"]');
      const events = JSON.stringify(readEvents(cwd, onlyRun(cwd).id));
      expect(`${events}${ended.stderr}${second?.text}`).not.toContain(PNG.toString('base64').slice(0, 20));
    },
  );

  test('when a module asks the model about one then the model sees it', async () => {
    const { settings, files } = module;
    const { ended, server } = await ask({
      steps: [{ kind: 'tool', tool_id: 'asks', output: '$said' }],
      settings,
      files,
    });
    expect(valueOf(ended.stdout)).toBe('A dot.');
    expect(server.seen).toMatchObject([{ images: [SEES_PNG], order: ['user'] }]);
  });

  test('when a later step takes it then the model sees it, also after a resume', async () => {
    const { settings, files } = module;
    const steps = [
      { kind: 'tool', tool_id: 'shot', output: '$shot' },
      { kind: 'user_verify', message: 'Look at it?' },
      { ...LLM, inputs: [{ name: '$shot' }] },
    ];
    const { ended, server, cwd, env } = await ask({ steps, settings, files });
    expect(ended.code).toBe(8);
    const resumed = await portiaHere(['resume', 'last', '--answer', '1=yes'], { cwd, env });
    expect(resumed).toMatchObject({ code: 0 });
    expect(server.seen).toMatchObject([{ images: [SEES_PNG] }]);
    for (const how of [['--json'], ['--prompts'], ['--prompts', '--json'], ['--prompts', '--as', 'tree']]) {
      const show = await portiaHere(['show', 'last', ...how], { cwd, env });
      expect(show.stdout).toContain('[image/png, 1 kB]');
      expect(show.stdout).not.toContain(PNG.toString('base64').slice(0, 20));
    }
  });
});

describe('image_understanding_tool', () => {
  test('when a plan calls it then the execution model looks, and the call is counted', async () => {
    const { ended, server, cwd } = await ask({ steps: [TOOL({ image_file: '{{ $image }}' })], viaBinary: true });
    expect(ended).toMatchObject({ code: 0 });
    expect(JSON.parse(ended.stdout)).toMatchObject({
      outputs: { final_output: { value: 'A dot.' } },
      usage: { calls: 1, input_tokens: 7, output_tokens: 3 },
    });
    expect(server.seen).toMatchObject([{ images: [SEES_PNG], order: ['system', 'user'] }]);
    expect(allBytes(cwd)).not.toContain(PNG.toString('base64').slice(0, 20));
  });

  test('when the command line calls it without a model then the error says what to set', async () => {
    const cwd = makeProject();
    writeFileSync(join(cwd, 'chart.png'), PNG);
    const called = await portiaHere(
      ['tools', 'call', 'image_understanding_tool', 'task=Look', 'image_file=chart.png'],
      {
        cwd,
      },
    );
    expect(called.code).toBe(4);
    expect(printedError(called.stderr)).toMatchObject({ code: 'no-model' });
  });
});
