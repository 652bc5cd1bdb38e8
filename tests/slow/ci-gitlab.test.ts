import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';

import { expect, test } from 'vitest';
import { parse } from 'yaml';

import { fileOf } from '../support/page-examples.js';
import { cleanEnvironment, ended, makeProject, PORTIA, TESTED_NODE } from '../support/portia.js';
import { KEY } from '../e2e/ci-runner.js';

interface GitLabJob {
  script: string[];
  artifacts?: { paths: string[]; reports: { junit: string } };
}

const { run, answer } = parse(fileOf('docs/ci.md', '.gitlab-ci.yml')) as Record<'run' | 'answer', GitLabJob>;

const FILES = {
  'plan.yaml':
    'plan_context: {query: Ask}\nsteps:\n- {kind: user_input, message: Which?, output: $filename}\n- {kind: compute, expression: $uppercase($filename), output: $loud}\n',
};

/** Does the script of a job on a machine of its own, as a runner of GitLab does. */
async function doScript(job: GitLabJob, folder: string, env: Record<string, string>) {
  mkdirSync(join(folder, '.bin'));
  writeFileSync(
    join(folder, '.bin/npx'),
    `#!/bin/sh\n[ "$1" = portia@0.1.0 ] && shift && exec "${TESTED_NODE}" "${PORTIA}" "$@"\n`,
  );
  chmodSync(join(folder, '.bin/npx'), 0o755);
  const clean = cleanEnvironment(folder, { CI: 'true', PORTIA_SIGNING_KEY: KEY, ...env });
  const shell = spawn('bash', ['-eo', 'pipefail', '-c', job.script.join('\n')], {
    cwd: folder,
    env: { ...clean, PATH: `${join(folder, '.bin')}:${clean['PATH']}` },
  });
  return ended(shell, '');
}

test('when the jobs of the page are done on two machines then the second one answers what the first one asked', async () => {
  const [first, second] = [makeProject(FILES), makeProject(FILES)];
  expect(await doScript(run, first, {})).toMatchObject({ code: 0 });
  expect(readFileSync(join(first, run.artifacts?.reports.junit ?? ''), 'utf8')).toContain('tests="1" failures="0"');
  for (const path of run.artifacts?.paths ?? []) copyFileSync(join(first, path), join(second, path));
  const env = { ANSWERS: '{"filename": "$(touch owned)"}', GITLAB_USER_LOGIN: 'ada' };
  const { code, stdout } = await doScript(answer, second, env);
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('$(TOUCH OWNED)') });
  expect(stdout).toContain('"name": "ada"');
});
