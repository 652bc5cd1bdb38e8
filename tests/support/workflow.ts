import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { dispatchEvent, REPOSITORY } from './github-server.js';

/** What GitHub sets for a step of a workflow that was started by hand. */
export const WORKFLOW = {
  GITHUB_EVENT_NAME: 'workflow_dispatch',
  GITHUB_EVENT_PATH: 'event.json',
  GITHUB_REPOSITORY: REPOSITORY,
  GITHUB_RUN_ID: '1',
  GITHUB_SHA: 'c'.repeat(40),
  GITHUB_API_URL: 'https://api.github.com',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_STEP_SUMMARY: 'summary.md',
};

/** The event of that step. */
export function addWorkflow(cwd: string): void {
  writeFileSync(join(cwd, 'event.json'), JSON.stringify(dispatchEvent()));
}
