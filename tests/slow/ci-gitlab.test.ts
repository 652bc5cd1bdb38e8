import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';

import { fileOf } from '../support/page-examples.js';
import { cleanEnvironment, ended, makeProject, PORTIA, TESTED_NODE } from '../support/portia.js';
import { KEY } from '../e2e/ci-runner.js';

const job = z.strictObject({
  needs: z.array(z.string()).optional(),
  when: z.literal('manual').optional(),
  script: z.array(z.string()).min(1),
  artifacts: z
    .strictObject({
      paths: z.array(z.string()).optional(),
      reports: z.strictObject({ junit: z.string() }).optional(),
    })
    .optional(),
});

/** What GitLab knows of a pipeline, as far as this one uses it: any other key is a mistake. */
const pipeline = z.strictObject({
  variables: z.record(z.string(), z.string()),
  workflow: z.strictObject({ rules: z.array(z.strictObject({ if: z.string() })) }),
  default: z.strictObject({ image: z.string(), before_script: z.array(z.string()) }),
  // Names that begin with a point are no jobs.
  '.note': z.string(),
  plan: job,
  run: job,
  answer: job,
});

type JobName = 'plan' | 'run' | 'answer';

const { variables, default: common, ...jobs } = pipeline.parse(parse(fileOf('docs/ci.md', '.gitlab-ci.yml')));

const FILES = {
  'plan.yaml':
    'plan_context: {query: "Ask ``` @all"}\nsteps:\n- {kind: user_input, message: Which?, output: $filename}\n- {kind: compute, expression: $uppercase($filename), output: $loud}\n',
};

/** Stands in for npm: it installs the portia of this checkout where a job asks for the package. */
const NPM = `#!/bin/sh
[ "$*" = "install --global --no-audit --no-fund $PORTIA_PACKAGE" ] || exit 9
printf '#!/bin/sh\\nexec "%s" "%s" "$@"\\n' '${TESTED_NODE}' '${PORTIA}' > .bin/portia
chmod +x .bin/portia
`;

/** A merge request of GitLab that takes notes, and its notes. */
async function startGitLab(): Promise<{ url: string; notes: string[] }> {
  const notes: string[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { method, url, headers } = request;
    const isNote = method === 'POST' && url === '/api/v4/projects/12/merge_requests/7/notes';
    if (isNote && headers['private-token'] === 'glpat-test') notes.push(new URLSearchParams(text).get('body') ?? '');
    response.writeHead(isNote ? 201 : 404).end('{}');
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v4`, notes };
}

/** Does a job on a machine of its own, as a runner of GitLab does. `from`: the machine whose files it needs. */
async function doJob(name: JobName, url: string, { from, ...env }: { from?: string; ANSWERS?: string } = {}) {
  const folder = makeProject(FILES);
  mkdirSync(join(folder, '.bin'));
  writeFileSync(join(folder, '.bin/npm'), NPM);
  chmodSync(join(folder, '.bin/npm'), 0o755);
  const [needed] = jobs[name].needs ?? [];
  const paths = needed === 'run' ? (jobs.run.artifacts?.paths ?? []) : [];
  for (const path of paths) copyFileSync(join(from ?? '', path), join(folder, path));
  const clean = cleanEnvironment(folder, {
    ...variables,
    CI: 'true',
    CI_API_V4_URL: url,
    CI_PROJECT_ID: '12',
    CI_MERGE_REQUEST_IID: '7',
    GITLAB_NOTE_TOKEN: 'glpat-test',
    GITLAB_USER_LOGIN: 'ada',
    PORTIA_SIGNING_KEY: KEY,
    ...env,
  });
  const shell = spawn('bash', ['-eo', 'pipefail', '-c', [...common.before_script, ...jobs[name].script].join('\n')], {
    cwd: folder,
    env: { ...clean, PATH: `${join(folder, '.bin')}:${clean['PATH']}` },
  });
  return { folder, ...(await ended(shell, '')) };
}

test('when the jobs of the page are done then the plan, the question and the result are in notes', async () => {
  const { url, notes } = await startGitLab();
  const planned = await doJob('plan', url);
  expect(planned).toMatchObject({ code: 0 });
  expect(readFileSync(join(planned.folder, 'portia.xml'), 'utf8')).toContain('tests="1" failures="0"');
  expect(notes[0]).toMatch(/^```mermaid\nflowchart TD\n[^`]*\n```\n\n {4}/);
  // A text of the plan ends no block.
  expect(notes[0]?.split('\n').filter((line) => line.includes('@all'))).toEqual(['    Ask ``` @all']);
  const asked = await doJob('run', url);
  expect(asked).toMatchObject({ code: 0 });
  expect(notes[1]).toContain('Which?');
  const answered = await doJob('answer', url, { from: asked.folder, ANSWERS: '{"filename": "$(touch owned)"}' });
  expect(answered).toMatchObject({ code: 0, stdout: expect.stringContaining('$(TOUCH OWNED)') });
  expect(answered.stdout).toContain('"name": "ada"');
  expect(notes[2]).toContain('COMPLETE');
  expect(notes).toHaveLength(3);
});
