import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';

/** A plan in YAML with these steps. */
const yaml = (steps: string) => `plan_context: { query: q, tool_ids: [file_reader_tool] }
plan_inputs:
  - { name: $total, schema: { type: number } }
  - { name: $file, schema: { type: string } }
steps:
${steps}
`;

const json = (steps: object[]) =>
  JSON.stringify({
    plan_context: { query: 'q', tool_ids: ['file_reader_tool'] },
    plan_inputs: [{ name: '$total', schema: { type: 'number' } }],
    steps,
  });

const loop = (extra: object) => ({
  kind: 'for_each',
  over: '[1, 2]',
  as: 'n',
  steps: [{ kind: 'compute', expression: '$n', output: '$one' }],
  ...extra,
});
const use = { kind: 'compute', expression: '$one', output: '$x' };

test.each<[mistake: string, file: string, text: string, says: string]>([
  [
    'a template without quotes in an object',
    'p.yaml',
    yaml('  - { kind: tool, tool_id: file_reader_tool, args: { filename: {{ $file }} }, output: $x }'),
    'Put a text with {{ }} in quotes',
  ],
  [
    'a template without quotes in a text',
    'p.yaml',
    yaml('  - kind: user_verify\n    message: {{ $total }} to pay?'),
    'Put a text with {{ }} in quotes',
  ],
  [
    'one space too few',
    'p.yaml',
    yaml('  - kind: compute\n   expression: "1"\n    output: $x'),
    'Indent this line as far as the line above it',
  ],
  [
    'no space after the colon',
    'p.yaml',
    yaml('  - kind: compute\n    expression: "1"\n    output:total'),
    'Put a space after the colon: output: total',
  ],
  [
    'no space after the colon, in braces',
    'p.yaml',
    yaml('  - { kind:compute, expression: "1", output: $x }'),
    'Put a space after the colon: kind: compute',
  ],
  [
    'a line of a step that is indented too far',
    'p.yaml',
    yaml('  - kind: compute\n      expression: "1"\n    output: $x'),
    'Indent the line below as far as the first name in this one.',
  ],
  [
    'a number as an expression',
    'p.json',
    json([{ kind: 'compute', expression: 5, output: '$x' }]),
    '"expression": "5"',
  ],
  [
    'a step without its dash',
    'p.yaml',
    yaml(
      '  - kind: compute\n    expression: "1"\n    output: $x\n    kind: compute\n    expression: "2"\n    output: $y',
    ),
    'Begin each step with "- "',
  ],
  [
    '# in an expression',
    'p.yaml',
    yaml('  - kind: compute\n    expression: $sum([1, 2] #all\n    output: $x'),
    'Put the whole text in quotes.',
  ],
  [
    'a backslash in double quotes',
    'p.yaml',
    yaml('  - kind: compute\n    expression: "$contains(\'a\', /\\d/)"\n    output: $x'),
    'Put a text with \\ in single quotes',
  ],
  [
    'an expression that begins with a brace',
    'p.yaml',
    yaml("  - kind: compute\n    expression: { 'a': $total }\n    output: $x"),
    'Put the expression in quotes',
  ],
  [
    'an expression that begins with a bracket',
    'p.yaml',
    yaml("  - kind: compute\n    expression: ['a']\n    output: $x"),
    'Put the expression in quotes',
  ],
  [
    'a comma at the end of a list',
    'p.json',
    `{\n  "steps": [\n    1,\n  ]\n}`,
    'Line 3, column 6: there is a comma before the closing ]',
  ],
  [
    'a comma at the end of an object',
    'p.json',
    `{\n  "steps": [],\n}`,
    'Line 2, column 14: there is a comma before the closing }',
  ],
  ['any other slip in JSON', 'p.json', `{\n  "steps" []\n}`, 'Write : and a value after the name.'],
  [
    'a number where a text is wanted',
    'p.json',
    json([{ kind: 'tool', tool_id: 'file_reader_tool', args: { filename: '{{ $total }}' }, output: '$x' }]),
    'Write it as text: {{ $string($total) }}',
  ],
  [
    'a list of options as a text',
    'p.json',
    json([{ kind: 'user_input', message: 'Which?', options: 'a,b', output: '$x' }]),
    'Write ["a","b"].',
  ],
  [
    'a name of a loop used behind it',
    'p.json',
    json([loop({ output: '$all' }), use]),
    'Use the output of the loop: $all.',
  ],
  [
    'a name of a loop without output used behind it',
    'p.json',
    json([loop({}), use]),
    'Give the loop that makes it an "output"',
  ],
])('when there is %s then the message alone says how to correct it', async (_mistake, file, text, says) => {
  const { code, stdout, stderr } = await portiaHere(['check', file, '--format', 'human'], {
    cwd: makeProject({ [file]: text }),
  });
  expect(code).toBe(2);
  expect((stdout + stderr).replaceAll(/\s+/g, ' ')).toContain(says);
});

test.each<[what: string, bytes: Buffer, why: string, fix: string]>([
  ['UTF-16', Buffer.from(`\u{feff}${json([use])}`, 'utf16le'), 'It is UTF-16 text.', 'iconv -f UTF-16'],
  ['a picture', Buffer.from('89504e470d0a1a0a0000000d', 'hex'), 'It is not text but a binary file.', 'text file'],
])('when it is %s then the reason and the fix say so, also for the settings', async (_what, bytes, why, fix) => {
  const cwd = makeProject({ 'plan.json': json([use]) });
  writeFileSync(join(cwd, 'odd.json'), bytes);
  const error = expectError(await portiaHere(['check', 'odd.json'], { cwd }), { code: 'unreadable', exit: 2 });
  expect(error.why).toBe(why);
  expect(error.fix).toContain(fix);
  writeFileSync(join(cwd, 'portia.json'), bytes);
  const settings = await portiaHere(['check', 'plan.json'], { cwd });
  expect(expectError(settings, { code: 'invalid-settings', exit: 2 }).fix).toContain(fix);
});
