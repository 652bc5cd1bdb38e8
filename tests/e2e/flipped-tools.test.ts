import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, inject, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeProject, UNTRUSTED } from '../support/portia.js';
import { plan, tool } from './trust-project.js';

type Files = Record<string, string | object>;

/** A project with one tool, which leaves the file `acted`, and everything that can change in it. */
interface Kind {
  /** Default: one call of `act`. */
  steps?: object[];
  files: Files;
  /** What is written in place of a file, by what that changes. */
  flips: Record<string, Files>;
}

/** Texts that look the same as `Acts once.` or nearly so. */
const LOOK_ALIKES: Record<string, string> = {
  'a zero-width space': 'Acts\u200b once.',
  'a word joiner': 'Acts\u2060 once.',
  'a direction mark': '\u202eActs once.',
  'a tag character': 'Acts once.\u{e0041}',
  'a variation selector': 'Acts once.\ufe0f',
  'a soft hyphen': 'Ac\u00adts once.',
  'another space': 'Acts\u00a0once.',
  'a space more': 'Acts  once.',
  'a space at the end': 'Acts once. ',
  'a letter of another alphabet': 'A\u0441ts once.',
  'a control character': 'Acts once.\u0007',
  'a line end': 'Acts once.\n',
};

const moduleOf = (more: object = {}, { body = 'done', args = 'to: z.string()', before = '' } = {}) => {
  const fields = { id: 'act', name: 'Act', description: 'Acts once.', effect: 'once', ...more };
  return `import { writeFileSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';
import { word } from './word.mjs';
${before}
export const act = defineTool({ ...${JSON.stringify(fields)}, args: z.object({ ${args} }),
  run: async () => { writeFileSync('acted', word); return '${body}'; } });
`;
};

const MODULE = { tools: { modules: ['./act.mjs'] } };
const withSettings = (settings: object, more: object = {}) => ({
  'portia.json': { tools: { ...MODULE.tools, settings, ...more } },
});

const ofModule: Kind = {
  files: {
    ...withSettings({ act: { account: 'a' } }),
    'act.mjs': moduleOf(),
    'word.mjs': `export const word = 'w';\n`,
  },
  flips: {
    name: { 'act.mjs': moduleOf({ name: 'Acts' }) },
    effect: { 'act.mjs': moduleOf({ effect: 'idempotent' }) },
    sends: { 'act.mjs': moduleOf({ sends: true }) },
    isPublic: { 'act.mjs': moduleOf({ isPublic: true }) },
    env: { 'act.mjs': moduleOf({ env: ['SECRET'] }) },
    allow: { 'act.mjs': moduleOf({ allow: { childProcesses: true } }) },
    timeoutMs: { 'act.mjs': moduleOf({ timeoutMs: 1 }) },
    'the type of an argument': { 'act.mjs': moduleOf({}, { args: 'to: z.any()' }) },
    'the description of an argument': { 'act.mjs': moduleOf({}, { args: `to: z.string().describe('x')` }) },
    'one more argument': { 'act.mjs': moduleOf({}, { args: 'to: z.string(), cc: z.string().optional()' }) },
    'a default': { 'act.mjs': moduleOf({}, { args: `to: z.string(), cc: z.string().default('b')` }) },
    'what it does': { 'act.mjs': moduleOf({}, { body: 'Done' }) },
    'a comment': { 'act.mjs': moduleOf({}, { before: '// nothing' }) },
    'an invisible letter in a comment': { 'act.mjs': moduleOf({}, { before: '//\u200b' }) },
    'what it imports': { 'word.mjs': `export const word = 'v';\n` },
    'a setting': withSettings({ act: { account: 'b' } }),
    'an invisible letter in a setting': withSettings({ act: { account: 'a\u200b' } }),
    'the kind of a setting': withSettings({ act: { account: ['a'] } }),
    'one more setting': withSettings({ act: { account: 'a', env: ['SECRET'] } }),
    'no setting': { 'portia.json': MODULE },
    'its description in settings': withSettings({ act: { account: 'a' } }, { describe: { act: 'Acts twice.' } }),
    ...Object.fromEntries(
      Object.entries(LOOK_ALIKES).map(([what, description]) => [
        `${what} in its description`,
        { 'act.mjs': moduleOf({ description }) },
      ]),
    ),
  },
};

