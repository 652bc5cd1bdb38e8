import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { REPOSITORY, startGitHub, TOKEN, type GitHubServer } from '../support/github-server.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject, type Ended } from '../support/portia.js';

export const KEY = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

/** What a job left. */
export interface JobResult extends Ended {
  outputs: Record<string, string>;
  summary: string;
  /** Id of the run of the workflow. */
  id: string;
}

export interface JobOptions {
  env?: Record<string, string>;
  flags?: string[];
  /** The file of the plan; none with --request. */
  plan?: string | undefined;
  /** Called between finding out what to check out, and the job itself. */
  meanwhile?: () => void;
}

/** A repository with a pull request, whose workflow runs every job on a fresh machine. */
export class Runner {
  readonly github: GitHubServer;
  readonly #origin: string;
  readonly #artifacts = new Map<string, string>();
  #runs = 100;

  private constructor(github: GitHubServer, origin: string) {
    this.github = github;
    this.#origin = origin;
  }

  static async start(files: Record<string, string | object>): Promise<Runner> {
    const runner = new Runner(await startGitHub(), makeProject(files));
    runner.git(runner.#origin, 'init', '-q', '-b', 'main');
    runner.push({});
    return runner;
  }

  /** Commits these files to the pull request. */
  push(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.#origin, name), text);
    writeFileSync(join(this.#origin, '.gitignore'), '.home\n');
    this.#commit();
  }

  /** Puts a link in the place of a file. */
  link(name: string, target: string): void {
    rmSync(join(this.#origin, name));
    symlinkSync(target, join(this.#origin, name));
    this.#commit();
  }

  #commit(): void {
    this.git(this.#origin, 'add', '-A');
    this.git(this.#origin, 'commit', '-q', '--allow-empty', '-m', 'Change');
    this.github.commit = this.git(this.#origin, 'rev-parse', 'HEAD').trim();
  }

  /** What the composite action does: find out, check out, fetch the artifact, do the job, upload the artifact. */
  async job(name: string, event: object, options: JobOptions = {}): Promise<JobResult> {
    const found = await this.#step(makeProject(), name, event, {
      ...options,
      flags: [...(options.flags ?? []), '--find'],
    });
    if (found.code !== 0 || found.outputs['proceed'] !== 'true') return found;
    options.meanwhile?.();
    const place = join(makeProject(), 'checkout');
    this.checkOut(found.outputs['commit'] ?? '', place);
    mkdirSync(join(place, '.home'));
    const before = this.#artifacts.get(found.outputs['artifact-run-id'] ?? '');
    if (before !== undefined) copyFileSync(before, join(place, 'portia-state.ndjson'));
    const done = await this.#step(place, name, event, options, found.id);
    const left = join(place, 'portia-state.ndjson');
    if (existsSync(left)) this.#artifacts.set(done.id, left);
    return done;
  }

  /** Loses what jobs uploaded. */
  loseArtifacts(): void {
    this.#artifacts.clear();
  }

  /** The file that a job uploaded. */
  artifact(id: string): string {
    return readFileSync(this.#artifacts.get(id) ?? '', 'utf8');
  }

  async #step(
    cwd: string,
    name: string,
    event: object,
    options: JobOptions,
    id = `${(this.#runs += 1)}`,
  ): Promise<JobResult> {
    const [path, output, summary] = ['event.json', 'output', 'summary.md'].map((file) => join(cwd, '.home', file));
    writeFileSync(path ?? '', JSON.stringify(event, null, 2));
    const { env = {}, flags = [], plan = 'plan.yaml' } = options;
    const words = 'plan' in options && options.plan === undefined ? [] : [plan];
    const ended = await portiaHere(['ci', 'github', ...words, ...flags], {
      cwd,
      env: {
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        GITHUB_EVENT_NAME: name,
        GITHUB_EVENT_PATH: path ?? '',
        GITHUB_REPOSITORY: REPOSITORY,
        GITHUB_RUN_ID: id,
        GITHUB_SHA: this.github.commit,
        GITHUB_API_URL: this.github.url,
        GITHUB_SERVER_URL: 'https://github.com',
        GITHUB_TOKEN: TOKEN,
        GITHUB_OUTPUT: output ?? '',
        GITHUB_STEP_SUMMARY: summary ?? '',
        GITHUB_WORKSPACE: cwd,
        PORTIA_SIGNING_KEY: KEY,
        ...env,
      },
    });
    const read = (file = '') => (existsSync(file) ? readFileSync(file, 'utf8') : '');
    return { ...ended, id, outputs: outputsIn(read(output)), summary: read(summary) };
  }

  /** Checks a commit out into a folder that is new or empty. */
  checkOut(commit: string, folder: string): void {
    this.git(this.#origin, 'clone', '-q', this.#origin, folder);
    this.git(folder, 'checkout', '-q', commit);
  }

  git(cwd: string, ...args: string[]): string {
    const names = ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, 'Ada'],
      [`GIT_${who}_EMAIL`, 'ada@example.com'],
      [`GIT_${who}_DATE`, '2026-12-01T10:00:00Z'],
    ]);
    const env = { PATH: process.env['PATH'], HOME: cwd, GIT_CONFIG_NOSYSTEM: '1', ...Object.fromEntries(names) };
    return execFileSync('git', args, { cwd, env, encoding: 'utf8' });
  }
}

/** Outputs as the runner reads them: names, each with a random mark around its value. The last one counts. */
export function outputsIn(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split('\n');
  while (lines.length > 1) {
    const [, name = '', mark = ''] = /^([\w-]+)<<(\S+)$/.exec(lines.shift() ?? '') ?? [];
    const end = lines.indexOf(mark);
    if (name === '' || end === -1) throw new Error(`not an output: ${text}`);
    outputs[name] = lines
      .splice(0, end + 1)
      .slice(0, -1)
      .join('\n');
  }
  return outputs;
}
