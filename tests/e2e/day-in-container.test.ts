import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { portiaForEveryUser } from '../support/package-copy.js';
import { cleanEnvironment, ended, makeProject, type Ended, TESTED_NODE } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';

/** Whose the folder is outside of the container. */
const OUTSIDE = 2_002;

const TOOLS = `
import { defineTool } from 'portia';
import * as z from 'zod';
export const greeter = defineTool({
  id: 'greeter', name: 'Greeter', description: 'Greets.', effect: 'read',
  args: z.object({ name: z.string() }), run: (_context, { name }) => 'Hello ' + name,
});
`;

const PLAN = {
  plan_context: { query: 'greet somebody', tool_ids: ['greeter'] },
  steps: [
    { kind: 'user_input', message: 'Whom?', output: '$name' },
    { kind: 'tool', tool_id: 'greeter', args: { name: '{{$name}}' }, output: '$greeting' },
  ],
};

/** A project that is mounted into a container, and a home folder of the image. */
function makeMounted(user: number) {
  const folder = makeProject({
    'mounted/portia.json': { tools: { modules: ['./tools.mjs'] } },
    'mounted/tools.mjs': TOOLS,
    'mounted/plan.json': PLAN,
  });
  chmodSync(folder, 0o755);
  const [mounted, home] = [join(folder, 'mounted'), join(folder, 'home')];
  mkdirSync(home);
  chownSync(home, user, user);
  for (const path of [mounted, ...readdirSync(mounted).map((name) => join(mounted, name))]) {
    chownSync(path, OUTSIDE, OUTSIDE);
  }
  // As such mounts have it where what the container writes is wanted outside.
  chmodSync(mounted, 0o777);
  const inContainer = async (args: string[], env: Record<string, string> = {}): Promise<Ended> => {
    const environment = { ...cleanEnvironment(folder), HOME: home, CI: '1', ...env };
    const child = spawn(TESTED_NODE, [portiaForEveryUser(), ...args], {
      cwd: mounted,
      env: environment,
      stdio: 'pipe',
      uid: user,
      gid: user,
    });
    return ended(child, '');
  };
  return { mounted, inContainer };
}

// Only root can be several users.
describe.runIf(process.geteuid?.() === 0)('a container with a mounted folder of another id', () => {
  test.each([
    ['root', 0],
    ['a user of the image', 2_001],
  ])(
    'when it runs as %s then the root named in the shell is enough to run, to be asked and to resume',
    async (_who, user) => {
      const { mounted, inContainer } = makeMounted(user);
      const refused = await inContainer(['run-plan', 'plan.json', '--json']);
      const { fix } = expectError(refused, { code: 'project-untrusted', exit: 6 });
      expect(fix).toContain(`export PORTIA_TRUST_PROJECT=${mounted}`);
      expect(readdirSync(mounted).toSorted()).toEqual(['plan.json', 'portia.json', 'tools.mjs']);

      const env = { PORTIA_TRUST_PROJECT: mounted };
      expect(await inContainer(['run-plan', 'plan.json', '--json'], env)).toMatchObject({ code: 8 });
      const resumed = await inContainer(['resume', 'last', '--answer', 'name=Ada', '--format', 'value'], env);
      expect(resumed).toMatchObject({ code: 0, stdout: 'Hello Ada\n' });
    },
  );

  test('when the variable of the image names another folder then the mounted one is refused', async () => {
    const { inContainer } = makeMounted(0);
    const refused = await inContainer(['tools', 'list', '--json'], { PORTIA_TRUST_PROJECT: '/app' });
    expectError(refused, { code: 'project-untrusted', exit: 6 });
  });
});