const PROGRAM = {
  description: 'Acts once.',
  command: ['sh', './act.sh', '{{ $to }}'],
  args: { type: 'object', properties: { to: { type: 'string' } } },
};
const program = (more: object) => ({ 'portia.json': { programs: { act: { ...PROGRAM, ...more } } } });
const argument = (to: object, more: object = {}) => ({
  args: { type: 'object', properties: { to: { type: 'string', ...to } }, ...more },
});

/** What every declaration of a tool may say. */
const DECLARED: Record<string, object> = {
  name: { name: 'Act' },
  effect: { effect: 'idempotent' },
  sends: { sends: true },
  is_public: { is_public: true },
  timeout_ms: { timeout_ms: 1_000 },
  'the type of an argument': argument({ type: ['string', 'null'] }),
  'the description of an argument': argument({ description: 'x' }),
  'the values of an argument': argument({ enum: ['a', 'b'] }),
  'a default': argument({ default: 'b' }),
  'what is required': argument({}, { required: ['to'] }),
  'other arguments': argument({}, { additionalProperties: true }),
  ...Object.fromEntries(
    Object.entries(LOOK_ALIKES).map(([what, description]) => [`${what} in its description`, { description }]),
  ),
};

const flipsOf = (flips: Record<string, object>, file: (more: object) => Files) =>
  Object.fromEntries(Object.entries(flips).map(([what, more]) => [what, file(more)]));

const ofProgram: Kind = {
  files: {
    ...program({}),
    'act.sh': 'echo done | tee acted\n',
    'other.sh': 'echo other | tee acted\n',
    'in/act.sh': '',
  },
  flips: {
    ...flipsOf(
      {
        ...DECLARED,
        'its words': { command: ['sh', './act.sh', '{{ $to }}', 'x'] },
        'its program': { command: ['sh', './other.sh', '{{ $to }}'] },
        stdin: { stdin: 'json' },
        stdout: { stdout: 'lines' },
        env: { env: ['SECRET'] },
        cwd: { cwd: 'in' },
        not_done_exit_codes: { not_done_exit_codes: [3] },
        dashes: { dashes: true },
      },
      program,
    ),
    'its file': { 'act.sh': 'echo done | tee acted \n' },
    'an invisible letter in its file': { 'act.sh': 'echo done\u200b | tee acted\n' },
    'a setting': { 'portia.json': { programs: { act: PROGRAM }, tools: { settings: { act: { a: 1 } } } } },
  },
};

const HTTP = {
  description: 'Acts once.',
  method: 'POST',
  url: 'http://127.0.0.1:1/act',
  args: PROGRAM.args,
  body: { to: '{{ $to }}' },
};
const http = (more: object) => ({ 'portia.json': { http: { act: { ...HTTP, ...more } } } });

const ofHttp: Kind = {
  files: http({}),
  flips: flipsOf(
    {
      ...DECLARED,
      method: { method: 'PUT' },
      url: { url: 'http://127.0.0.1:2/act' },
      'an invisible letter in its url': { url: 'http://127.0.0.1:1/act\u200b' },
      query: { query: { a: 'b' } },
      headers: { headers: { 'x-a': 'b' } },
      body: { body: { to: '{{ $to }}', cc: 'b' } },
      output: { output: '$body' },
      private_network: { private_network: true },
    },
    http,
  ),
};

const enabled = (tools: object) => ({ 'portia.json': { tools: { enable: ['run_command_tool'], ...tools } } });
const COMMAND = { run_command_tool: { env: ['LANG'] } };

