import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { makeExampleProject } from '../support/example-project.js';
import { portiaHere } from '../support/portia-here.js';
import { cleanEnvironment, makeProject, PORTIA, TESTED_NODE } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun } from '../support/scenario.js';
import { openTerminal } from '../support/terminal.js';

describe('portia completion', () => {
  test.each([
    ['a command', ['run-p'], ['run-plan']],
    ['a flag of the command', ['run-plan', 'plan.json', '--det'], ['--detach-on-clarification']],
    ['a flag of every command', ['show', '--form'], ['--format']],
    ['the opposite of a flag', ['plan', 'x', '--no-ca'], ['--no-cached']],
    ['a value that a flag takes', ['run', 'x', '--format', 'n'], ['ndjson']],
    ['a tool', ['tools', 'call', 'calc'], ['calculator_tool']],
    ['what can be imported', ['tools', 'import', ''], ['openapi']],
    ['a document to import', ['tools', 'import', 'openapi', ''], []],
    ['a tool of a flag', ['run', 'x', '--stub', 'weather'], ['weather_tool']],
    ['an input of the plan', ['run-plan', 'city.json', '-i', ''], ['city=']],
    ['a kind', ['schema', 'ev'], ['event']],
    ['a state', ['list', '--state', 'COMP'], ['COMPLETE']],
    ['nothing where files are meant', ['run', 'x', '--out', ''], []],
    ['nothing for a plan that is not there', ['run-plan', 'none.json', '-i', ''], []],
  ])('when %s is typed then the words that can follow are given', async (_what, words, wanted) => {
    const cwd = makeExampleProject({
      'city.json': { plan_context: { query: 'x' }, plan_inputs: [{ name: '$city' }], steps: [] },
    });
    const { code, stdout } = await portiaHere(['completion', 'words', '--', ...words], { cwd });
    expect(code).toBe(0);
    expect(stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')[0]]))).toEqual(wanted);
  });

  test('when the settings of the project are broken then commands are completed, and what it gives is not', async () => {
    const cwd = makeProject({ 'portia.json': '{' });
    const words = (...typed: string[]) => portiaHere(['completion', 'words', '--', ...typed], { cwd });
    expect(await words('run-p')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^run-plan\t/), stderr: '' });
    expect(await words('show', '')).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  test('when the line names another folder then the ids are those of that folder', async () => {
    const cwd = makeProject();
    mkdirSync(join(cwd, 'inner'));
    await portiaHere(['run', 'add 1 + 2', '--yes', '-C', 'inner'], { cwd });
    const { stdout } = await portiaHere(['completion', 'words', '--', '-C', 'inner', 'show', 'prun-'], { cwd });
    expect(stdout).toBe(`${onlyRun(join(cwd, 'inner')).id}\n`);
  });

  test('when a plan has an input whose name a shell would take for a command then it is not offered', async () => {
    const inputs = ['$city', '$a; touch b', '$(touch c)', '*'].map((name) => ({ name }));
    const cwd = makeProject({ 'plan.json': { plan_context: { query: 'x' }, plan_inputs: inputs, steps: [] } });
    const { stdout } = await portiaHere(['completion', 'words', '--', 'run-plan', 'plan.json', '-i', ''], { cwd });
    expect(stdout).toBe('city=\n');
  });

  test('when a shell is not known then the nearest one is named', async () => {
    const cwd = makeProject();
    for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
      const { code, stdout } = await portiaHere(['completion', shell], { cwd });
      expect({ code, asks: stdout.includes('portia completion words --') }).toEqual({ code: 0, asks: true });
    }
    const refused = await portiaHere(['completion', 'zhs'], { cwd });
    expect(expectError(refused, { code: 'usage', exit: 2 }).fix).toBe('portia completion zsh');
    expect(existsSync(join(cwd, 'plans'))).toBe(false);
  });
});

/** How each shell is started so that it completes as the first lines of its script say. */
const SHELLS: Record<string, { args: string[]; settings: Record<string, string>; script: string }> = {
  bash: { args: ['--rcfile', '.home/rc', '-i'], settings: { rc: '. ./portia.bash\n' }, script: 'portia.bash' },
  zsh: {
    args: ['-i'],
    settings: { '.zshrc': 'fpath=($HOME/functions $fpath)\nautoload -U compinit\ncompinit -u\n' },
    script: '.home/functions/_portia',
  },
  fish: { args: ['-i'], settings: {}, script: '.home/.config/fish/completions/portia.fish' },
};

/** Bash is everywhere; the others are tried where they are. */
const HERE = Object.keys(SHELLS).filter((name) =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name))),
);

describe.each(HERE)('the script for %s', (name) => {
  test('when the key is pressed then words are completed, the first time too', async () => {
    const { args, settings, script } = SHELLS[name]!;
    const cwd = makeExampleProject({
      'city.json': { plan_context: { query: 'x' }, plan_inputs: [{ name: '$city' }], steps: [] },
    });
    for (const [file, text] of Object.entries(settings)) writeFileSync(join(cwd, '.home', file), text);
    mkdirSync(dirname(join(cwd, script)), { recursive: true });
    writeFileSync(join(cwd, script), (await portiaHere(['completion', name], { cwd })).stdout);
    mkdirSync(join(cwd, 'bin'));
    writeFileSync(join(cwd, 'bin/portia'), `#!/bin/sh\nexec "${TESTED_NODE}" "${PORTIA}" "$@"\n`, { mode: 0o755 });
    const environment = cleanEnvironment(cwd);
    const env = { ...environment, PATH: `${join(cwd, 'bin')}:${environment['PATH']}`, PS1: '$ ' };
    const terminal = openTerminal(name, args, { cwd, env });
    onTestFinished(() => terminal.close());
    await terminal.waitFor(/\S/);
    terminal.type('portia run-pl\tcity.json -i ci\tOslo');
    await terminal.waitFor(/portia run-plan city\.json -i city=Oslo/);
  });
});
