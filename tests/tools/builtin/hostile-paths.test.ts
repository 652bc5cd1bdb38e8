import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { messageOf } from '../../../src/domain/errors.js';
import type { JsonObject } from '../../../src/domain/values/json.js';
import { builtinTools } from '../../../src/tools/builtin/builtin-tools.js';
import type { Tool, ToolResult } from '../../../src/tools/tool.js';
import { toolContext } from '../tool-context.js';
import { FILE_ATTACKS, FILE_TOOL_SETTINGS } from './file-attacks.js';
import { hostileNames } from './hostile-names.js';
import { CANARY, hostileProject } from './hostile-project.js';

const { base, root, touched, remove } = hostileProject();
afterAll(remove);

const known = { projectRoot: root, settings: FILE_TOOL_SETTINGS };

/** As in a run: the tool looks, and then acts on what it saw. A call at which it cannot look is not made. */
async function call(tool: Tool, args: JsonObject): Promise<ToolResult> {
  const { environment } = toolContext(known);
  let facts: JsonObject;
  try {
    facts = (await tool.inspect?.(args, { environment, created: new Set() }))?.facts ?? {};
  } catch (error) {
    return { kind: 'failure', message: messageOf(error), retryable: false };
  }
  return tool.run(toolContext({ ...known, facts }), args);
}

test.each(FILE_ATTACKS)(
  'when $argument of $tool is a hostile name, then nothing closed is seen or changed',
  async ({ tool: id, args, ending = '.txt', leak = CANARY }) => {
    const tool = builtinTools().find((candidate) => candidate.id === id);
    if (tool === undefined) throw new Error(`there is no ${id}`);
    const names = hostileNames(base, ending);
    expect(names.length).toBeGreaterThan(200);
    const seen: string[] = [];
    for (const name of names) {
      // An earlier call may have moved it.
      writeFileSync(path.join(root, 'inside.txt'), 'inside');
      const result = await call(tool, args(name, 'inside.txt'));
      // Whoever made the other name of a file may read and send it.
      const isSent = id === 'send_email_tool' && result.kind === 'failure' && result.retryable && name !== 'hard.txt';
      if (isSent) seen.push(`sent by ${name}`);
      if (result.kind === 'output' && JSON.stringify(result.value).includes(leak)) seen.push(name);
    }
    expect({ seen, touched: touched() }).toEqual({ seen: [], touched: [] });
  },
);