const ofBuiltin: Kind = {
  steps: [tool('run_command_tool', { command: ['touch', 'acted'] })],
  files: enabled({ settings: COMMAND }),
  flips: {
    'a variable': enabled({ settings: { run_command_tool: { env: ['LANG', 'SECRET'] } } }),
    'one more setting': enabled({ settings: { run_command_tool: { env: ['LANG'], other: 1 } } }),
    'no setting': enabled({}),
    'its description': enabled({ settings: COMMAND, describe: { run_command_tool: 'Acts once.' } }),
  },
};

const database = (settings: object) => ({ 'portia.json': { tools: { settings } } });
const ofSqlite: Kind = {
  steps: [{ kind: 'user_verify', message: 'Look?' }, tool('list_tables', {})],
  files: database({ run_sql: { db_path: 'a.db' } }),
  flips: {
    'the database': database({ run_sql: { db_path: 'b.db' } }),
    'an invisible letter in its name': database({ run_sql: { db_path: 'a.db\u200b' } }),
    'no database': database({}),
  },
};

const KINDS: Record<string, Kind> = {
  'a module': ofModule,
  'a program': ofProgram,
  'an HTTP call': ofHttp,
  'a built-in tool with settings': ofBuiltin,
  'a built-in tool with the settings of another': ofSqlite,
};

function makeAct({ files, steps = [tool('act', { to: 'a' })] }: Kind): string {
  return makeProject({ 'plan.json': plan(...steps), ...files });
}

function write(cwd: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(cwd, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
}

/** All of them with the binary; a part where they must take little time. */
function flipsIn(flips: Record<string, Files>): [string, Files][] {
  const all = Object.entries(flips);
  return inject('onlyBinary') || all.length < 10 ? all : all.filter((_flip, index) => index % 8 === 0);
}

describe.each(Object.entries(KINDS))('a tool that is %s', (_kind, kind) => {
  test('when anything of it changes while a run waits then the run does not continue', async () => {
    const cwd = makeAct(kind);
    expect((await portiaHere(['run-plan', 'plan.json'], { cwd })).code).toBe(8);
    expect((await portiaHere(['answer', 'last', 'verify=yes'], { cwd })).code).toBe(0);
    const unseen: string[] = [];
    for (const [what, changed] of flipsIn(kind.flips)) {
      write(cwd, changed);
      const { code, stderr } = await portiaHere(['resume', 'last'], { cwd });
      if (code !== 6 || !stderr.includes('has changed since the run was started')) unseen.push(`${what}: ${stderr}`);
      write(cwd, kind.files);
    }
    expect({ unseen, acted: existsSync(join(cwd, 'acted')) }).toEqual({ unseen: [], acted: false });
    expect((await portiaHere(['resume', 'last'], { cwd })).code).not.toBe(6);
  });
});

describe.each(Object.entries({ ofModule, ofProgram, ofHttp }))('a trusted project with %s', (_kind, kind) => {
  test('when anything of a tool changes between the yes and the run then nothing is run', async () => {
    const cwd = makeAct(kind);
    const env = UNTRUSTED;
    expect((await portiaHere(['trust', '--content', '--yes'], { cwd, env })).code).toBe(0);
    const unseen: string[] = [];
    // What settings say of a tool needs no trust unless it loosens something.
    for (const [what, changed] of flipsIn(kind.flips).filter(([name]) => !name.includes('setting'))) {
      write(cwd, changed);
      const { code, stderr } = await portiaHere(['run-plan', 'plan.json', '--approve', '*'], { cwd, env });
      if (code !== 6 || !stderr.includes('project-untrusted')) unseen.push(`${what}: ${stderr}`);
      write(cwd, kind.files);
    }
    expect({ unseen, acted: existsSync(join(cwd, 'acted')) }).toEqual({ unseen: [], acted: false });
    expect((await portiaHere(['run-plan', 'plan.json', '--approve', '*'], { cwd, env })).code).not.toBe(6);
  });
});
