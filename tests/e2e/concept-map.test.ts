import { EventEmitter, once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { effectsOf } from '../support/crashed-project.js';
import { chatReply, startJsonServer, type Answer } from '../support/json-server.js';
import { killBinary, killProcess, runUndisturbed } from '../support/kill-everywhere.js';
import { untilNobodyWorksIn } from '../support/left-processes.js';
import { portia } from '../support/portia.js';
import { portiaHere } from '../support/portia-here.js';
import { openPortia } from '../support/scenario.js';
import { answer, startFaultServer } from '../models/fault-server.js';
import {
  ANIMALS,
  CALL,
  conceptMapProject,
  conceptMapScenario,
  CONCEPTS,
  DRAW,
  DRAWN,
  PICTURE,
  TASKS,
} from './concept-map-project.js';
import { ON_FILES } from '../support/tested-store.js';

const KEY = 'sk-canary-4711';

const CALLING = {
  tool_calls: [
    { id: 'call-1', type: 'function', function: { name: CALL.name, arguments: JSON.stringify(CALL.arguments) } },
  ],
};

/** A model on this machine that does not know `json_schema`. */
async function localModel() {
  const server = await startJsonServer(({ body }): Answer => {
    const { response_format: format, messages } = body ?? {};
    const prompt = JSON.stringify(messages);
    if (JSON.stringify(format ?? null).includes('json_schema')) {
      return { status: 400, body: { error: { message: 'response_format json_schema is not supported' } } };
    }
    if (TASKS.concepts.test(prompt)) return chatReply(JSON.stringify(CONCEPTS));
    if (TASKS.animals.test(prompt)) return chatReply(JSON.stringify(ANIMALS));
    return chatReply('', CALLING);
  });
  return { server, flags: ['--base-url', `${server.origin}/v1`, '-m', 'qwen3:4b'] };
}

describe('a local model draws a note', () => {
  test('when it runs then the picture is in the vault, and the key of another provider stays here', async () => {
    const cwd = conceptMapProject();
    const { server, flags } = await localModel();
    const before = readdirSync(cwd);
    const end = await portia([...DRAW, ...flags, '--format', 'value'], { cwd, env: { OPENAI_API_KEY: KEY } });
    expect(end).toMatchObject({ code: 0, stdout: `${PICTURE}\n` });
    expect(readFileSync(join(cwd, PICTURE), 'utf8')).toBe(DRAWN);
    expect(readdirSync(cwd).filter((name) => !before.includes(name))).toEqual([
      'effects.log',
      ...(ON_FILES ? ['plans', 'runs'] : []),
    ]);
    expect(JSON.stringify(server.asked)).not.toContain(KEY);
    expect(new Set(server.asked.map(({ body }) => body?.['model']))).toEqual(new Set(['qwen3:4b']));
    expect(server.asked.filter(({ body }) => 'tool_choice' in (body ?? {}))).toEqual([]);
    // What it rejected once is not asked for again.
    const formats = server.asked.map(({ body }) => JSON.stringify(body?.['response_format'] ?? null).slice(0, 22));
    const [refused, next] = ['{"type":"json_schema",', '{"type":"json_object"}'];
    expect(formats).toEqual(['null', refused, next, next]);
    expect(effectsOf(cwd)).toMatchObject([
      { tool: 'list_vaults', result: 'vault' },
      { tool: 'read_note', args: CALL.arguments },
    ]);
    await untilNobodyWorksIn(cwd);
  });

  test('when Ctrl-C is pressed while the model thinks then the server ends with portia, and resume continues', async () => {
    const cwd = conceptMapProject();
    const asked = new EventEmitter();
    const isAsked = once(asked, 'asked');
    const silent = await startFaultServer(answer(chatReply('', CALLING).body), () => void asked.emit('asked'));
    const terminal = openPortia([...DRAW, '--base-url', silent.baseUrl, '-m', 'qwen3:4b'], { cwd });
    await isAsked;
    terminal.press('ctrl-c');
    expect(await terminal.exit()).toMatchObject({ code: 130 });
    await silent.close();
    await untilNobodyWorksIn(cwd);
    const { flags } = await localModel();
    expect(existsSync(join(cwd, PICTURE))).toBe(false);
    const resumed = ['resume', 'last', '--approve', 'visualise', ...flags, '--format', 'value'];
    expect(await portiaHere(resumed, { cwd })).toMatchObject({ code: 0, stdout: `${PICTURE}\n` });
    expect(effectsOf(cwd)).toHaveLength(2);
  });

  test('when the process is killed here and there then the same picture is drawn', async () => {
    const undisturbed = await runUndisturbed(conceptMapScenario);
    await killBinary(conceptMapScenario, undisturbed, 15);
    await killProcess(conceptMapScenario, undisturbed, [8]);
  });
});
