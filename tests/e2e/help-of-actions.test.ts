import { describe, expect, test } from 'vitest';

import { longForm } from '../../src/cli/session/flags.js';
import { COMMAND_FILES } from '../support/command-files.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';

const ACTIONS = [...COMMAND_FILES].flatMap(([name, { file }]) =>
  Object.entries(file.actions ?? {}).map(([word, action]) => ({ name, word, action, file })),
);

describe.each(ACTIONS)('portia $name $word --help', ({ name, word, action, file }) => {
  test('when it is asked for then it has what concerns the action, and nothing of the others', async () => {
    const cwd = makeProject();
    const { code, stdout } = await portiaHere([name, word, '--help'], { cwd });
    expect([code, stdout.split('\n').filter((line) => line.length > 80)]).toEqual([0, []]);
    expect(stdout.toLowerCase().replaceAll(/\s+/g, ' ')).toContain(action.summary.toLowerCase());
    expect(stdout).toContain(`\nUsage: portia ${name} ${word}`);
    for (const [key, flag] of Object.entries(file.flags))
      expect([key, new RegExp(`^  .*${longForm(flag)}\\b`, 'm').test(stdout)]).toEqual([key, key in action.flags]);
    const shown = [...stdout.matchAll(/^ {2}\$ (portia \S+ \S+)/gm)].map(([, line]) => line);
    expect(shown.filter((line) => line !== `portia ${name} ${word}`)).toEqual([]);
  });

  test('when it is given a flag of another then that is refused', async () => {
    const [other] = Object.entries(file.flags).filter(([key]) => !(key in action.flags));
    if (other === undefined) return;
    const flag = longForm(other[1]);
    const words = other[1].kind === 'switch' ? [flag] : [flag, '1'];
    const refused = await portiaHere([name, word, ...words], { cwd: makeProject() });
    const { message, fix } = expectError(refused, { code: 'usage', exit: 2 });
    expect([message, fix]).toEqual([`portia ${name} ${word} does not take ${flag}.`, `portia ${name} ${word} --help`]);
  });
});
