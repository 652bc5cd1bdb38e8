import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

import type { Environment } from '../../domain/environment.js';
import { messageOf, PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';

/** What GitHub Actions says of the workflow in which this process runs. */
export interface Workflow {
  eventName: string;
  eventPath: string;
  /** `owner/name`. */
  repository: string;
  /** Id of this run of the workflow. */
  runId: string;
  /** SHA of the commit that started it. */
  commit: string;
  /** Of the REST API, without a slash at its end. */
  apiUrl: string;
  serverUrl: string;
  /** Empty when the step was given none. */
  token: string;
  /** Files to which outputs and pages of the summary are added; undefined outside of a step. */
  outputFile: string | undefined;
  summaryFile: string | undefined;
}

/** Throws a PortiaError `usage` outside of a workflow. Names of files are meant from `cwd`. */
export function readWorkflow(environment: Environment, cwd: string): Workflow {
  const need = (name: string, pattern: RegExp) => {
    const value = environment[name];
    if (value !== undefined && pattern.test(value)) return value;
    throw notInWorkflow(
      value === undefined || value === '' ? `${name} is not set.` : `${name} has a value that GitHub never gives it.`,
    );
  };
  const url = (name: string) => need(name, /^https?:\/\/[^\s/]+(?:\/[^\s]*)?$/).replace(/\/+$/, '');
  const file = (name: string) => (environment[name] ? resolve(cwd, environment[name]) : undefined);
  return {
    eventName: need('GITHUB_EVENT_NAME', /^\w+$/),
    eventPath: resolve(cwd, need('GITHUB_EVENT_PATH', /./)),
    repository: need('GITHUB_REPOSITORY', /^[\w.-]+\/[\w.-]+$/),
    runId: need('GITHUB_RUN_ID', /^\d+$/),
    commit: need('GITHUB_SHA', /^[0-9a-f]{40,64}$/),
    apiUrl: url('GITHUB_API_URL'),
    serverUrl: url('GITHUB_SERVER_URL'),
    token: environment['GITHUB_TOKEN'] ?? '',
    outputFile: file('GITHUB_OUTPUT'),
    summaryFile: file('GITHUB_STEP_SUMMARY'),
  };
}

function notInWorkflow(why: string): PortiaError {
  return new PortiaError('usage', 'portia ci github works in a workflow of GitHub Actions.', {
    why,
    fix: portia('help', 'ci'),
  });
}

/** Adds outputs of the step. No value can end its own: what stands around it is random. */
export function writeOutputs({ outputFile }: Workflow, outputs: Readonly<Record<string, string | number>>): void {
  if (outputFile === undefined) return;
  const lines = Object.entries(outputs).map(([name, value]) => {
    const end = `portia-${randomUUID()}`;
    return `${name}<<${end}\n${value}\n${end}\n`;
  });
  append(outputFile, lines.join(''));
}

/** Adds a page, in Markdown, to the summary of the job. */
export function writeSummary({ summaryFile }: Workflow, page: string): void {
  if (summaryFile !== undefined) append(summaryFile, `${page.trimEnd()}\n\n`);
}

function append(file: string, text: string): void {
  try {
    appendFileSync(file, text);
  } catch (error) {
    throw new PortiaError('storage-failed', `${file} cannot be written.`, {
      why: messageOf(error),
      fix: 'Run the job again.',
    });
  }
}

/** SHA of the commit that is checked out in the folder. Rejects with `unavailable` where git cannot say it. */
export async function checkedOutCommit(folder: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: folder, timeout: 20_000 });
    return stdout.trim();
  } catch (error) {
    throw new PortiaError('unavailable', 'It is not known which commit is checked out here.', {
      why: messageOf(error),
      fix: 'Check the commit out before this step: actions/checkout with ref: ${{ steps.find.outputs.commit }}',
    });
  }
}
