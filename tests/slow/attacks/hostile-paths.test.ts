import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { plan, tool } from '../../e2e/trust-project.js';
import { makeProject, portia } from '../../support/portia.js';
import { FILE_ATTACKS, FILE_TOOL_SETTINGS } from '../../tools/builtin/file-attacks.js';
import { hostileNames } from '../../tools/builtin/hostile-names.js';
import { CANARY, hostileProject } from '../../tools/builtin/hostile-project.js';

test.each(FILE_ATTACKS)(
  'when $argument of $tool is a hostile name and every call is approved, then nothing closed is seen or changed',
  async ({ tool: id, args, ending = '.txt', leak = CANARY }) => {
    const { base, root, touched, remove } = hostileProject({ enable: ['write_sql'], settings: FILE_TOOL_SETTINGS });
    onTestFinished(remove);
    const names = hostileNames(base, ending);
    const away = makeProject();
    mkdirSync(path.join(root, 'in'));
    const rows = names.map((name, index) => ({ name, source: `in/${index}.txt` }));
    for (const { source } of rows) writeFileSync(path.join(root, source), 'inside');
    const inputs = [{ name: '$name' }, { name: '$source' }];
    const file = path.join(away, 'plan.json');
    const step = tool(id, args('{{ $name }}', '{{ $source }}'));
    writeFileSync(file, JSON.stringify({ ...plan(step), plan_inputs: inputs }));
    const batch = path.join(away, 'rows.ndjson');
    writeFileSync(batch, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const { code, stdout, stderr } = await portia(
      ['run-plan', file, '--batch', batch, '--approve', '*', '--format', 'ndjson'],
      { cwd: root, env: { HOME: path.join(away, '.home'), PORTIA_STORAGE_DIR: away } },
    );
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length, stderr).toBe(names.length);
    expect(code).not.toBe(0);
    const outputs = lines.map((line) => JSON.stringify((JSON.parse(line) as { final_output: unknown }).final_output));
    const seen = names.filter((_name, index) => outputs[index]?.includes(leak));
    expect({ seen, touched: touched() }).toEqual({ seen: [], touched: [] });
  },
);
