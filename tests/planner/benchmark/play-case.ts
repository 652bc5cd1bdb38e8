import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { Portia, type ClarificationHandler, type Json, type Plan } from '../../../src/index.js';
import type { BenchmarkCase, Play } from './benchmark-case.js';
import { scriptedModel, scriptedTools, type Traced } from './scripted-world.js';

/** Runs a plan to its end in an empty folder, with the tools, the model and the person of a play: what happened. */
export async function playCase(
  { tools, world }: BenchmarkCase,
  play: Play,
  { plan, folder }: { plan: Plan; folder: string },
): Promise<Play['expected']> {
  const own = play.world ?? {};
  const all = {
    tools: { ...world.tools, ...own.tools },
    files: { ...world.files, ...own.files },
    model: [...(own.model ?? []), ...(world.model ?? [])],
  };
  for (const [name, text] of Object.entries(all.files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const trace: Traced[] = [];
  const portia = new Portia({
    dir: folder,
    store: 'memory:',
    environment: { HOME: folder },
    model: scriptedModel(all),
    tools: scriptedTools(tools, all, trace),
    approve: ['*'],
    clarificationHandler: personOf(play, trace),
  });
  const run = await portia.runPlan(plan, { inputs: play.inputs });
  const { final_output: output } = run.outputs;
  const written = Object.keys(play.expected.files ?? {}).map((name) => {
    const file = join(folder, name);
    return [name, existsSync(file) ? readFileSync(file, 'utf8') : null] as const;
  });
  return {
    state: run.state === 'COMPLETE' ? 'COMPLETE' : 'FAILED',
    trace,
    result: output !== null && 'value' in output ? (output.value as Json) : null,
    model_calls: run.usage.calls,
    ...(play.expected.files && { files: Object.fromEntries(written) }),
  };
}

/** Gives the first answer that is for a question and was not given before; none for a question that nobody expects. */
function personOf({ answers = [] }: Play, trace: Traced[]): ClarificationHandler {
  const left = [...answers];
  return {
    ask: (questions) =>
      Promise.resolve(
        questions.flatMap(({ id, user_guidance: asked }) => {
          const at = left.findIndex(({ to }) => to === undefined || new RegExp(to, 'iu').test(asked));
          const [found] = at === -1 ? [] : left.splice(at, 1);
          if (found === undefined) return [];
          trace.push({ asked, answer: found.value });
          return [{ id, response: found.value, channel: 'api' }];
        }),
      ),
  };
}
