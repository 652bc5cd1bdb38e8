import { expect } from 'vitest';

import { BOT, commentEvent, pullEvent } from '../support/github-server.js';
import { Runner, type JobOptions, type JobResult } from './ci-runner.js';

/** A plan with a question of each sort. */
export const PLAN = `plan_context: { query: Greet somebody }
steps:
  - { kind: user_input, message: Whom?, output: $name }
  - { kind: user_verify, message: "Greet {{ $name }}?" }
  - { kind: compute, expression: '"Hello " & $name', output: $greeting }
`;

/** A pull request whose plan was shown. */
export async function planned(files: Record<string, string> = {}): Promise<Runner> {
  const runner = await Runner.start({ 'plan.yaml': PLAN, ...files });
  const { code, stderr } = await runner.job('pull_request', pullEvent(runner.github));
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return runner;
}

/** A comment of a member, and the jobs that it starts. */
export async function says(runner: Runner, login: string, body: string, options: JobOptions = {}): Promise<JobResult> {
  return runner.job('issue_comment', commentEvent(runner.github, { login, body }), options);
}

/** What portia wrote. */
export function botComments({ github }: Runner): string[] {
  return github.comments.filter(({ login }) => login === BOT).map(({ body }) => body);
}
